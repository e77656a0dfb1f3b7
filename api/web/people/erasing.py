"""/proposals: what takes a second person; and proposing that somebody is forgotten."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.http.auth import App
from api.http.v1.directory import person_seen
from api.http.v1.people import proposals_within
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.people.whose import Administrator, FreshAdministrator
from api.web.visitor import SignedInVisitor
from api.wiring import Testamur
from ledger.errors import LedgerError, NotFound
from ledger.people import (
    ConfirmProposal,
    Ground,
    ProposeErasure,
    RefuseProposal,
    StopProposal,
)

router = APIRouter()

_GROUNDS = get_args(Ground)
_MOST = 200


@router.get("/people/by-id/{person}/erasure")
def ask(request: Request, app: App, visitor: FreshAdministrator, person: UUID) -> Response:
    """Why they are to be forgotten."""
    return _form(request, app, visitor, person, Problems(), None)


@router.post("/people/by-id/{person}/erasure")
def propose(
    request: Request, app: App, visitor: FreshAdministrator, form: FromForm, person: UUID
) -> Response:
    """First the answers once more, then it is proposed."""
    values = {"person": person, "ground": form.text("ground"), "reason": form.text("reason")}
    problems, command = Problems(), None
    try:
        command = ProposeErasure.model_validate(values)
    except (LedgerError, ValidationError) as error:
        problems = Problems.from_error(request, error, {"reason-missing": "reason"})
    if command is None or form.text("do") == "change":
        return _form(request, app, visitor, person, problems, form)
    if form.text("do") != "confirm":
        shown = {"person": person_seen(app, visitor.caller, person), "kept": form}
        return page(request, "people/erasure_check.html", shown)
    try:
        app.bus.execute(form.asked, command)
    except LedgerError as error:
        return _form(request, app, visitor, person, Problems.from_error(request, error), form)
    return see_other(request, "/proposals", say(request, _PROPOSED))


@router.get("/proposals")
def listing(request: Request, app: App, visitor: Administrator) -> Response:
    """What can be answered or stopped, oldest first."""
    return _listed(request, app, visitor, Problems(), None)


_COMMANDS: dict[str, Any] = {
    "confirm": ConfirmProposal,
    "refuse": RefuseProposal,
    "stop": StopProposal,
}
_DONE = {
    "confirm": message("You agreed. It is carried out by itself; until then it can be stopped."),
    "refuse": message("You said no. Nothing is done."),
    "stop": message("It is stopped. Nothing is done."),
}


@router.post("/proposals/{proposal}/{action}")
def answer(
    request: Request,
    app: App,
    visitor: FreshAdministrator,
    form: FromForm,
    proposal: UUID,
    action: str,
) -> Response:
    """Agree, say no, or stop it."""
    if action not in _COMMANDS:
        raise NotFound("page")
    values = {"proposal": proposal, "reason": form.text("reason")}
    if action == "confirm":
        del values["reason"]
    try:
        app.bus.execute(form.asked, _COMMANDS[action].model_validate(values))
    except (LedgerError, ValidationError) as error:
        at = f"reason-{proposal}"
        problems = Problems.from_error(request, error, {"reason-missing": at, "reason": at})
        return _listed(request, app, visitor, problems, form)
    return see_other(request, "/proposals", say(request, _DONE[action]))


def _listed(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    problems: Problems,
    kept: Posted | None,
) -> Response:
    rows = proposals_within(app, visitor.caller, 0, _MOST)
    people = [
        str(each) for row in rows for each in (row.thing, row.proposer, row.confirmer) if each
    ]
    return page(
        request,
        "people/proposals.html",
        {
            "rows": rows,
            "people": app.directory.names(people),
            "oneself": visitor.caller.person,
            "problems": problems,
            "kept": kept,
        },
        problems.status,
    )


def _form(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    person: UUID,
    problems: Problems,
    kept: Posted | None,
) -> Response:
    limits = app.bus.policy().limits
    values = {
        "person": person_seen(app, visitor.caller, person),
        "grounds": _GROUNDS,
        "delay": limits.erasure_delay_days,
        "problems": problems,
        "kept": kept,
    }
    return page(request, "people/erasure.html", values, problems.status)


_PROPOSED = message("It is proposed. Another administrator answers it here.")
