"""/me/public and /me/data: what is public of oneself, a copy of it all, and being forgotten."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.responses import StreamingResponse

from api.disclosure import disclosed
from api.http.auth import App
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import Freshly, SignedIn, SignedInVisitor, acting_as
from api.wiring import Testamur
from ledger.errors import LedgerError
from ledger.people import AskToBeForgotten, Person, PublishProfile

router = APIRouter(prefix="/me")

Educator = Annotated[SignedInVisitor, acting_as("educator")]


@router.get("/public")
def public_page(request: Request, app: App, visitor: Educator) -> Response:
    """What is public of oneself."""
    return page(request, "people/public.html", {"person": _person(app, visitor)})


@router.post("/public")
def set_public(request: Request, app: App, _visitor: Educator, form: FromForm) -> Response:
    """Show the profile, or hide it."""
    wanted = form.text("public") == "yes"
    app.bus.execute(form.asked, PublishProfile(public=wanted))
    return see_other(request, "/me/public", say(request, _SHOWN if wanted else _HIDDEN))


@router.get("/data")
def data_page(request: Request, app: App, _visitor: SignedIn) -> Response:
    """A copy of one's data, and being forgotten."""
    return _data(request, app)


@router.get("/data/copy.zip")
def copy(app: App, visitor: Freshly) -> Response:
    """All that is held about oneself, readable. It is made while it is sent."""
    headers = {
        "Content-Disposition": 'attachment; filename="my-data.zip"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(
        disclosed(app, visitor.person), media_type="application/zip", headers=headers
    )


@router.get("/data/forget")
def forget_page(request: Request, app: App, _visitor: Freshly) -> Response:
    """What being forgotten means, before one asks for it."""
    return _forget(request, app)


@router.post("/data/forget")
def forget(request: Request, app: App, _visitor: Freshly, form: FromForm) -> Response:
    """Ask to be forgotten; another decides."""
    problems = Problems()
    if form.text("understood") != "yes":
        problems.add("understood", say(request, _TICK))
        return _forget(request, app, problems, form)
    try:
        command = AskToBeForgotten(reason=form.text("reason") or say(request, _ASKED))
        app.bus.execute(form.asked, command)
    except (LedgerError, ValidationError) as error:
        return _forget(request, app, Problems.from_error(request, error), form)
    return see_other(request, "/me/data", say(request, _NOTED))


def _data(request: Request, app: Testamur) -> Response:
    days = app.bus.policy().limits.erasure_delay_days
    return page(request, "people/data.html", {"days": days})


def _forget(
    request: Request,
    app: Testamur,
    problems: Problems | None = None,
    kept: Posted | None = None,
) -> Response:
    limits = app.bus.policy().limits
    values = {"limits": limits, "problems": problems or Problems(), "kept": kept}
    return page(request, "people/forget.html", values, 422 if problems else 200)


def _person(app: Testamur, visitor: SignedInVisitor) -> Person:
    return app.store.read(Person, visitor.person, "person")


_SHOWN = message("Your profile is public now.")
_HIDDEN = message("Your profile is hidden now.")
_TICK = message("Tick the box if you want this.")
_ASKED = message("They asked for it themselves.")
_NOTED = message("It is noted that you ask to be forgotten. An administrator decides on it.")
