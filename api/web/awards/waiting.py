"""/awards/waiting: what was accepted and waits for its award; one or many are awarded at once."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.awarding import Outcome, award_each
from api.http.auth import App
from api.http.v1.overview import Asking, SubmissionListed, number_within, submissions_within
from api.web.forms import FromForm, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.problems import sentence
from api.web.visitor import SignedInVisitor, acting_as
from api.wiring import Testamur
from projections.catalogue import micro_credentials
from projections.people import organizations

router = APIRouter(prefix="/awards/waiting")

Manager = Annotated[SignedInVisitor, acting_as("programme-manager")]

AT_ONCE = 50


@router.get("")
def listing(request: Request, app: App, visitor: Manager) -> Response:
    """The longest waiting first; each can be ticked."""
    return _shown(request, app, visitor, Problems(), [])


@router.post("")
def award(request: Request, app: App, visitor: Manager, form: FromForm) -> Response:
    """Award those that are ticked; what was refused is told with its reason, and waits on."""
    problems = Problems()
    chosen = [_id(text) for text in form.all("submission")[:AT_ONCE]]
    wanted = [submission for submission in chosen if submission is not None]
    if not wanted:
        problems.add("submission", say(request, _NONE))
        return _shown(request, app, visitor, problems, [])
    outcomes = award_each(app, visitor.caller, wanted)
    refused = [outcome for outcome in outcomes if outcome.award is None]
    if not refused:
        return see_other(request, "/awards/waiting", say(request, _DONE))
    for outcome in refused:
        problems.add(
            f"submission-{outcome.submission}", sentence(request, outcome.code, outcome.why)
        )
    return _shown(request, app, visitor, problems, outcomes)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    problems: Problems,
    outcomes: list[Outcome],
) -> Response:
    asking = Asking(state="accepted")
    caller, unit = visitor.caller, visitor.unit
    rows = submissions_within(app, caller, unit, asking, 0, AT_ONCE)
    with app.views.reading("organizations", "micro-credentials") as connection:
        units = organizations.tree(connection)
        names = micro_credentials.names_of(connection, (str(r.micro_credential) for r in rows))
    return page(
        request,
        "awards/register/waiting.html",
        {
            "rows": rows,
            "total": number_within(app, caller, unit, asking),
            "at_once": AT_ONCE,
            "units": units,
            "names": names,
            "people": app.directory.names(_educators(rows)),
            "awarded": [outcome for outcome in outcomes if outcome.award is not None],
            "problems": problems,
        },
        problems.status,
    )


def _educators(rows: list[SubmissionListed]) -> list[str]:
    return [str(row.educator) for row in rows if row.educator is not None]


_DONE = message("The badges are awarded. Their holders can see and share them now.")
_NONE = message("Tick at least one.")
