"""/verify/{secret}: several badges, one after another, on a page that shows how far it is."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.access import drawn_secret
from api.checking import Checked
from api.deadline import Deadline
from api.http.auth import App, WaitingLines
from api.reading import Asked
from api.turns import Busy
from api.verification_jobs import Job
from api.verifying import SECONDS
from api.web.awards.badge import said_of
from api.web.pages import page
from api.web.verification.handed_in import Item, Sorted
from api.wiring import Testamur
from badges.verification import Day, Told
from ledger.errors import NotFound

router = APIRouter(prefix="/verify")

_AT_ONCE = 3
"""Badges of a job that are looked at at the same time."""

_JOBS = 6
"""Jobs that a process works on at a time; who comes then is told to come again."""

_WHOLE = 600.0
"""Seconds that a job may take; what is not checked by then is said not to be."""

_AT_FIRST = 1.5
"""Seconds that whoever handed something in waits, so that a short list is shown whole."""

_NO_STORE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_running: set[asyncio.Task[None]] = set()


async def begin_job(app: Testamur, lines: WaitingLines, found: Sorted) -> Response:
    """Begin to check several badges, and lead to where they are shown. Raises Busy."""
    if len(_running) >= _JOBS:
        raise Busy
    secret = drawn_secret(app, "job")
    rows = [{"what": item.what, "for": _whose(item, found)} for item in found.items]
    await run_in_threadpool(app.jobs.begin, secret, rows, app.clock())
    task = asyncio.create_task(_work(app, lines, secret, rows, found))
    _running.add(task)
    task.add_done_callback(_running.discard)
    await asyncio.wait({task}, timeout=_AT_FIRST)
    return RedirectResponse(f"/verify/{secret}", 303, _NO_STORE)


async def _work(
    app: Testamur, lines: WaitingLines, secret: str, rows: list[dict[str, Any]], found: Sorted
) -> None:
    """Check the badges, a few at a time, and keep what is found of each."""
    deadline, free = Deadline.after(_WHOLE), asyncio.Semaphore(_AT_ONCE)

    async def one(at: int, item: Item) -> None:
        async with free:
            rows[at] |= await _checked(app, lines, item, found, deadline)
            await run_in_threadpool(app.jobs.save, secret, rows, app.clock())

    await asyncio.gather(*(one(at, item) for at, item in enumerate(found.items)))


async def _checked(
    app: Testamur, lines: WaitingLines, item: Item, found: Sorted, deadline: Deadline
) -> dict[str, Any]:
    while deadline.left:
        try:
            checked = await lines.strangers.take(lambda: _check(app, item, found))
        except Busy:  # others are looked at: this one can wait
            await asyncio.sleep(1)
        else:
            return await run_in_threadpool(_row, app, checked)
    return {"verdict": "not-had", "late": True}


def _check(app: Testamur, item: Item, found: Sorted) -> Checked:
    checking, deadline = app.verifying.checking, Deadline.after(SECONDS)
    if isinstance(item.found, Asked):
        return checking.at(item.found, deadline, found.question)
    return checking.of(item.found, deadline, found.question)


def _whose(item: Item, found: Sorted) -> str:
    named = item.found.recipient if isinstance(item.found, Asked) else None
    return named or found.question.recipient or ""


def _row(app: Testamur, checked: Checked) -> dict[str, Any]:
    """What a row keeps of a report: its words, in no language yet."""
    report = checked.report
    said, issued = said_of(app, report), report.issued_by
    return {
        "verdict": said.key,
        "band": said.band,
        "headline": _kept(said.headline),
        "sentence": _kept(said.sentence),
        "issued": _kept(issued) if issued else None,
        "name": report.summary.get("achievement", report.summary.get("name", "")),
        "identity": report.identity,
        "answer": report.answer,
    }


def _kept(told: Told) -> dict[str, Any]:
    """A sentence as JSON: each of its names a text, a sentence again, or a day."""
    names = {
        key: _kept(value)
        if isinstance(value, Told)
        else {"day": value.time}
        if isinstance(value, Day)
        else value
        for key, value in told.names.items()
    }
    return {"words": told.words, "names": names, "lead": told.lead}


def _told(kept: dict[str, Any] | None) -> Told | None:
    return _read(kept) if kept else None


def _read(kept: dict[str, Any]) -> Told:
    names: dict[str, str | Told | Day] = {}
    for key, value in kept["names"].items():
        is_day = isinstance(value, dict) and "day" in value
        names[key] = (
            Day(value["day"]) if is_day else _read(value) if isinstance(value, dict) else value
        )
    return Told(kept["words"], names, kept["lead"])


@router.get("/{secret}")
def show(app: App, request: Request, secret: str) -> Response:
    """How far it is, and what was found so far."""
    job = _job(app, secret)
    rows = [
        {
            **row,
            "name": row.get("name", ""),
            "headline": _told(row.get("headline")),
            "sentence": _told(row.get("sentence")),
            "issued": _told(row.get("issued")),
        }
        for row in job.rows
    ]
    return page(
        request,
        "verification/many.html",
        {"job": job, "rows": rows, "secret": secret, "counted": _counted(job)},
        headers=_NO_STORE,
    )


@router.get("/{secret}/table.csv")
def table(app: App, secret: str) -> Response:
    """The same as CSV."""
    out = io.StringIO()
    written = csv.writer(out)
    written.writerow(["what", "asked for", "answer", "verdict", "in words", "badge", "issued by"])
    for row in _job(app, secret).rows:
        said, issued = _told(row.get("headline")), _told(row.get("issued"))
        cells = [row["what"], row["for"], row.get("answer"), row.get("verdict"), said]
        cells += [row.get("name"), issued]
        written.writerow([_plain(cell) for cell in cells])
    headers = {**_NO_STORE, "Content-Disposition": 'attachment; filename="verified.csv"'}
    return Response(
        "\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers
    )


def _plain(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV injection")."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _job(app: Testamur, secret: str) -> Job:
    """Raises NotFound."""
    job = app.jobs.find(secret[:200], app.clock())
    if job is None:
        raise NotFound("list of badges that is being checked")
    return job


def _counted(job: Job) -> dict[str, int]:
    """How many rows there are of each colour."""
    bands = [row.get("band", "grey") for row in job.rows if "verdict" in row]
    return {band: bands.count(band) for band in ("green", "amber", "red", "grey")}
