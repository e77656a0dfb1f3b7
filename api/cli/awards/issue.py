"""``testamur issue``: award many accepted submissions, with every core."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.cli.acting import Token, request_of
from api.cli.terminal import AsJson, Home, print_json, progress_bar
from api.settings import Settings, load_settings
from api.wiring import Testamur
from badges.errors import BadgesError
from keys.errors import KeysError
from ledger.awards import IssueAward
from ledger.bus import Request
from ledger.context import Caller
from ledger.errors import LedgerError
from ledger.recorders import ClaimTaken
from projections.assessment import queues
from projections.people.organizations import units_within

_AT_ONCE = 25


@dataclass(frozen=True)
class Issued:
    """What became of one submission: its award, or why there is none."""

    submission: str
    award: str | None = None
    error: str | None = None


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
        wanted = [str(submission) for submission in submissions or []]
        if file is not None:
            wanted += [line.strip() for line in file.read_text().splitlines() if line.strip()]
        if not wanted:
            wanted = _waiting(app, caller)
    found = []
    with progress_bar("Issuing", len(wanted)) as reached:
        for answer in _issued(settings, caller, wanted, jobs):
            found.append(answer)
            reached(len(found))
    refused = [answer for answer in found if answer.error is not None]
    if as_json:
        print_json([{k: v for k, v in vars(answer).items() if v is not None} for answer in found])
    else:
        print(f"{len(found) - len(refused)} awards issued, {len(refused)} refused")
        for answer in refused:
            print(f"  {answer.submission}: {answer.error}")
    if refused:
        raise typer.Exit(1)


def _waiting(app: Testamur, caller: Caller) -> list[str]:
    """Accepted submissions of the caller's part of the organization."""
    found: list[str] = []
    after = 0
    with app.views.reading("organizations", "submissions") as connection:
        campuses = units_within(connection, str(caller.unit))
        while rows := queues.accepted(connection, campuses, after, 1000):
            found += [row.id for row in rows]
            after = rows[-1].waiting
    return found


def _issued(settings: Settings, caller: Caller, wanted: list[str], jobs: int) -> Iterator[Issued]:
    shares = list(_shares(wanted))
    if jobs == 1 or len(shares) < 2:
        with Testamur.open(settings) as app:
            for share in shares:
                yield from _issue_all(app, caller, share)
        return
    with ProcessPoolExecutor(
        min(jobs, len(shares)), get_context("spawn"), _open_in_process, (settings,)
    ) as pool:
        work = [pool.submit(_issue_in_process, caller, share) for share in shares]
        for done in as_completed(work):
            yield from done.result()


def _shares(wanted: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]


_opened: Testamur | None = None


def _open_in_process(settings: Settings) -> None:
    global _opened
    _opened = Testamur.open(settings)


def _issue_in_process(caller: Caller, share: list[str]) -> list[Issued]:
    assert _opened is not None
    return _issue_all(_opened, caller, share)


def _issue_all(app: Testamur, caller: Caller, share: list[str]) -> list[Issued]:
    """A share's awards in one transaction; each in one of its own when somebody was faster."""
    try:
        with app.store.together():
            answers = [_issue_one(app, caller, submission) for submission in share]
    except ClaimTaken:
        answers = [_issue_one(app, caller, submission) for submission in share]
    return answers


def _issue_one(app: Testamur, caller: Caller, submission: str) -> Issued:
    request = Request(caller, key=f"issue:{submission}")
    try:
        award = app.bus.execute(request, IssueAward(submission=UUID(submission))).id
    except (LedgerError, BadgesError, KeysError, ValueError) as error:
        return Issued(submission, error=str(error))
    return Issued(submission, str(award))
