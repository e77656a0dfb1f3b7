"""An appeal, for whoever decides on it: the work, both sides, and the decision."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.http.auth import App, Lines
from api.web.assessment.piece import pieces
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import SignedInVisitor, acting_as
from api.wiring import Testamur
from ledger.assessment import DecideAppeal, SubmissionShown
from ledger.catalogue import MicroCredential
from ledger.errors import LedgerError, NotFound

router = APIRouter(prefix="/appeals/{submission}")

Manager = Annotated[SignedInVisitor, acting_as("programme-manager")]

_SIDES = ("uphold", "overturn")


@router.get("")
async def appeal(
    request: Request, app: App, lines: Lines, visitor: Manager, submission: UUID
) -> Response:
    """The evidence, the reviews and the grounds; once it is decided, how."""

    def shown() -> Response:
        found = _appealed(app, visitor, submission)
        return _shown(request, app, visitor, found, Problems(), None)

    return await lines.viewing.take(shown)


@router.post("")
async def decide(
    request: Request,
    app: App,
    lines: Lines,
    visitor: Manager,
    form: FromForm,
    submission: UUID,
) -> Response:
    """First the answers once more, then the decision."""

    def decided() -> Response:
        found = _appealed(app, visitor, submission)
        if found.state != "appealed":
            return see_other(request, f"/appeals/{submission}")
        problems = _unfinished(request, form)
        if problems or form.text("do") == "change":
            return _shown(request, app, visitor, found, problems, form)
        if form.text("do") != "decide":
            values = _values(app, found) | {"kept": form}
            return page(request, "assessment/appeal_check.html", values)
        overturn = form.text("side") == "overturn"
        try:
            command = DecideAppeal(
                submission=submission, overturn=overturn, reason=form.text("reason")
            )
            app.bus.execute(form.asked, command)
        except (LedgerError, ValidationError) as error:
            problems = Problems.from_error(request, error, {"reason-missing": "reason"})
            return _shown(request, app, visitor, found, problems, form)
        return see_other(request, f"/appeals/{submission}", say(request, _DECIDED))

    return await lines.viewing.take(decided)


def _appealed(app: Testamur, visitor: SignedInVisitor, submission: UUID) -> SubmissionShown:
    """Raises NotFound for what was never appealed."""
    found = app.reading.submission(visitor.caller, app.bus.policy(), submission)
    if found.grounds is None:
        raise NotFound("appeal")
    return found


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    found: SubmissionShown,
    problems: Problems,
    kept: Posted | None,
) -> Response:
    values = _values(app, found)
    is_open = found.state == "appealed"
    definition = values["definition"]
    values |= {
        "pieces": pieces(app, visitor.caller, found, definition) if is_open else [],
        "is_open": is_open,
        "problems": problems,
        "kept": kept,
    }
    return page(request, "assessment/appeal.html", values, problems.status)


def _values(app: Testamur, found: SubmissionShown) -> dict[str, Any]:
    micro = app.store.read(MicroCredential, found.micro_credential, "micro-credential")
    last = [review for review in found.reviews if review.round == found.round]
    return {"submission": found, "definition": micro.published(found.number), "reviews": last}


def _unfinished(request: Request, form: Posted) -> Problems:
    problems = Problems()
    if form.text("side") not in _SIDES:
        problems.add("side", say(request, _NO_SIDE))
    if not form.text("reason"):
        problems.add("reason", say(request, _NO_REASON))
    return problems


_DECIDED = message("The appeal is decided. Its educator will hear of it.")
_NO_SIDE = message("Choose whether the refusal stands.")
_NO_REASON = message("Say why: the educator will read it.")
