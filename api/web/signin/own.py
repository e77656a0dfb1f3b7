"""/me/sign-in: by what one signs in, and where one is signed in now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.accounts import second_step
from api.accounts.credentials import listed
from api.accounts.signing_in import account_of, has_second_step
from api.http.auth import App
from api.web.cookies import SESSION, drop_cookie
from api.web.forms import FromForm
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.signin.tokens import own_tokens
from api.web.visitor import SignedIn, SignedInVisitor
from api.wiring import Testamur

router = APIRouter()


@router.get("/me")
def me(request: Request, _visitor: SignedIn) -> Response:
    """Where a person decides about their account."""
    return page(request, "signin/me.html")


@router.get("/me/sign-in")
def overview(app: App, request: Request, visitor: SignedIn) -> Response:
    """All of it."""
    return overview_page(app, request, visitor)


@router.post("/me/sign-in/sessions/{session}/end")
def end(app: App, request: Request, visitor: SignedIn, session: UUID, _form: FromForm) -> Response:
    """End one session: this one, too."""
    app.accounts.sessions.end(visitor.person, session)
    if session == visitor.session.id:
        drop_cookie(request, SESSION)
        return see_other(request, "/sign-in")
    return see_other(request, "/me/sign-in#sessions", say(request, _ENDED))


@router.post("/me/sign-in/sessions/end-others")
def end_others(app: App, request: Request, visitor: SignedIn, _form: FromForm) -> Response:
    """End every session but this one."""
    app.accounts.sessions.end_all(visitor.person, but=[visitor.session.id])
    return see_other(request, "/me/sign-in#sessions", say(request, _ENDED))


_ENDED = message("Signed out there.")


def overview_page(
    app: Testamur,
    request: Request,
    visitor: SignedInVisitor,
    values: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """The page, with what is wrong with a form on it."""
    account = account_of(app, visitor.person)
    return page(
        request,
        "signin/own.html",
        {
            "credentials": listed(app, visitor.person),
            "second_step": account is not None and has_second_step(account),
            "papers": second_step.papers_left(app.vault, visitor.person),
            "sessions": app.accounts.sessions.of(visitor.person, app.clock()),
            "tokens": own_tokens(app, visitor.person),
            "provider": app.provider.name if app.provider else "",
            **(values or {}),
        },
        status,
    )
