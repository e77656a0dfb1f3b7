"""/me/sign-in/…: passkeys and the password. What changes them asks first whether it is them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.accounts.credentials import (
    add_passkey,
    listed,
    options_for_passkey,
    remove,
    rename,
    set_password,
)
from api.accounts.signing_in import account_of, show_password
from api.accounts.stamps import A_WHILE
from api.http.auth import App
from api.web.csrf import form_token
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.signin.beginning import MAKING_A_PASSKEY
from api.web.signin.steps import address_of
from api.web.visitor import Freshly, SignedInVisitor
from api.wiring import Testamur
from ledger.errors import Invalid, LedgerError, NotFound

router = APIRouter(prefix="/me/sign-in")
_HERE = "/me/sign-in"
_FIELDS = {
    "password-length": "password",
    "password-common": "password",
    "not-let-in": "current",
    "too-many-tries": "current",
}


@router.get("/passkey")
def new_passkey(app: App, request: Request, visitor: Freshly) -> Response:
    """Make one on this device."""
    return _passkey_page(app, request, visitor, Problems())


@router.post("/passkey")
def made_passkey(app: App, request: Request, visitor: Freshly, form: FromForm) -> Response:
    """What the browser's script got from the device."""
    stamp, now, stamps = form.text("stamp"), app.clock(), app.accounts.stamps
    try:
        said = stamps.read(MAKING_A_PASSKEY, stamp, now, form_token(request))
        if said is None or not stamps.use(stamp, now, now + A_WHILE):
            raise Invalid("passkey-not-right", "that took too long; try again")
        label = form.text("label")[:100] or "Passkey"
        add_passkey(app, form.asked, stamp, form.text("answer"), label)
    except LedgerError as error:
        return _passkey_page(app, request, visitor, Problems.from_error(request, error), form)
    return see_other(request, _HERE, say(request, _SET_UP))


@router.get("/password")
def new_password(app: App, request: Request, visitor: Freshly) -> Response:
    """Choose one."""
    return _password_page(app, request, visitor, Problems())


@router.post("/password")
def chosen_password(app: App, request: Request, visitor: Freshly, form: FromForm) -> Response:
    """It counts from now on, and other browsers are signed out. Whoever has one shows it first."""
    password, before = form.data.get("password"), form.data.get("current")
    try:
        if _has_password(app, visitor):
            address = address_of(app, visitor.person)
            show_password(app, address, before if isinstance(before, str) else "")
        set_password(app, form.asked, password if isinstance(password, str) else "")
    except LedgerError as error:
        problems = Problems.from_error(request, error, _FIELDS)
        return _password_page(app, request, visitor, problems)
    app.accounts.sessions.end_all(visitor.person, but=[visitor.session.id])
    return see_other(request, _HERE, say(request, _CHANGED))


@router.get("/{credential}")
def one(app: App, request: Request, visitor: Freshly, credential: UUID) -> Response:
    """Rename it, or let it go."""
    return _credential_page(app, request, visitor, credential, Problems())


@router.post("/{credential}")
def changed(
    app: App, request: Request, visitor: Freshly, credential: UUID, form: FromForm
) -> Response:
    """Called otherwise."""
    try:
        rename(app, form.asked, credential, form.text("label")[:100] or "Passkey")
    except LedgerError as error:
        problems = Problems.from_error(request, error)
        return _credential_page(app, request, visitor, credential, problems)
    return see_other(request, _HERE, say(request, _RENAMED))


@router.post("/{credential}/remove")
def removed(
    app: App, request: Request, visitor: Freshly, credential: UUID, form: FromForm
) -> Response:
    """Gone; whoever is signed in elsewhere is signed out."""
    try:
        remove(app, form.asked, credential)
    except LedgerError as error:
        problems = Problems.from_error(request, error)
        return _credential_page(app, request, visitor, credential, problems)
    app.accounts.sessions.end_all(visitor.person, but=[visitor.session.id])
    return see_other(request, _HERE, say(request, _REMOVED))


_SET_UP = message("The passkey is set up.")
_CHANGED = message("Your password counts from now on. You were signed out everywhere else.")
_RENAMED = message("Renamed.")
_REMOVED = message("Removed. You were signed out everywhere else.")


def _has_password(app: Testamur, visitor: SignedInVisitor) -> bool:
    account = account_of(app, visitor.person)
    return account is not None and account.of_kind("password") is not None


def _password_page(
    app: Testamur, request: Request, visitor: SignedInVisitor, problems: Problems
) -> Response:
    values = {"has_one": _has_password(app, visitor), "problems": problems}
    return page(request, "signin/password.html", values, problems.status)


def _passkey_page(
    app: Testamur,
    request: Request,
    visitor: SignedInVisitor,
    problems: Problems,
    form: Posted | None = None,
) -> Response:
    ends = app.clock() + A_WHILE
    stamp = app.accounts.stamps.make(MAKING_A_PASSKEY, {}, ends, form_token(request))
    values = {
        "stamp": stamp,
        "options": options_for_passkey(app, visitor.person, stamp),
        "problems": problems,
        "kept": form,
    }
    return page(request, "signin/passkey.html", values, problems.status)


def _credential_page(
    app: Testamur,
    request: Request,
    visitor: SignedInVisitor,
    credential: UUID,
    problems: Problems,
) -> Response:
    held = next((c for c in listed(app, visitor.person) if c.id == credential), None)
    if held is None:
        raise NotFound("way to sign in")
    values = {"credential": held, "problems": problems}
    return page(request, "signin/credential.html", values, problems.status)
