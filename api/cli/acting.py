"""Who acts at the command line: the person of a token, or the operator."""

from __future__ import annotations

from typing import Annotated

import typer

from api.access import caller_of_token
from api.settings import SettingsError
from api.wiring import Testamur
from ledger.bus import Request
from ledger.context import SYSTEM

Token = Annotated[
    str, typer.Option(envvar="TESTAMUR_TOKEN", help="API token of whoever does this.")
]


def request_of(app: Testamur, token: str, key: str | None = None) -> Request:
    """A request by whoever the token names. Raises SettingsError for nobody."""
    caller = caller_of_token(app, token)
    if caller is None:
        raise SettingsError("TESTAMUR_TOKEN (or --token) names nobody, or has expired")
    return Request(caller, key)


def request_or_operator(app: Testamur, token: str) -> Request:
    """The same; without a token, by the operator. Raises SettingsError."""
    return request_of(app, token) if token else Request(SYSTEM)
