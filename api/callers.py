"""From an API token to the caller that it stands for."""

from __future__ import annotations

from uuid import UUID

from api.wiring import Testamur
from ledger.commands.people import token_digest
from ledger.record import Caller
from projections.people import token_by_digest


def caller_of_token(app: Testamur, secret: str) -> Caller | None:
    """Who a token stands for; None if nobody, or no longer."""
    with app.views.reading() as connection:
        row = token_by_digest(connection, token_digest(secret))
    if row is None or row.expires <= app.clock().isoformat():
        return None
    return Caller(UUID(row.person), row.role, UUID(row.unit))
