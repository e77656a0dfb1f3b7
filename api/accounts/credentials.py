"""What a person decides about how they sign in: by an invitation when they begin or lost their way
in, later while they are signed in. Its secrets are drawn here and are never in the ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from api.accounts import passkeys, passwords, second_step
from api.accounts.passkeys import Party
from api.accounts.signing_in import NoRole, account_of
from api.wiring import Testamur
from keys.vault import Sealed
from ledger.bus import Request
from ledger.context import Caller
from ledger.errors import Invalid
from ledger.people import (
    Account,
    AddCredential,
    Invitation,
    Person,
    RemoveCredential,
    RenameCredential,
    secret_id,
)


@dataclass(frozen=True)
class Guest:
    """Whoever holds an invitation that can be used: the person that it is for, acting in the first
    of the roles for which it counts."""

    invitation: UUID
    person: UUID
    name: str
    address: str
    account: Account | None
    caller: Caller

    @property
    def has_begun(self) -> bool:
        """Whether they could sign in before, and lost their way in."""
        return self.account is not None and bool(self.account.credentials)


@dataclass(frozen=True)
class Listed:
    """A credential as its person sees it."""

    id: UUID
    kind: str
    label: str
    added: datetime
    used: datetime | None


def guest_of(app: Testamur, secret: str) -> Guest:
    """Whose invitation it is. Changes nothing: whoever looks at a link has not used it.

    Raises NotFound; NoRole; RuleBroken for one that is over (by the command that uses it, too).
    """
    invitation = app.store.read(Invitation, secret_id(secret), "invitation")
    person = app.store.read(Person, invitation.person, "person")
    invitation.must_be_open(app.clock())
    person.must_remain()
    within = invitation.within
    roles = sorted(
        (role, unit)
        for role, unit in person.grants
        if within is None or within in app.authority.path(unit)
    )
    if not roles:
        raise NoRole
    return Guest(
        invitation=invitation.id,
        person=person.id,
        name=_opened(app, person.name),
        address=_opened(app, person.email),
        account=account_of(app, person.id),
        caller=Caller(person.id, *roles[0]),
    )


def set_password(
    app: Testamur, asked: Request, password: str, invitation: UUID | None = None
) -> UUID:
    """A person's password from now on, in the place of the one they had. Raises LedgerError."""
    person = _person(app, asked)
    own = [_opened(app, person.name), _opened(app, person.email), app.publishing.issuer_name()]
    passwords.must_be_strong(password, own)
    kept = passwords.hashed(password)
    credential = uuid4()
    command = AddCredential(
        credential=credential, kind="password", label="Password", invitation=invitation
    )
    app.bus.execute(asked, command)
    app.vault.keep(person.id, "password", kept)
    return credential


def options_for_passkey(app: Testamur, person: UUID, stamp: str) -> str:
    """What a person's browser is asked for to make a passkey, as JSON."""
    account = account_of(app, person)
    held = [
        passkeys.id_of(_opened(app, each.value))
        for each in (account.credentials.values() if account else ())
        if each.kind == "passkey" and each.value is not None
    ]
    name = _opened(app, app.store.read(Person, person, "person").email)
    return passkeys.options_to_make(Party(app.site.base_url), stamp, person, name, held)


def add_passkey(
    app: Testamur,
    asked: Request,
    stamp: str,
    answer: str,
    label: str,
    invitation: UUID | None = None,
) -> UUID:
    """A passkey that was made for a stamp's challenge. Raises LedgerError."""
    credential, value = passkeys.made(Party(app.site.base_url), stamp, answer)
    command = AddCredential(
        credential=credential, kind="passkey", label=label, value=value, invitation=invitation
    )
    app.bus.execute(asked, command)
    return credential


def set_up_codes(app: Testamur, asked: Request, secret: str, code: str) -> None:
    """One-time codes of an app that has ``secret``, as ``code`` shows. Raises LedgerError."""
    person = _person(app, asked)
    if second_step.step_of(secret, code, app.clock()) is None:
        raise Invalid("code-not-right", "the code is not right; is the time of the device?")
    command = AddCredential(credential=uuid4(), kind="one-time-codes", label="One-time codes")
    app.bus.execute(asked, command)
    second_step.keep_app(app.vault, person.id, secret)


def new_recovery_codes(app: Testamur, asked: Request) -> list[str]:
    """New recovery codes in the place of the old ones, told this once. Raises LedgerError."""
    person = _person(app, asked)
    command = AddCredential(credential=uuid4(), kind="recovery-codes", label="Recovery codes")
    app.bus.execute(asked, command)
    return second_step.new_paper(app.vault, person.id)


def rename(app: Testamur, asked: Request, credential: UUID, label: str) -> None:
    """Raises LedgerError."""
    app.bus.execute(asked, RenameCredential(credential=credential, label=label))


def remove(app: Testamur, asked: Request, credential: UUID) -> None:
    """Let a credential go, and what is kept of it. Raises LedgerError."""
    person = _person(app, asked)
    account = account_of(app, person.id)
    held = account.credentials.get(credential) if account else None
    app.bus.execute(asked, RemoveCredential(credential=credential))
    if held is not None and held.kind in ("password", "one-time-codes", "recovery-codes"):
        app.vault.drop(person.id, held.kind)
    if held is not None and held.kind == "identity" and held.value is not None:
        app.vault.drop_identity(*json.loads(_opened(app, held.value)))


def listed(app: Testamur, person: UUID) -> Sequence[Listed]:
    """A person's credentials, the oldest first."""
    account = account_of(app, person)
    held = account.credentials.items() if account else ()
    found = [
        Listed(key, each.kind, _opened(app, each.label), each.added, each.used)
        for key, each in held
    ]
    return sorted(found, key=lambda each: each.added)


def _person(app: Testamur, asked: Request) -> Person:
    person = asked.caller.person
    assert person is not None
    return app.store.read(Person, person, "person")


def _opened(app: Testamur, sealed: Sealed) -> str:
    value = app.vault.open(sealed)
    return value.decode() if value is not None else ""
