"""The commands of the capability `catalogue`."""

from __future__ import annotations

import typer

app = typer.Typer()
