"""Account: by what a person lets themselves in, and when they did.

What lets them in and never changes (a passkey's public key, who they are at another provider) is
sealed in the event. What is secret and changes (a password's hash, the secret of one-time codes) is
no part of the log, which is for ever: it is in the vault, and events say that it changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self
from uuid import UUID, uuid5

from keys.vault import Sealed
from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import NotFound, RuleBroken

Kind = Literal["passkey", "password", "one-time-codes", "recovery-codes", "identity"]
"""``one-time-codes`` (TOTP) and ``recovery-codes`` are second steps; the others let somebody in."""

FIRST_STEPS = ("passkey", "password", "identity")
_ONE_OF_EACH = ("password", "one-time-codes", "recovery-codes")

_MOST = 20
"""Credentials of one account."""


@dataclass(frozen=True)
class Credential:
    """One thing that lets the person in. ``value`` is sealed: of a passkey its public key, of an
    identity its issuer and subject; of the others None. ``count`` is a passkey's own counter."""

    kind: str
    label: Sealed
    value: Sealed | None
    added: datetime
    count: int = 0
    used: datetime | None = None


class Account(Aggregate):
    """How one person lets themselves in."""

    TOPIC = "people.Account"

    class Opened(FoundingEvent):
        TOPIC = "people.Account.Opened"

        person: UUID

    class CredentialAdded(Aggregate.Event):
        """A second one of a kind of which there is one takes the first one's place."""

        TOPIC = "people.Account.CredentialAdded"

        credential: UUID
        kind: str
        label: Sealed
        value: Sealed | None

        def apply(self, account: Account) -> None:
            held = account.credentials
            if self.kind in _ONE_OF_EACH:
                for old in [key for key, other in held.items() if other.kind == self.kind]:
                    del held[old]
            held[self.credential] = Credential(self.kind, self.label, self.value, self.timestamp)

    class CredentialRenamed(Aggregate.Event):
        TOPIC = "people.Account.CredentialRenamed"

        credential: UUID
        label: Sealed

        def apply(self, account: Account) -> None:
            account._change(self.credential, label=self.label)

    class CredentialRemoved(Aggregate.Event):
        TOPIC = "people.Account.CredentialRemoved"

        credential: UUID

        def apply(self, account: Account) -> None:
            del account.credentials[self.credential]

    class SignedIn(Aggregate.Event):
        """``place`` says from where, as coarse as a list of sessions; ``count`` is the passkey's
        counter; ``failed`` is how many attempts had failed since the last that did not."""

        TOPIC = "people.Account.SignedIn"

        credential: UUID
        second: UUID | None
        count: int
        failed: int
        place: Sealed

        def apply(self, account: Account) -> None:
            account._change(self.credential, count=self.count, used=self.timestamp)
            if self.second is not None:
                account._change(self.second, used=self.timestamp)

    class Locked(Aggregate.Event):
        """Too many attempts failed: no password is tried until then."""

        TOPIC = "people.Account.Locked"

        until: datetime

        def apply(self, account: Account) -> None:
            account.locked_until = self.until

    class Reset(Aggregate.Event):
        """An administrator let everything go by which the person let themselves in."""

        TOPIC = "people.Account.Reset"

        def apply(self, account: Account) -> None:
            account.credentials.clear()

    def __init__(self, *, person: UUID) -> None:
        self.person = person
        self.credentials: dict[UUID, Credential] = {}
        self.locked_until: datetime | None = None

    @staticmethod
    def id_for(person: UUID) -> UUID:
        """Where a person's account stands."""
        return uuid5(person, "testamur:account")

    @classmethod
    def open(cls, context: Context, person: UUID) -> Self:
        """The account of a person who begins."""
        return cls.begin(cls.Opened, context, cls.id_for(person), person=person)

    def of_kind(self, kind: str) -> UUID | None:
        """The credential of a kind of which there is one; None if there is none."""
        return next((key for key, held in self.credentials.items() if held.kind == kind), None)

    def add(
        self, context: Context, credential: UUID, kind: Kind, label: Sealed, value: Sealed | None
    ) -> None:
        """Raises RuleBroken for one that is there, for too many, and for a second step of a
        password that there is not."""
        if credential in self.credentials:
            raise RuleBroken("credential-held", "that is set up already")
        if len(self.credentials) >= _MOST:
            raise RuleBroken("too-many-credentials", "there are too many ways to sign in already")
        if kind in ("one-time-codes", "recovery-codes") and not self.credentials:
            raise RuleBroken("no-first-step", "set up how you sign in first")
        self.record(
            self.CredentialAdded,
            context,
            credential=credential,
            kind=kind,
            label=label,
            value=value,
        )

    def rename(self, context: Context, credential: UUID, label: Sealed) -> None:
        """Raises NotFound."""
        self.held(credential)
        self.record(self.CredentialRenamed, context, credential=credential, label=label)

    def remove(self, context: Context, credential: UUID) -> None:
        """Raises NotFound; RuleBroken for the last one that lets the person in."""
        self.held(credential)
        left = [held for key, held in self.credentials.items() if key != credential]
        if not any(held.kind in FIRST_STEPS for held in left):
            raise RuleBroken("last-credential", "it is the only way in that you have")
        self.record(self.CredentialRemoved, context, credential=credential)

    def sign_in(
        self,
        context: Context,
        credential: UUID,
        second: UUID | None,
        *,
        count: int,
        failed: int,
        place: Sealed,
    ) -> None:
        """Raises NotFound, RuleBroken: a password needs the second step that is set up, and a
        passkey whose counter does not go on was copied (WebAuthn L3 §6.1.1)."""
        used = self.held(credential)
        if used.kind not in FIRST_STEPS:
            raise RuleBroken("second-step-missing", "that alone lets nobody in")
        codes = [self.of_kind("one-time-codes"), self.of_kind("recovery-codes")]
        if second is not None and second not in codes:
            raise NotFound("second step")
        if used.kind == "password" and codes[0] is not None and second is None:
            raise RuleBroken("second-step-missing", "the second step is missing")
        if (count or used.count) and count <= used.count:
            raise RuleBroken("passkey-copied", "this passkey's counter went back")
        self.record(
            self.SignedIn,
            context,
            credential=credential,
            second=second,
            count=count,
            failed=failed,
            place=place,
        )

    def lock(self, context: Context, until: datetime) -> None:
        """Try no password until then."""
        self.record(self.Locked, context, until=until)

    def reset(self, context: Context) -> None:
        """Let all credentials go. Raises RuleBroken where there are none."""
        if not self.credentials:
            raise RuleBroken("no-credentials", "nothing is set up by which they could sign in")
        self.record(self.Reset, context)

    def held(self, credential: UUID) -> Credential:
        """Raises NotFound."""
        found = self.credentials.get(credential)
        if found is None:
            raise NotFound("way to sign in")
        return found

    def _change(self, credential: UUID, **values: object) -> None:
        before = self.credentials[credential]
        self.credentials[credential] = Credential(**{**vars(before), **values})
