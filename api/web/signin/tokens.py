"""/me/sign-in/tokens: API tokens of one's own, for the role that one acts in; shown once, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.access import issue_token
from api.http.auth import App
from api.web.forms import FromForm, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import Freshly, SignedIn
from api.wiring import Testamur
from ledger.errors import LedgerError
from ledger.people import EndToken, Organization
from projections import unseal
from projections.people import access_tokens

router = APIRouter(prefix="/me/sign-in/tokens")

_DAYS = ("7", "30", "90", "365")
_MOST = 100


@router.get("/new")
def new(request: Request, _visitor: Freshly) -> Response:
    """What it is for, and how long it lives."""
    return page(request, "signin/token.html", {"days": _DAYS, "made": None})


@router.post("/new")
def made(app: App, request: Request, _visitor: Freshly, form: FromForm) -> Response:
    """The token, shown this once."""
    days = form.text("days") if form.text("days") in _DAYS else "90"
    values: dict[str, Any] = {"days": _DAYS, "made": None}
    problems = Problems()
    label = form.text("label")
    if not 1 <= len(label) <= 100:
        problems.add("label", say(request, _LABEL))
        return page(
            request, "signin/token.html", {**values, "problems": problems, "kept": form}, 422
        )
    try:
        expires = app.clock() + timedelta(days=int(days))
        values["made"] = issue_token(app, form.asked, label, expires)
    except LedgerError as error:
        problems = Problems.from_error(request, error)
    return page(
        request,
        "signin/token.html",
        {**values, "problems": problems, "kept": form},
        problems.status,
    )


@router.post("/{token}/end")
def end(app: App, request: Request, _visitor: SignedIn, token: UUID, form: FromForm) -> Response:
    """It speaks for nobody any more."""
    app.bus.execute(form.asked, EndToken(token=token))
    return see_other(request, "/me/sign-in#tokens", say(request, _ENDED))


_LABEL = message("Say in 1 to 100 characters what it is for.")
_ENDED = message("The token is ended.")


def own_tokens(app: Testamur, person: UUID) -> list[dict[str, Any]]:
    """A person's tokens in force."""
    with app.views.reading("access-tokens") as connection:
        rows = access_tokens.page(connection, str(person), app.clock(), "", _MOST)
    return [
        {
            "id": row.id,
            "label": unseal(app.vault, row.label) or "",
            "role": row.role,
            "unit": app.store.read(Organization, UUID(str(row.unit)), "organization").name,
            "expires": str(row.expires),
        }
        for row in rows
    ]
