"""What the ways of signing in have in common: from where, and what happens once somebody is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response

from api.accounts.passkeys import Party, options_to_use
from api.accounts.sessions import Browser
from api.accounts.signing_in import Shown, TooMany, let_in
from api.accounts.stamps import A_WHILE
from api.web.cookies import FORM, SESSION, drop_cookie, set_cookie
from api.web.csrf import form_token
from api.web.navigation import BY_ROLE
from api.web.pages import page, see_other
from api.web.visitor import own_address, visitor_of
from api.wiring import Testamur
from ledger.people import Person

_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
_CALLED = {"Edg": "Edge", "OPR": "Opera"}
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux")

LOOKING_FOR_PASSKEYS = "passkey.use"


def seen_from(request: Request) -> Browser:
    """Which browser, and from where, no more exactly than a person needs to know it again."""
    agent = request.headers.get("user-agent", "")
    called = next((name for name in _BROWSERS if f"{name}/" in agent), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    known = ", ".join(part for part in (_CALLED.get(called, called), system) if part)
    return Browser(known or "?", network_of(request))


def network_of(request: Request) -> str:
    """The network that a request comes from: of IPv4 the first three parts, of IPv6 the first
    three groups."""
    host = request.client.host if request.client else ""
    if re.fullmatch(r"[0-9.]+", host):
        return ".".join(host.split(".")[:3]) + ".*"
    return ":".join(host.split(":")[:3]) + ":*" if ":" in host else "?"


def may_try(request: Request, app: Testamur) -> None:
    """Raises TooMany where too much was tried from one place."""
    if not app.accounts.failures.place_may_try(request.client.host if request.client else "?"):
        raise TooMany


def sign_in_page(
    request: Request,
    app: Testamur,
    next_: str,
    values: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """The page on which somebody shows who they are; of one who is signed in, that it is them."""
    visitor = visitor_of(request)
    again = visitor.session is not None
    ends = app.clock() + A_WHILE
    stamp = app.accounts.stamps.make(LOOKING_FOR_PASSKEYS, {}, ends, form_token(request))
    return page(
        request,
        "signin/sign_in.html",
        {
            "again": again,
            "address": address_of(app, visitor.person) if again and visitor.person else "",
            "next": next_,
            "stamp": stamp,
            "options": options_to_use(Party(app.site.base_url), stamp),
            "providers": [app.provider.name] if app.provider else [],
            **(values or {}),
        },
        status,
    )


def address_of(app: Testamur, person: UUID) -> str:
    """Where a person gets letters; empty for one who was erased."""
    opened = app.vault.open(app.store.read(Person, person, "person").email)
    return opened.decode() if opened else ""


def arrive(request: Request, app: Testamur, shown: Shown, next_: str) -> Response:
    """Somebody is in: their browser gets a new secret, and they go on. Raises LedgerError."""
    browser, sessions = seen_from(request), app.accounts.sessions
    before = visitor_of(request)
    same = before.session is not None and before.person == shown.person
    caller = let_in(app, shown, browser, before.caller if same else None)
    secret = None
    if before.session is not None and same:
        secret = sessions.showed_again(before.session, shown.how, app.clock())
    elif before.session is not None and before.person is not None:
        sessions.end(before.person, before.session.id)
    several = False
    if secret is None:
        secret = sessions.begin(caller, shown.how, browser, app.clock())
        several = len(app.store.read(Person, shown.person, "person").grants) > 1
    set_cookie(request, SESSION, secret)
    drop_cookie(request, FORM)
    wanted = own_address(next_)
    if several:
        return see_other(request, f"/me/role?{urlencode({'next': wanted})}")
    return see_other(request, wanted if wanted != "/" else home_of(caller.role))


def home_of(role: str) -> str:
    """Where somebody in that role begins."""
    return BY_ROLE[role][0].address
