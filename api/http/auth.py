"""Callers are known by API token: a person acting in one role within one unit."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from api.callers import caller_of_token
from api.http.errors import Unauthenticated
from api.wiring import Testamur
from ledger.commands import Order
from ledger.errors import Invalid
from ledger.record import Caller


def deployment(request: Request) -> Testamur:
    """The deployment that this server serves."""
    app: Testamur = request.app.state.testamur
    return app


App = Annotated[Testamur, Depends(deployment)]


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
