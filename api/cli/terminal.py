"""What every command shares: its options, its progress bar and how it prints."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from badges.names import shown
from badges.verification import Check, VerificationReport
from ledger.command import Answer

Home = Annotated[Path | None, typer.Option(help="The data folder (TESTAMUR_HOME).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

_COLOURS = {"green": "green", "amber": "yellow", "red": "red", "grey": "yellow"}

talk = Console(stderr=True, highlight=False)
"""For people: progress and remarks."""

_MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "warning": ("!", "yellow"),
    "not-reached": ("·", "dim"),
}


class _OneLine(logging.Formatter):
    """What is logged, without the traceback: that is for whoever runs a server."""

    def formatException(self, ei: object) -> str:  # noqa: ARG002, N802 (logging's names)
        return ""


def log_in_lines() -> None:
    """Let commands say what is logged as they say all else: in one line on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("testamur: %(message)s"))
    logging.getLogger("testamur").handlers = [handler]


def log_with_tracebacks() -> None:
    """Let a server log what went wrong in full."""
    logging.getLogger("testamur").handlers.clear()


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_answer(answer: Answer, as_json: bool, words: str, **further: Any) -> None:
    """A command's answer: in words, or as JSON with what the command line adds."""
    if as_json:
        print_json({**answer.model_dump(mode="json", by_alias=True), **further})
    else:
        print(words)


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, silence elsewhere; gives a function that sets how far it is."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=talk, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(title, total=total)
        yield lambda completed: progress.update(task, completed=completed)


def print_report(name: str, report: VerificationReport) -> None:
    """A verification, check by check, on standard output; what lies inside it is indented."""
    _print_report(Console(highlight=False, soft_wrap=True), name, report, "")


def _print_report(console: Console, name: str, report: VerificationReport, margin: str) -> None:
    said = report.verdict
    colour = _COLOURS[said.band]
    console.print(f"{margin}[bold]{safe(name)}[/]: [bold {colour}]{report.answer}[/]")
    console.print(f"{margin}  [bold {colour}]{safe(str(said.headline))}[/]")
    for told in (said.sentence, *said.notes):
        console.print(f"{margin}  {safe(str(told))}")
    words = report.summary
    title = words.get("achievement", words.get("name"))
    known = [part for part in (title, report.issued_by, report.awarded_to) if part is not None]
    if known:
        console.print(f"{margin}  {safe(', '.join(map(str, known)))}")
    for check in report.checks:
        console.print(f"{margin}  {_line(check)}")
    for at, inside in report.inside:
        _print_report(console, at, inside, margin + "    ")


def _line(check: Check) -> str:
    mark, colour = _MARKS[check.status]
    return f"[{colour}]{mark}[/] {check.title} [dim]{safe(check.detail)}[/]"


def safe(text: str) -> str:
    """Text of strangers: no markup, no control characters that would move the cursor."""
    return shown(text).replace("[", "\\[")
