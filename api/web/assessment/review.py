"""A review: the evidence beside the rubric, saved as one goes, checked, then sealed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.http.auth import App, Lines
from api.review_drafts import Draft
from api.reviews import (
    ReviewInWork,
    missing,
    review_in_work,
    save_draft,
    seal,
    step_back,
    would_be,
)
from api.web.assessment.piece import pieces
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import SignedInVisitor, acting_as
from api.wiring import Testamur
from ledger.catalogue import Definition
from ledger.errors import LedgerError, RuleBroken

router = APIRouter(prefix="/reviews/{review}")

Assessor = Annotated[SignedInVisitor, acting_as("assessor")]


@router.get("")
async def work(
    request: Request, app: App, lines: Lines, visitor: Assessor, review: UUID
) -> Response:
    """The evidence and the rubric; once it is sealed, what was sealed."""

    def shown() -> Response:
        found = review_in_work(app, visitor.caller, review)
        return _shown(request, app, visitor, found, Problems())

    return await lines.viewing.take(shown)


@router.post("")
async def save(
    request: Request, app: App, lines: Lines, visitor: Assessor, form: FromForm, review: UUID
) -> Response:
    """Keep what was put down, and go on to the check where that was asked for. What a script sends
    quietly is answered without a page."""

    def saved() -> Response:
        try:
            found = save_draft(app, visitor.caller, review, _put_down(form))
        except RuleBroken:  # it is over: its page says so
            return see_other(request, f"/reviews/{review}")
        if form.text("do") == "quietly":
            return Response(status_code=204)
        if form.text("do") != "check":
            return see_other(request, f"/reviews/{review}", say(request, _SAVED))
        problems = _unfinished(request, found)
        if problems:
            return _shown(request, app, visitor, found, problems)
        return see_other(request, f"/reviews/{review}/check")

    return await lines.viewing.take(saved)


@router.get("/check")
def check(request: Request, app: App, visitor: Assessor, review: UUID) -> Response:
    """The answers once more, the verdict that follows, and what it leads to."""
    found = review_in_work(app, visitor.caller, review)
    if not found.is_open or missing(found.definition, found.draft):
        return see_other(request, f"/reviews/{review}")
    return _checked(request, found, Problems())


@router.post("/check")
def sealed(request: Request, app: App, visitor: Assessor, form: FromForm, review: UUID) -> Response:
    """Seal it."""
    found = review_in_work(app, visitor.caller, review)
    if not found.is_open:  # a second click, or it ended meanwhile
        return see_other(request, f"/reviews/{review}")
    try:
        seal(app, form.asked, review)
    except LedgerError as error:
        return _checked(request, found, Problems.from_error(request, error))
    return see_other(request, f"/reviews/{review}", say(request, _SEALED))


@router.get("/step-back")
def leaving(request: Request, app: App, visitor: Assessor, review: UUID) -> Response:
    """What it means to step back."""
    found = review_in_work(app, visitor.caller, review)
    if not found.is_open:
        return see_other(request, f"/reviews/{review}")
    return page(request, "assessment/step_back.html", {"review": found})


@router.post("/step-back")
def left(request: Request, app: App, visitor: Assessor, form: FromForm, review: UUID) -> Response:
    """Step back, for good from this educator's work where there is a conflict of interest."""
    found = review_in_work(app, visitor.caller, review)
    why, problems = form.text("why"), Problems()
    if why not in ("other", "conflict"):
        problems.add("why", say(request, _WHY))
    elif found.is_open:
        try:
            step_back(app, form.asked, review, conflict=why == "conflict")
        except LedgerError as error:
            problems = Problems.from_error(request, error)
    if problems:
        values = {"review": found, "problems": problems, "kept": form}
        return page(request, "assessment/step_back.html", values, problems.status)
    return see_other(request, "/queue", say(request, _LEFT))


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    found: ReviewInWork,
    problems: Problems,
) -> Response:
    values = {
        "review": found,
        "pieces": pieces(app, visitor.caller, found.submission, found.definition),
        "today": app.clock().date(),
        "problems": problems,
    }
    template = "review.html" if found.is_open else "reviewed.html"
    return page(request, f"assessment/{template}", values, problems.status)


def _checked(request: Request, found: ReviewInWork, problems: Problems) -> Response:
    values = {
        "review": found,
        "verdict": would_be(found.definition, found.draft),
        "problems": problems,
    }
    return page(request, "assessment/check.html", values, 409 if problems else 200)


def _put_down(form: Posted) -> Draft:
    """What the form holds, by criterion."""
    levels, feedback = {}, {}
    for name in form.data:
        kind, _, criterion = name.partition("-")
        if kind == "level":
            levels[criterion] = form.text(name)
        elif kind == "feedback":
            feedback[criterion] = form.text(name)
    return Draft(levels, feedback)


def _unfinished(request: Request, found: ReviewInWork) -> Problems:
    problems = Problems()
    for criterion, what in missing(found.definition, found.draft):
        words = _NO_LEVEL if what == "level" else _NO_FEEDBACK
        named = say(request, words).format(criterion=_name(found.definition, criterion))
        problems.add(f"{what}-{criterion}", named)
    return problems


def _name(definition: Definition, criterion: str) -> str:
    return next(each.name for each in definition.rubric if each.id == criterion)


_SAVED = message("Saved.")
_SEALED = message("Your review is sealed.")
_LEFT = message("You stepped back. Somebody else will take it on.")
_WHY = message("Say why you step back.")
_NO_LEVEL = message("Choose a level for {criterion}.")
_NO_FEEDBACK = message("{criterion} is below the bar: say what would meet it.")
