"""/invitations/{secret}: the link with which somebody begins, or comes back who lost their way in.

The secret is in the path, so that no script is needed; only a form uses it up, since whatever shows
a preview of a link opens it first. The log of requests leaves it out, and no referrer tells it to
another site (Referrer-Policy: same-origin).
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from api.accounts.credentials import (
    Guest,
    add_passkey,
    guest_of,
    options_for_passkey,
    set_password,
)
from api.accounts.signing_in import Shown, has_second_step, key_of, show_code
from api.accounts.stamps import A_WHILE
from api.http.auth import App
from api.web.csrf import form_token
from api.web.forms import FromForm, Posted, Problems
from api.web.pages import page, see_other
from api.web.signin.steps import arrive, home_of, may_try
from api.web.visitor import visitor_of
from api.wiring import Testamur
from ledger.bus import Request as CommandRequest
from ledger.errors import Invalid, LedgerError, NotFound, RuleBroken
from ledger.people import Invitation, secret_id

router = APIRouter(prefix="/invitations")
Secret = Annotated[str, Path(max_length=200)]

MAKING_A_PASSKEY = "passkey.make"
_HEADERS = {"X-Robots-Tag": "noindex"}
_FIELDS = {
    "password-length": "password",
    "password-common": "password",
    "not-let-in": "code",
    "passkey-not-right": "",
}


@router.get("/{secret}")
def look(app: App, request: Request, secret: Secret) -> Response:
    """Whom it invites, and how they may begin."""
    try:
        may_try(request, app)
        guest = guest_of(app, secret)
    except (RuleBroken, NotFound, Invalid):
        return _over(app, request, secret)
    return _page(app, request, secret, guest)


@router.post("/{secret}")
def begin(app: App, request: Request, secret: Secret, form: FromForm) -> Response:
    """Use it: a passkey or a password is set up, and its person is signed in by it."""
    try:
        guest = guest_of(app, secret)
    except (RuleBroken, NotFound):
        return _over(app, request, secret)
    try:
        may_try(request, app)
        second = _second(app, guest, form)
        shown = _set_up(app, request, guest, form)
        return arrive(request, app, Shown(*shown, tried="", second=second), "/")
    except LedgerError as error:
        if error.code in ("invitation-over", "has-begun"):
            return _over(app, request, secret)
        return _page(app, request, secret, guest, form, error)


def _second(app: Testamur, guest: Guest, form: Posted) -> UUID | None:
    """Whoever has a second step shows it here too: a letter alone does not replace it."""
    if guest.account is None or not has_second_step(guest.account):
        return None
    shown = Shown(guest.person, guest.invitation, "invitation", key_of(app, guest.address))
    return show_code(app, shown, form.text("code")).second


def _set_up(app: Testamur, request: Request, guest: Guest, form: Posted) -> tuple[UUID, UUID, str]:
    asked = CommandRequest(guest.caller)
    if form.text("answer"):
        stamp, now, stamps = form.text("stamp"), app.clock(), app.accounts.stamps
        said = stamps.read(MAKING_A_PASSKEY, stamp, now, form_token(request))
        if said is None or not stamps.use(stamp, now, now + A_WHILE):
            raise Invalid("passkey-not-right", "that took too long; try again")
        label = form.text("label")[:100] or "Passkey"
        made = add_passkey(app, asked, stamp, form.text("answer"), label, guest.invitation)
        return guest.person, made, "passkey"
    password = form.data.get("password")
    made = set_password(app, asked, password if isinstance(password, str) else "", guest.invitation)
    return guest.person, made, "password"


def _page(
    app: Testamur,
    request: Request,
    secret: str,
    guest: Guest,
    form: Posted | None = None,
    error: LedgerError | None = None,
) -> Response:
    problems = Problems.from_error(request, error, _FIELDS) if error else Problems()
    ends = app.clock() + A_WHILE
    stamp = app.accounts.stamps.make(MAKING_A_PASSKEY, {}, ends, form_token(request))
    return page(
        request,
        "signin/begin.html",
        {
            "guest": guest,
            "needs_code": guest.account is not None and has_second_step(guest.account),
            "secret": secret,
            "provider": app.provider.name if app.provider else "",
            "stamp": stamp,
            "options": options_for_passkey(app, guest.person, stamp),
            "problems": problems,
            "kept": form,
        },
        problems.status,
        _HEADERS,
    )


def _over(app: Testamur, request: Request, secret: str) -> Response:
    """It can be used no more, or is none; by whoever used it a moment ago, they go on."""
    visitor = visitor_of(request)
    try:
        person = app.store.read(Invitation, secret_id(secret), "invitation").person
    except NotFound:
        person = None
    if visitor.caller is not None and visitor.person == person:
        return see_other(request, home_of(visitor.caller.role))
    return page(request, "signin/invitation_over.html", {}, 410, _HEADERS)
