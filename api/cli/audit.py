"""``testamur audit``: the question, put to this ledger, an export or another's public log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from api.audit import STAGES, ExportedLedger, LiveLedger, PublishedLog, audit
from api.audit.evidence import Ledger
from api.audit.work import Progress, Stage
from api.cli.terminal import AsJson, Home, print_json, safe, talk
from api.fetch import GuardedFetcher
from api.registry import read_witnesses
from api.settings import Settings, SettingsError, load_settings
from api.web_log import WebLog
from api.wiring import Testamur, system_clock
from ledger.audit.report import TITLES, AuditReport
from ledger.clock import ClockBehind
from ledger.transparency import Checkpoint, Note, VerifierKey
from ledger.transparency.source import FolderLog, LogSource

_TOLD = 20


def audit_command(
    against: Annotated[
        list[Path] | None, typer.Option(help="An older checkpoint that must be a beginning of it.")
    ] = None,
    log: Annotated[
        str, typer.Option(help="An exported folder, or a log's address; else this ledger.")
    ] = "",
    key: Annotated[str, typer.Option(help="The log's verifier key; else what is at hand.")] = "",
    witness: Annotated[
        list[str] | None, typer.Option(help="Verifier key of a witness, beside those known here.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 for as many as cores.")] = 0,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Check that nothing was changed, dropped or backdated: every hash, rule, signature and row.

    Exits 1 at any divergence and names the first by its position and kind.
    """
    settings = load_settings(home)
    ledger, source = _source(settings, log)
    verifier = VerifierKey.parse(key) if key else _key_at_hand(settings, source)
    if not key and source is not None:
        talk.print("The log's key is its own word for itself; give the one you know with --key.")
    earlier = [Checkpoint.parse(Note.parse(path.read_bytes()).text) for path in against or []]
    witnesses = [VerifierKey.parse(vkey) for vkey in witness or []]
    witnesses += read_witnesses(settings.witnesses_file)
    began = time.monotonic()
    with _stages() as progress:
        report = audit(
            ledger,
            verifier,
            system_clock(),
            against=earlier,
            witnesses=witnesses,
            progress=progress,
            jobs=jobs or None,
        )
    if as_json:
        print_json(report.document())
    else:
        _print_audit(report, time.monotonic() - began)
    if not report.passed:
        raise typer.Exit(1)


def _source(settings: Settings, log: str) -> tuple[Ledger, LogSource | None]:
    if not log:
        with Testamur.inspected(settings) as app, suppress(ClockBehind):
            app.log.checkpoint()  # what a wrong clock cannot sign is audited as it is
        return LiveLedger(settings), None
    if log.startswith(("http://", "https://")):
        web = WebLog(log, GuardedFetcher(settings.is_development))
        return PublishedLog(web), web
    folder = Path(log)
    if not (folder / "log/checkpoint").is_file():
        raise SettingsError(f"{folder} holds no exported log (log/checkpoint)")
    return ExportedLedger(folder), FolderLog(folder / "log")


def _key_at_hand(settings: Settings, source: LogSource | None) -> VerifierKey:
    if source is None:
        with Testamur.inspected(settings) as app:
            return app.log.verifier
    try:
        return VerifierKey.parse(source.read("vkey").decode())
    except LookupError:
        raise SettingsError("the log does not say its key; give it with --key") from None


@contextmanager
def _stages() -> Iterator[Progress]:
    """One bar for each stage, with its rate and the time that is left; silence off a terminal."""
    columns = (
        TextColumn("{task.description:12}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    titles = dict(zip(STAGES, ("Hashes", "Rules", "Proofs", "Read models"), strict=True))
    with Bars(*columns, console=talk, disable=not sys.stderr.isatty()) as bars:
        tasks = {stage: bars.add_task(title, total=None) for stage, title in titles.items()}

        def tell(stage: Stage, done: int, of: int) -> None:
            bars.update(tasks[stage], completed=min(done, of), total=of)

        yield tell


class _Rate(ProgressColumn):
    """Events a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:>9,.0f} events/s")


def _print_audit(report: AuditReport, seconds: float) -> None:
    console = Console(highlight=False, soft_wrap=True)
    marks = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "not-reached": "[dim]·[/]"}
    for finding in report.findings.values():
        title = TITLES[finding.id]
        console.print(f"{marks[finding.status]} {title} [dim]{safe(finding.detail)}[/]")
        for divergence in finding.divergences[:_TOLD]:
            console.print(
                f"    [red]{divergence.kind}[/] at {divergence.position}: "
                f"{safe(divergence.place)}: {safe(divergence.detail)}"
            )
        if len(finding.divergences) > _TOLD:
            console.print(f"    and {len(finding.divergences) - _TOLD} more")
    for note in report.notes:
        console.print(f"[yellow]i[/] {safe(note)}")
    rate = report.size / seconds if seconds else 0
    console.print(
        f"\n{report.size:,} events of {safe(report.origin)} in {seconds:.1f} s ({rate:,.0f}/s)"
    )
    events = report.findings.get("events.entries")
    if report.passed and events is not None and events.status == "passed":
        console.print("[bold green]Nothing was changed, dropped or backdated.[/]")
    elif report.passed:
        console.print(
            "[bold yellow]What is at hand holds.[/] The events themselves are not at hand."
        )
    elif report.divergences:
        first = report.divergences[0]
        console.print(
            f"[bold red]Not as it was recorded.[/] First: {first.kind} at position "
            f"{first.position} ({safe(first.place)})"
        )
