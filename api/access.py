"""Tokens and invitations: their secrets are drawn here, shown once, and never in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.accounts.letters import secret_name
from api.wiring import Testamur
from keys.multikey import base64url_encode
from ledger.bus import Request
from ledger.context import Caller
from ledger.errors import LedgerError, NotFound, NotPermitted
from ledger.people import (
    AcceptInvitation,
    AccessToken,
    Invitation,
    IssueToken,
    Person,
    RoleWithin,
    SendInvitation,
    secret_id,
)

_USUAL_LIFE = timedelta(days=90)


@dataclass(frozen=True)
class Secret:
    """What was made, with the secret that shows it."""

    id: UUID
    secret: str
    expires: datetime


def caller_of_token(app: Testamur, secret: str) -> Caller | None:
    """Who a token stands for; None if nobody, or no longer. Answered from aggregates."""
    try:
        token = app.store.read(AccessToken, secret_id(secret), "token")
        caller = Caller(token.person, token.role, token.unit, token.id)
        app.authority.must_hold(caller, app.clock())
    except (NotFound, NotPermitted):
        return None
    return caller


def issue_token(
    app: Testamur, request: Request, label: str, expires: datetime | None = None
) -> Secret:
    """A token for the role that the caller acts in; 90 days unless it is told, and no longer than
    the token that asks for it. Raises LedgerError."""
    if expires is None:
        expires = app.clock() + _USUAL_LIFE
        if request.caller.token is not None:
            parent = app.store.read(AccessToken, request.caller.token, "token")
            expires = min(expires, parent.expires)
    secret = drawn_secret(app, "tst")
    command = IssueToken(token=secret_id(secret), label=label, expires=expires)
    return Secret(app.bus.execute(request, command).id, secret, expires)


def send_invitation(
    app: Testamur, request: Request, person: UUID, life: int | timedelta, *, by_mail: bool = True
) -> Secret:
    """An invitation for a person, for so many days; it goes to them by mail where a server for
    that is set. Raises LedgerError."""
    secret = drawn_secret(app, "inv")
    lasts = life if isinstance(life, timedelta) else timedelta(days=life)
    expires, invitation = app.clock() + lasts, secret_id(secret)
    command = SendInvitation(invitation=invitation, person=person, expires=expires)
    if not (by_mail and app.letters.can_send):
        return Secret(app.bus.execute(request, command).id, secret, expires)
    app.store.read(Person, person, "person").must_remain()
    # Kept before it happens: a process answers the event with the letter.
    app.vault.keep(person, secret_name(invitation), secret.encode())
    try:
        app.bus.execute(request, command)
    except LedgerError:
        app.vault.drop(person, secret_name(invitation))
        raise
    return Secret(invitation, secret, expires)


def invitation_link(app: Testamur, secret: str) -> str:
    """The address at which its person uses an invitation, which holds its secret."""
    return f"{app.site.base_url}/invitations/{secret}"


def use_invitation(app: Testamur, invitation: str, role: RoleWithin, label: str) -> Secret:
    """The first token of whoever was invited. Raises LedgerError; NotFound for a secret that is
    nobody's."""
    found = app.store.read(Invitation, secret_id(invitation), "invitation")
    secret, expires = drawn_secret(app, "tst"), app.clock() + _USUAL_LIFE
    command = AcceptInvitation(
        invitation=found.id,
        token=secret_id(secret),
        role=role,
        label=label,
        expires=expires,
    )
    caller = Caller(found.person, role.role, role.unit)
    return Secret(app.bus.execute(Request(caller), command).id, secret, expires)


def drawn_secret(app: Testamur, kind: str) -> str:
    """A new secret of 256 bits, which says what it is for."""
    return f"{kind}_{base64url_encode(app.entropy(32))}"
