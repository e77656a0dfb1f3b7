"""Who looks at a page: known by a session's cookie, never by an API token.

``SignedIn``, ``Freshly`` and ``ActingAs`` are what a page asks for that is not for everybody.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Match

from api.accounts.sessions import Session
from api.http.auth import App
from api.web.cookies import SESSION, cookie
from api.web.language import language_of
from api.wiring import Testamur
from ledger.context import Caller
from ledger.errors import NotFound
from ledger.people import Organization, Person

logger = logging.getLogger("testamur")

FRESH = timedelta(minutes=10)
"""How long somebody may do what is grave after they showed that it is them."""


@dataclass(frozen=True)
class RoleHeld:
    """A role that somebody holds, and the unit within which it counts."""

    role: str
    unit: UUID
    unit_name: str


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Whoever looks. Signed in: ``session``, ``person``, ``name`` and the ``roles`` they hold now;
    ``caller`` and ``acting`` unless they no longer hold the role in which they acted."""

    language: str
    session: Session | None = None
    person: UUID | None = None
    name: str | None = None
    roles: tuple[RoleHeld, ...] = ()
    caller: Caller | None = None
    acting: RoleHeld | None = None


@dataclass(frozen=True, kw_only=True)
class SignedInVisitor(Visitor):
    """One who is signed in and holds the role that they act in."""

    session: Session
    person: UUID
    caller: Caller
    acting: RoleHeld

    @property
    def unit(self) -> UUID:
        """The unit within which they act."""
        return self.acting.unit


class SignInFirst(Exception):
    """What was asked for is for people who are signed in, in a role that they hold, and perhaps
    have just shown that it is them: ``page`` is where they do that."""

    def __init__(self, page: str) -> None:
        super().__init__(page)
        self.page = page


class OtherRole(Exception):
    """What was asked for is for another role than the one acted in."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        super().__init__(*roles)
        self.roles = roles


def visitor_of(request: Request) -> Visitor:
    """Who looks; asked once for each request."""
    found: Visitor | None = getattr(request.state, "visitor", None)
    if found is None:
        found = request.state.visitor = _find(request)
    return found


def signed_in(request: Request) -> SignedInVisitor:
    """Raises SignInFirst."""
    visitor = visitor_of(request)
    if visitor.session is None or visitor.person is None:
        raise SignInFirst("/sign-in")
    if visitor.caller is None or visitor.acting is None:
        raise SignInFirst("/me/role")
    return SignedInVisitor(
        language=visitor.language,
        session=visitor.session,
        person=visitor.person,
        name=visitor.name,
        roles=visitor.roles,
        caller=visitor.caller,
        acting=visitor.acting,
    )


SignedIn = Annotated[SignedInVisitor, Depends(signed_in)]
"""A visitor who is signed in; anybody else is sent to do so, and comes back."""


def freshly(app: App, visitor: SignedIn) -> SignedInVisitor:
    """Raises SignInFirst."""
    if not is_fresh(visitor.session, app.clock()):
        raise SignInFirst("/sign-in/again")
    return visitor


Freshly = Annotated[SignedInVisitor, Depends(freshly)]
"""One who showed within ten minutes that it is them; anybody else is asked again. A form and what
it is sent to ask for it both, so that it is seldom found out after a form was filled in."""


def acting_as(*roles: str) -> Any:
    """What a page asks for that only some roles see: ``Annotated[SignedInVisitor,
    acting_as("assessor")]``. To the others a page says in which role it is seen, and offers to
    change to it. Who may do what is decided by the commands all the same."""

    def asked(visitor: SignedIn) -> SignedInVisitor:
        if visitor.caller.role not in roles:
            raise OtherRole(roles)
        return visitor

    return Depends(asked)


def is_fresh(session: Session, now: datetime) -> bool:
    """Whether its person showed a moment ago that it is them."""
    return now - session.signed_in < FRESH


def own_address(text: str) -> str:
    """Where to go next: ``text`` if it is a path of ours, else the first page. Never elsewhere."""
    parts = urlsplit(text)
    is_path = text.startswith("/") and not text.startswith("//") and not parts.netloc
    plain = text.isascii() and text.isprintable() and "\\" not in text and len(text) <= 1000
    return text if is_path and plain and not parts.scheme else "/"


def install(app: FastAPI) -> None:
    """Send whoever must sign in first to where they do."""

    @app.exception_handler(SignInFirst)
    async def sign_in_first(request: Request, needed: SignInFirst) -> Response:
        address = f"{needed.page}?{urlencode({'next': _back_to(request)})}"
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})

    @app.exception_handler(OtherRole)
    def other_role(request: Request, needed: OtherRole) -> Response:
        from api.web.pages import page

        visitor = visitor_of(request)
        return page(
            request,
            "signin/other_role.html",
            {
                "needed": needed.roles,
                "acting": visitor.acting,
                "others": [held for held in visitor.roles if held.role in needed.roles],
                "next": _back_to(request),
            },
            status=403,
        )


def _find(request: Request) -> Visitor:
    app: Testamur = request.app.state.testamur
    language = language_of(request)
    secret = cookie(request, SESSION)
    if secret is None:
        return Visitor(language=language)
    try:
        session = app.accounts.sessions.find(secret, app.clock())
    except SQLAlchemyError:
        logger.exception("sessions cannot be read: everybody counts as not signed in")
        return Visitor(language=language)
    if session is None:
        return Visitor(language=language)
    try:
        person = app.store.read(Person, session.person, "person")
    except NotFound:
        return Visitor(language=language)
    if person.is_erased:
        return Visitor(language=language)
    name = app.vault.open(person.name)
    roles = roles_of(app, person)
    # Answered from the aggregate: a role that was taken away ends here, at once.
    acting = next((h for h in roles if (h.role, h.unit) == (session.role, session.unit)), None)
    return Visitor(
        language=language,
        session=session,
        person=session.person,
        name=name.decode() if name is not None else None,
        roles=roles,
        caller=session.caller if acting else None,
        acting=acting,
    )


def roles_of(app: Testamur, person: Person) -> tuple[RoleHeld, ...]:
    """The roles that a person holds now, in a settled order."""
    held = (
        RoleHeld(role, unit, app.store.read(Organization, unit, "organization").name)
        for role, unit in person.grants
    )
    return tuple(sorted(held, key=lambda role: (role.role, role.unit_name, role.unit)))


def _back_to(request: Request) -> str:
    """Where somebody comes back to who was sent to sign in: a page, not what a form is sent to."""
    path = request.url.path
    if request.method in ("GET", "HEAD"):
        return own_address(path + (f"?{request.url.query}" if request.url.query else ""))
    looked_at = {**request.scope, "method": "GET", "path_params": {}}
    routes = request.app.router.routes
    has_page = any(route.matches(looked_at)[0] == Match.FULL for route in routes)
    return own_address(path) if has_page else "/"
