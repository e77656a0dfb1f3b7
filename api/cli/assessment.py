"""The commands of the capability `assessment`."""

from __future__ import annotations

import typer

app = typer.Typer()
