"""People at the command line: invitations, access tokens, what is held about somebody, and what
takes a second person."""

from __future__ import annotations

import typer

from api.cli.people import access, directory, proposals

app = typer.Typer()

app.add_typer(directory.app, name="people")
app.add_typer(access.invitations, name="invitation")
app.add_typer(access.tokens, name="token")
app.command(name="disclose")(access.disclose_command)
app.command()(proposals.erase)
app.add_typer(proposals.app, name="proposal")
