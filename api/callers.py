"""From an API token to the caller that it stands for."""

from __future__ import annotations

from hmac import compare_digest

from api.wiring import Testamur
from ledger.commands.people import token_digest, token_holder
from ledger.errors import NotFound
from ledger.people import Person
from ledger.context import Caller


def caller_of_token(app: Testamur, secret: str) -> Caller | None:
    """Who a token stands for; None if nobody, or no longer.

    Answered by the person's own record: a read model that fails lets nobody in or out.
    """
    holder = token_holder(secret)
    if holder is None:
        return None
    try:
        person = app.store.look(Person, holder, "person")
    except NotFound:
        return None
    digest = token_digest(secret)
    for token in tuple(person.tokens.values()):
        if compare_digest(token.digest, digest) and token.expires > app.clock():
            return Caller(holder, token.role, token.unit)
    return None
