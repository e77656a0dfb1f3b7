"""The assessor's queue: what is in their hands, what waits; and what they scored."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.assessing import offers, open_reviews, take_next
from api.http.auth import App
from api.http.v1.answers import LARGEST
from api.web.assessment.names import Names
from api.web.forms import FromForm, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import SignedInVisitor, acting_as
from api.wiring import Testamur
from ledger.errors import KeyReused, LedgerError
from projections.assessment import queues

router = APIRouter()

Assessor = Annotated[SignedInVisitor, acting_as("assessor")]
_ON_A_PAGE = 50


@router.get("/queue")
def queue(request: Request, app: App, visitor: Assessor) -> Response:
    """What is due, oldest promise first, and what may be taken."""
    return _shown(request, app, visitor, Problems())


@router.post("/queue")
def take(request: Request, app: App, visitor: Assessor, form: FromForm) -> Response:
    """Take on the oldest of a kind."""
    try:
        answer = take_next(app, form.asked, UUID(form.text("micro")))
    except KeyReused:  # a second click: the first one took it
        return see_other(request, "/queue")
    except ValueError:
        return see_other(request, "/queue")
    except LedgerError as error:
        return _shown(request, app, visitor, Problems.from_error(request, error))
    return see_other(request, f"/reviews/{answer.id}", say(request, _TAKEN))


@router.get("/my/reviews")
def scored(
    request: Request,
    app: App,
    visitor: Assessor,
    before: Annotated[int, Query(ge=1, le=LARGEST)] = LARGEST,
) -> Response:
    """What one scored, newest first, and what became of it."""
    with app.views.reading("submissions") as connection:
        found = queues.scored_by(connection, str(visitor.person), before, _ON_A_PAGE + 1)
    rows = found[:_ON_A_PAGE]
    values = {
        "rows": rows,
        "names": Names(app),
        "next": rows[-1].position if len(found) > len(rows) else None,
        "is_first": before == LARGEST,
    }
    return page(request, "assessment/scored.html", values)


def _shown(
    request: Request, app: Testamur, visitor: SignedInVisitor, problems: Problems
) -> Response:
    values = {
        "mine": open_reviews(app, visitor.caller),
        "offers": offers(app, visitor.caller),
        "names": Names(app),
        "today": app.clock().date(),
        "problems": problems,
    }
    return page(request, "assessment/queue.html", values, 409 if problems else 200)


_TAKEN = message("It is yours now. Take your time; what you put down is kept when you save.")
