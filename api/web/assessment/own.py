"""An educator's own submissions: the list, one of them, and starting another."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.http.auth import App
from api.http.v1.answers import LARGEST, Number
from api.own_work import own_submissions, own_work
from api.web.forms import FromForm, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import SignedInVisitor, acting_as
from api.wiring import Testamur
from ledger.assessment import DraftSubmission
from ledger.catalogue import MicroCredential
from ledger.errors import LedgerError

router = APIRouter()

Educator = Annotated[SignedInVisitor, acting_as("educator")]
_ON_A_PAGE = 50


@router.get("/my/submissions")
def listing(
    request: Request,
    app: App,
    visitor: Educator,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
) -> Response:
    """One's submissions, in the order in which they were begun."""
    found = own_submissions(app, visitor.caller, after, _ON_A_PAGE + 1)
    rows = found[:_ON_A_PAGE]
    following = f"/my/submissions?after={rows[-1].position}" if len(found) > len(rows) else ""
    values = {"rows": rows, "next": following, "is_first": after == 0}
    return page(request, "assessment/own/list.html", values)


def own_page(
    request: Request, app: Testamur, visitor: SignedInVisitor, submission: UUID
) -> Response:
    """A submission for its educator: its state, what is to do, feedback, what happened."""
    work = own_work(app, visitor.caller, submission)
    return page(request, "assessment/own/submission.html", {"work": work})


@router.get("/start/{micro}/{number}")
def start_page(
    request: Request, app: App, _visitor: Educator, micro: UUID, number: Number
) -> Response:
    """What one is about to begin."""
    return _start(request, app, micro, number, Problems())


@router.post("/start/{micro}/{number}")
def start(
    request: Request, app: App, _visitor: Educator, micro: UUID, number: Number, form: FromForm
) -> Response:
    """Begin a submission."""
    try:
        answer = app.bus.execute(form.asked, DraftSubmission(micro_credential=micro, number=number))
    except LedgerError as error:
        return _start(request, app, micro, number, Problems.from_error(request, error))
    return see_other(request, f"/submissions/{answer.id}", say(request, _STARTED))


def _start(
    request: Request, app: Testamur, micro: UUID, number: int, problems: Problems
) -> Response:
    found = app.store.read(MicroCredential, micro, "micro-credential").published(number)
    values = {"definition": found, "micro": micro, "number": number, "problems": problems}
    return page(request, "assessment/own/start.html", values, 409 if problems else 200)


_STARTED = message("It is begun. Take your time: nobody sees it until you hand it in.")
