"""Callers are known by API token: a person acting in one role within one unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.access import caller_of_token
from api.problem_types import Unauthenticated
from api.turns import Turns
from api.wiring import Testamur
from ledger.bus import Request as CommandRequest
from ledger.context import Caller
from ledger.errors import Invalid
from ledger.site import Site


async def deployment(request: Request) -> Testamur:
    """The deployment that this server serves."""
    app: Testamur = request.app.state.testamur
    return app


App = Annotated[Testamur, Depends(deployment)]


@dataclass(frozen=True)
class WaitingLines:
    """Where work waits its turn that others' servers may draw out."""

    strangers: Turns = field(default_factory=lambda: Turns(at_once=16, waiting=32, patience=5.0))
    """Verifications of what is handed in; commands that fetch."""

    pages: Turns = field(default_factory=lambda: Turns(at_once=8, waiting=64, patience=5.0))
    """Our own badges' pages, whose endorsements may be others'."""

    viewing: Turns = field(default_factory=lambda: Turns(at_once=8, waiting=64, patience=15.0))
    """Pages with evidence on them."""

    drawing: Turns = field(default_factory=lambda: Turns(at_once=8, waiting=64, patience=15.0))
    """The pictures on them, which other processes draw: however slow those are, pages come."""


async def waiting_lines(request: Request) -> WaitingLines:
    """This process's lines."""
    lines: WaitingLines = request.app.state.lines
    return lines


Lines = Annotated[WaitingLines, Depends(waiting_lines)]


async def here(request: Request, app: App) -> Site:
    """The address at which the request asks: the present one, or a former one by its Host."""
    return app.site.at(request.headers.get("host", ""))


Here = Annotated[Site, Depends(here)]

_bearer = HTTPBearer(
    scheme_name="token",
    description="An API token: it stands for one person in one role within one unit.",
    auto_error=False,
)


def caller(
    app: App, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """The caller by ``Authorization: Bearer``. Raises Unauthenticated."""
    if shown is None:
        raise Unauthenticated
    found = caller_of_token(app, shown.credentials.strip())
    if found is None:
        raise Unauthenticated
    return found


Who = Annotated[Caller, Depends(caller)]


def asked(
    who: Who,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=200, description="Makes it carried out once, for you."),
    ] = None,
    if_match: Annotated[
        str | None, Header(max_length=40, description="The ETag that you saw; else 412.")
    ] = None,
) -> CommandRequest:
    """A command's request, with the client's Idempotency-Key and If-Match if given."""
    expected = None
    if if_match is not None:
        text = if_match.strip().removeprefix("W/").strip('"')
        if not (text.isascii() and text.isdigit()):
            raise Invalid("bad-header", 'If-Match takes the version of an ETag, such as "3"')
        expected = int(text)
    return CommandRequest(who, idempotency_key, expected)


Asked = Annotated[CommandRequest, Depends(asked)]
