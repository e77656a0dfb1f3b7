"""Callers are known by API token: a person acting in one role within one unit."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request

from api.http.errors import Unauthenticated
from api.wiring import Testamur
from ledger.commands import Order
from ledger.commands.people import token_digest
from ledger.errors import Invalid
from ledger.record import Caller
from projections.people import token_by_digest


def deployment(request: Request) -> Testamur:
    """The deployment that this server serves."""
    app: Testamur = request.app.state.testamur
    return app


App = Annotated[Testamur, Depends(deployment)]


def caller_of_token(app: Testamur, secret: str) -> Caller | None:
    """Who a token stands for; None if nobody, or no longer."""
    with app.views.reading() as connection:
        row = token_by_digest(connection, token_digest(secret))
    if row is None or row.expires <= app.clock().isoformat():
        return None
    return Caller(UUID(row.person), row.role, UUID(row.unit))


def caller(app: App, authorization: Annotated[str | None, Header()] = None) -> Caller:
    """The caller by ``Authorization: Bearer``. Raises Unauthenticated."""
    scheme, _, secret = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated
    found = caller_of_token(app, secret.strip())
    if found is None:
        raise Unauthenticated
    return found


Who = Annotated[Caller, Depends(caller)]


def order(
    who: Who,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    if_match: Annotated[str | None, Header(max_length=40)] = None,
) -> Order:
    """A command's order, with the client's Idempotency-Key and If-Match if given."""
    expected = None
    if if_match is not None:
        text = if_match.strip().removeprefix("W/").strip('"')
        if not (text.isascii() and text.isdigit()):
            raise Invalid("bad-header", 'If-Match takes the version of an ETag, such as "3"')
        expected = int(text)
    return Order(who, idempotency_key, expected)


Ordered = Annotated[Order, Depends(order)]
