"""``testamur issue``: award many accepted submissions, with every core."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.awarding import Outcome, award_together
from api.cli.acting import Token, request_of
from api.cli.terminal import AsJson, Home, print_json, progress_bar
from api.settings import Settings, load_settings
from api.wiring import Testamur
from ledger.context import Caller
from projections.assessment import queues
from projections.people.organizations import units_within

_AT_ONCE = 25


def issue(
    submissions: Annotated[
        list[UUID] | None, typer.Argument(help="Accepted submissions; none for all of them.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--from", help="A file of submission ids, one on a line.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = os.cpu_count() or 1,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Award accepted submissions: those named, those in a file, or all that wait.

    Each award stands for itself: one that is refused is told and stops no other, and asked for
    again an award is not made twice.
    """
    settings = load_settings(home)
    with Testamur.open(settings) as app:
        caller = request_of(app, token).caller
        wanted = list(submissions or [])
        if file is not None:
            wanted += _named_in(file)
        if not wanted:
            wanted = _waiting(app, caller)
    found = []
    with progress_bar("Issuing", len(wanted)) as reached:
        for answer in _issued(settings, caller, wanted, jobs):
            found.append(answer)
            reached(len(found))
    refused = [answer for answer in found if answer.award is None]
    if as_json:
        print_json([_members(answer) for answer in found])
    else:
        print(f"{len(found) - len(refused)} awards issued, {len(refused)} refused")
        for answer in refused:
            print(f"  {answer.submission}: {answer.why}")
    if refused:
        raise typer.Exit(1)


def _named_in(file: Path) -> list[UUID]:
    """Raises BadParameter for a line that is no id."""
    lines = [line.strip() for line in file.read_text().splitlines()]
    try:
        return [UUID(line) for line in lines if line]
    except ValueError:
        raise typer.BadParameter(f"{file} has a line that is no id of a submission") from None


def _members(answer: Outcome) -> dict[str, str]:
    if answer.award is None:
        return {"submission": str(answer.submission), "error": answer.why}
    return {"submission": str(answer.submission), "award": str(answer.award)}


def _waiting(app: Testamur, caller: Caller) -> list[UUID]:
    """Accepted submissions of the caller's part of the organization."""
    found: list[UUID] = []
    after = 0
    with app.views.reading("organizations", "submissions") as connection:
        campuses = units_within(connection, str(caller.unit))
        while rows := queues.accepted(connection, campuses, after, 1000):
            found += [UUID(row.id) for row in rows]
            after = rows[-1].waiting
    return found


def _issued(settings: Settings, caller: Caller, wanted: list[UUID], jobs: int) -> Iterator[Outcome]:
    shares = list(_shares(wanted))
    if jobs == 1 or len(shares) < 2:
        with Testamur.open(settings) as app:
            for share in shares:
                yield from award_together(app, caller, share)
        return
    with ProcessPoolExecutor(
        min(jobs, len(shares)), get_context("spawn"), _open_in_process, (settings,)
    ) as pool:
        work = [pool.submit(_issue_in_process, caller, share) for share in shares]
        for done in as_completed(work):
            yield from done.result()


def _shares(wanted: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]


_opened: Testamur | None = None


def _open_in_process(settings: Settings) -> None:
    global _opened
    _opened = Testamur.open(settings)


def _issue_in_process(caller: Caller, share: list[UUID]) -> list[Outcome]:
    assert _opened is not None
    return award_together(_opened, caller, share)
