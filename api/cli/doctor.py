"""``testamur doctor``: says in words what is wrong with a deployment."""

from __future__ import annotations

import typer
from rich.console import Console

from api.cli.terminal import AsJson, Home, print_json, safe
from api.health import Finding, Report, health_of
from api.settings import SettingsError, load_settings
from api.wiring import Testamur

_PATIENCE = 600.0
"""Seconds for looking through whole databases, which a running server has no time for."""


def doctor(home: Home = None, as_json: AsJson = False) -> None:
    """Say what is wrong with this deployment: the probes of /readyz, with all the time they need.

    Exits 1 when something is not as it must be.
    """
    settings = load_settings(home)
    try:
        with Testamur.open(settings) as app:
            report = health_of(app, _PATIENCE, _PATIENCE).look().result()
    except SettingsError as error:
        report = Report((Finding("opening", False, str(error)),))
    if as_json:
        print_json(report.document())
    else:
        _tell(report)
    if not report.fit:
        raise typer.Exit(1)


def _tell(report: Report) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for finding in report.findings:
        mark = "[green]✓[/]" if finding.fit else "[red]✗[/]"
        console.print(f"{mark} {finding.name:9} {safe(finding.detail)}")
    console.print("Nothing is wrong." if report.fit else "[bold red]Not fit to serve.[/]")
