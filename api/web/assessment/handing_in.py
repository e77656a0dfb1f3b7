"""Handing a round in, and what an educator may do after it: withdraw, appeal."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.http.auth import App
from api.own_work import own_work
from api.web.assessment.own import Educator
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import SignedInVisitor
from api.wiring import Testamur
from ledger.assessment import AppealRefusal, SubmitRound, WithdrawSubmission
from ledger.errors import LedgerError

router = APIRouter(prefix="/submissions/{submission}")


@router.get("/check")
def check_page(request: Request, app: App, visitor: Educator, submission: UUID) -> Response:
    """Everything once more, before it is handed in."""
    return _check(request, app, visitor, submission)


@router.post("/check")
def submit(
    request: Request, app: App, visitor: Educator, submission: UUID, form: FromForm
) -> Response:
    """Hand the round in."""
    try:
        command = SubmitRound(
            submission=submission,
            attested=form.text("attested") == "yes",
            statement=form.text("statement") or None,
        )
        app.bus.execute(form.asked, command)
    except (LedgerError, ValidationError) as error:
        problems = Problems.from_error(request, error, _FIELDS)
        return _check(request, app, visitor, submission, problems, form)
    return see_other(request, f"/submissions/{submission}/next")


@router.get("/next")
def what_follows(request: Request, app: App, visitor: Educator, submission: UUID) -> Response:
    """What happens now, by when, and how one hears of it."""
    work = own_work(app, visitor.caller, submission)
    return page(request, "assessment/own/next.html", {"work": work})


@router.get("/withdraw")
def withdraw_page(request: Request, app: App, visitor: Educator, submission: UUID) -> Response:
    """What withdrawing means."""
    return _asked(request, app, visitor, submission, "withdraw")


@router.post("/withdraw")
def withdraw(
    request: Request, app: App, visitor: Educator, submission: UUID, form: FromForm
) -> Response:
    """Withdraw before a decision."""
    try:
        app.bus.execute(form.asked, WithdrawSubmission(submission=submission))
    except LedgerError as error:
        problems = Problems.from_error(request, error)
        return _asked(request, app, visitor, submission, "withdraw", problems, form)
    return see_other(request, f"/submissions/{submission}", say(request, _WITHDRAWN))


@router.get("/appeal")
def appeal_page(request: Request, app: App, visitor: Educator, submission: UUID) -> Response:
    """What an appeal is, and where its grounds go."""
    return _asked(request, app, visitor, submission, "appeal")


@router.post("/appeal")
def appeal(
    request: Request, app: App, visitor: Educator, submission: UUID, form: FromForm
) -> Response:
    """Appeal against a refusal, once."""
    try:
        command = AppealRefusal(submission=submission, grounds=form.text("grounds"))
        app.bus.execute(form.asked, command)
    except (LedgerError, ValidationError) as error:
        problems = Problems.from_error(request, error, {"reason-missing": "grounds"})
        return _asked(request, app, visitor, submission, "appeal", problems, form)
    return see_other(request, f"/submissions/{submission}", say(request, _APPEALED))


def _check(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    submission: UUID,
    problems: Problems | None = None,
    kept: Posted | None = None,
) -> Response:
    work = own_work(app, visitor.caller, submission)
    policy = app.bus.policy()
    values = {
        "work": work,
        "attestation": policy.attestation,
        "most": policy.limits.statement_characters,
        "problems": problems or Problems(),
        "kept": kept,
    }
    return page(request, "assessment/own/check.html", values, 422 if problems else 200)


def _asked(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    submission: UUID,
    what: str,
    problems: Problems | None = None,
    kept: Posted | None = None,
) -> Response:
    work = own_work(app, visitor.caller, submission)
    values = {"work": work, "problems": problems or Problems(), "kept": kept}
    return page(request, f"assessment/own/{what}.html", values, 422 if problems else 200)


_ATTESTATION = message(
    "This is my own work from my own practice. It shows no student's name, face or number "
    "without the family's written consent."
)
"""The attestation of the present edition, noted for translation: pages show the one in force."""

_FIELDS = {"not-attested": "attested", "bad-statement": "statement", "statement": "statement"}
_WITHDRAWN = message("It is withdrawn. What you earned elsewhere is not touched.")
_APPEALED = message("Your appeal is recorded. Somebody who was not on the panel decides on it.")
