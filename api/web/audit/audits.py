"""/audit: does history hold? The last audit's answer, and one that is started here, followed by a
page that loads itself anew, and kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.audit import STAGES
from api.audit.runs import AuditRuns, Run
from api.http.auth import App
from api.registry import read_witnesses
from api.web.audit.reader import Reader
from api.web.forms import FromForm, Problems
from api.web.language import message
from api.web.pages import page, see_other
from api.wiring import Testamur
from ledger.errors import LedgerError, NotFound
from ledger.people import NETWORK_ID

router = APIRouter(prefix="/audit")
_SHOWN = 10

CHECKS = {
    "log.checkpoint": message("The checkpoint is signed by the log"),
    "log.tiles": message("The tree is the one that was signed"),
    "log.history": message("The log only ever grew"),
    "log.cosignatures": message("Witnesses' signatures hold"),
    "events.entries": message("Every event is as it was recorded, and in its place"),
    "events.rules": message("Every event follows from the rules"),
    "events.times": message("Events are dated in the order of the log, between its checkpoints"),
    "credentials.proof": message("Every credential was signed with a key valid then"),
    "evidence.kept": message("Every piece of evidence is the one that was handed in"),
    "erasures.finished": message("Nobody who was erased can be read here"),
    "views.rows": message("Read models show what the events say"),
}
"""Each check of a report in words that can be translated. A test finds one that has none."""

STAGE_NAMES = {
    "hashes": message("Hashes and tree"),
    "rules": message("Rules"),
    "proofs": message("Credentials"),
    "views": message("Read models"),
}


@router.get("")
def home(request: Request, desk: Reader) -> Response:
    """The last audit's answer, one to start, and where to look."""
    return _home(request, desk, Problems())


@router.post("")
def start(request: Request, app: App, desk: Reader, form: FromForm) -> Response:
    """Start one. An audit is of the whole ledger: it is for an auditor of the whole."""
    try:
        app.bus.require(desk.visitor.caller, "audit.start", NETWORK_ID)
        run = AuditRuns(app).start(form.asked.caller.person)
    except LedgerError as error:
        return _home(request, desk, Problems.from_error(request, error))
    return see_other(request, f"/audit/runs/{run.id}")


@router.get("/runs/{run}.json")
def report_document(desk: Reader, run: UUID) -> JSONResponse:
    """An audit as JSON."""
    return JSONResponse(_found(desk.app, run).document(), headers={"Cache-Control": "no-store"})


@router.get("/runs/{run}")
def report(request: Request, app: App, desk: Reader, run: UUID, still: bool = False) -> Response:
    """How far it is; once it is done, its report, the verdict first. ``still`` for whoever does
    not want it to load by itself (WCAG 2.2 §2.2.1)."""
    found = _found(app, run)
    values = {
        "run": found,
        "still": still,
        "by": desk.names.person(found.by),
        "stages": [(STAGE_NAMES[s], *found.progress.get(s, (0, 0))) for s in STAGES],
        "checks": _checks(found),
    }
    return page(request, "audit/run.html", values, headers={"Cache-Control": "no-store"})


def _home(request: Request, desk: Reader, problems: Problems) -> Response:
    runs = AuditRuns(desk.app)
    kept = runs.newest(_SHOWN)
    last = desk.app.log.latest()
    values: dict[str, Any] = {
        "runs": [(run, desk.names.person(run.by)) for run in kept],
        "answer": next((run for run in kept if run.report is not None), None),
        "running": next((run for run in kept if run.state == "running"), None),
        "size": desk.app.log.size(),
        "last": last,
        "witnesses": [s.name for s in last.note.signatures[1:]] if last else [],
        "known_witnesses": len(read_witnesses(desk.app.settings.witnesses_file)),
        "may_start": desk.visitor.unit == NETWORK_ID,
        "problems": problems,
    }
    return page(request, "audit/home.html", values, status=409 if problems else 200)


def _found(app: Testamur, run: UUID) -> Run:
    found = AuditRuns(app).get(run)
    if found is None:
        raise NotFound("audit")
    return found


def _checks(run: Run) -> list[dict[str, Any]]:
    """Each check of the report, with its title; those that failed first."""
    checks = [{**c, "title": CHECKS[c["id"]]} for c in (run.report or {}).get("checks", [])]
    order = {"failed": 0, "not-reached": 2}
    return sorted(checks, key=lambda check: order.get(check["status"], 1))
