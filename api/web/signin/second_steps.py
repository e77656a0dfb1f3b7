"""/me/sign-in/codes and /me/sign-in/recovery: the second step after a password."""

from __future__ import annotations

import segno
from fastapi import APIRouter, Request, Response

from api.accounts.credentials import new_recovery_codes, set_up_codes
from api.accounts.second_step import address_for_app, new_secret
from api.accounts.stamps import A_WHILE
from api.http.auth import App
from api.web.csrf import form_token
from api.web.forms import FromForm, Problems
from api.web.pages import page, see_other
from api.web.signin.steps import address_of
from api.web.visitor import Freshly, SignedInVisitor
from api.wiring import Testamur
from ledger.errors import LedgerError

router = APIRouter(prefix="/me/sign-in")

_SETTING_UP = "codes.set-up"


@router.get("/codes")
def codes(app: App, request: Request, visitor: Freshly) -> Response:
    """A secret for an app, and a code of it to show that it arrived."""
    return _page(app, request, visitor, new_secret(), Problems())


@router.post("/codes")
def set_up(app: App, request: Request, visitor: Freshly, form: FromForm) -> Response:
    """From now on a password asks for a code; recovery codes come with it."""
    stamps, now = app.accounts.stamps, app.clock()
    said = stamps.read(_SETTING_UP, form.text("stamp"), now, form_token(request))
    if said is None:
        return see_other(request, "/me/sign-in/codes")
    try:
        set_up_codes(app, form.asked, said["secret"], form.text("code"))
    except LedgerError as error:
        problems = Problems.from_error(request, error, {"code-not-right": "code"})
        return _page(app, request, visitor, said["secret"], problems)
    app.accounts.sessions.end_all(visitor.person, but=[visitor.session.id])
    return see_other(request, "/me/sign-in/recovery")


@router.get("/recovery")
def recovery(request: Request, _visitor: Freshly) -> Response:
    """What recovery codes are for."""
    return page(request, "signin/recovery_codes.html", {"codes": []})


@router.post("/recovery")
def new_codes(app: App, request: Request, _visitor: Freshly, form: FromForm) -> Response:
    """New ones, shown this once."""
    try:
        made = new_recovery_codes(app, form.asked)
    except LedgerError as error:
        problems = Problems.from_error(request, error)
        values = {"codes": [], "problems": problems}
        return page(request, "signin/recovery_codes.html", values, problems.status)
    return page(request, "signin/recovery_codes.html", {"codes": made})


def _page(
    app: Testamur, request: Request, visitor: SignedInVisitor, secret: str, problems: Problems
) -> Response:
    ends = app.clock() + A_WHILE
    stamp = app.accounts.stamps.make(_SETTING_UP, {"secret": secret}, ends, form_token(request))
    address = address_for_app(secret, address_of(app, visitor.person), "Testamur")
    values = {
        "stamp": stamp,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"),
        "problems": problems,
    }
    return page(request, "signin/codes.html", values, problems.status)
