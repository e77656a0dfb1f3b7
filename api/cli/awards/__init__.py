"""Awards at the command line: one, many, renewed, revoked."""

from __future__ import annotations

import typer

from api.cli.awards import awarding, issue

app = typer.Typer()

app.command()(awarding.award)
app.command()(issue.issue)
app.command()(awarding.renew)
app.command()(awarding.revoke)
