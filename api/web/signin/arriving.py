"""/sign-in, and /sign-out: by passkey, or by password and a second step."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from api.accounts.signing_in import (
    Shown,
    needs_second_step,
    note_locked,
    show_code,
    show_passkey,
    show_password,
)
from api.accounts.stamps import A_WHILE
from api.http.auth import App
from api.web.cookies import SESSION, drop_cookie
from api.web.csrf import form_token
from api.web.forms import FromForm, Problems
from api.web.pages import page, see_other
from api.web.signin.steps import LOOKING_FOR_PASSKEYS, arrive, may_try, sign_in_page
from api.web.visitor import own_address, visitor_of
from api.wiring import Testamur
from ledger.errors import Invalid, LedgerError

router = APIRouter()
Next = Annotated[str, Query(alias="next", max_length=2000)]

_HALF_IN = "sign-in.second-step"


@router.get("/sign-in")
def sign_in(app: App, request: Request, next_: Next = "/") -> Response:
    """Show who you are."""
    return sign_in_page(request, app, own_address(next_))


@router.post("/sign-in")
def by_password(
    app: App, request: Request, form: FromForm, afterwards: BackgroundTasks
) -> Response:
    """By address and password; where a second step is set up, it is asked for next."""
    next_ = own_address(form.text("next"))
    try:
        may_try(request, app)
        shown = show_password(app, form.text("address"), _password(form))
        if needs_second_step(app, shown):
            return _second_step(request, app, shown, next_)
        return arrive(request, app, shown, next_)
    except LedgerError as error:
        afterwards.add_task(note_locked, app, form.text("address"))
        values = {"problems": Problems.from_error(request, error, _FIELDS), "kept": form}
        return sign_in_page(request, app, next_, values, 422)


@router.post("/sign-in/second-step")
def second_step(app: App, request: Request, form: FromForm) -> Response:
    """By a one-time code, or a recovery code."""
    next_ = own_address(form.text("next"))
    said = _read(request, app, _HALF_IN, form.text("stamp"))
    if said is None:
        return see_other(request, "/sign-in")
    shown = Shown(UUID(said["person"]), UUID(said["credential"]), "password", said["tried"])
    try:
        may_try(request, app)
        proven = show_code(app, shown, form.text("code"))
        ends = app.clock() + A_WHILE
        if not app.accounts.stamps.use(form.text("stamp"), app.clock(), ends):
            return see_other(request, "/sign-in")
        return arrive(request, app, proven, next_)
    except LedgerError as error:
        problems = Problems.from_error(request, error, {"not-let-in": "code"})
        return _second_step(request, app, shown, next_, problems)


@router.post("/sign-in/passkey")
def by_passkey(app: App, request: Request, form: FromForm) -> Response:
    """By what the browser's script got from the device."""
    next_ = own_address(form.text("next"))
    stamp, now = form.text("stamp"), app.clock()
    try:
        may_try(request, app)
        if _read(request, app, LOOKING_FOR_PASSKEYS, stamp) is None:
            raise Invalid("passkey-not-right", "that took too long; try again")
        if not app.accounts.stamps.use(stamp, now, now + A_WHILE):
            raise Invalid("passkey-not-right", "this was used before; try again")
        return arrive(request, app, show_passkey(app, stamp, form.text("answer")), next_)
    except LedgerError as error:
        values = {"problems": Problems.from_error(request, error)}
        return sign_in_page(request, app, next_, values, 422)


@router.post("/sign-out")
def sign_out(app: App, request: Request, _form: FromForm) -> Response:
    """End the session of this browser."""
    visitor = visitor_of(request)
    if visitor.session is not None:
        app.accounts.sessions.end(visitor.session.person, visitor.session.id)
    drop_cookie(request, SESSION)
    answer = see_other(request, "/sign-in")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


_FIELDS = {"not-let-in": "password", "too-many-tries": ""}


def _password(form: Any) -> str:
    """As it was typed, space and all."""
    found = form.data.get("password")
    return found if isinstance(found, str) else ""


def _second_step(
    request: Request, app: Testamur, shown: Shown, next_: str, problems: Problems | None = None
) -> Response:
    said = {
        "person": str(shown.person),
        "credential": str(shown.credential),
        "tried": shown.tried,
    }
    ends = app.clock() + A_WHILE
    stamp = app.accounts.stamps.make(_HALF_IN, said, ends, form_token(request))
    return page(
        request,
        "signin/second_step.html",
        {"stamp": stamp, "next": next_, "problems": problems or Problems()},
        problems.status if problems else 200,
    )


def _read(request: Request, app: Testamur, purpose: str, stamp: str) -> dict[str, Any] | None:
    return app.accounts.stamps.read(purpose, stamp, app.clock(), form_token(request))
