"""Awards at the command line: one, many, renewed, revoked; private links."""

from __future__ import annotations

import typer

from api.cli.awards import awarding, issue, links

app = typer.Typer()

app.command()(awarding.award)
app.command()(issue.issue)
app.command()(awarding.renew)
app.command()(awarding.suspend)
app.command()(awarding.reinstate)
app.command()(awarding.revoke)
app.add_typer(links.app, name="link")
