"""AccessToken: what a program shows to speak for a person in one role; and Invitation, with which
somebody becomes able to sign in at all.

Both are named by the first 128 bits of the SHA-256 of their secret, so that whoever shows the
secret leads to the aggregate, and the ledger never knew it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Self
from uuid import UUID

from keys.vault import Sealed
from ledger.aggregate import Aggregate, FoundingEvent
from ledger.command import Repository
from ledger.context import Caller, Context
from ledger.errors import NotPermitted, RuleBroken

_GENERATIONS = 32


def secret_id(secret: str) -> UUID:
    """The id of the token or invitation with that secret. 256 random bits need no slow hash."""
    return UUID(bytes=hashlib.sha256(secret.encode()).digest()[:16])


class AccessToken(Aggregate):
    """A token for one role of one person, within one unit, until it expires or is ended."""

    TOPIC = "people.AccessToken"

    class Issued(FoundingEvent):
        """``parent`` is the token with which this one was asked for."""

        TOPIC = "people.AccessToken.Issued"

        person: UUID
        role: str
        unit: UUID
        label: Sealed
        expires: datetime
        parent: UUID | None

    class Ended(Aggregate.Event):
        TOPIC = "people.AccessToken.Ended"

        def apply(self, token: AccessToken) -> None:
            token.is_ended = True

    def __init__(
        self,
        *,
        person: UUID,
        role: str,
        unit: UUID,
        expires: datetime,
        parent: UUID | None,
    ) -> None:
        self.person = person
        self.role = role
        self.unit = unit
        self.expires = expires
        self.parent = parent
        self.is_ended = False

    @classmethod
    def issue(
        cls,
        context: Context,
        token: UUID,
        *,
        person: UUID,
        role: str,
        unit: UUID,
        label: Sealed,
        expires: datetime,
        parent: UUID | None,
    ) -> Self:
        """A token whose secret the caller keeps."""
        return cls.begin(
            cls.Issued,
            context,
            token,
            person=person,
            role=role,
            unit=unit,
            label=label,
            expires=expires,
            parent=parent,
        )

    def end(self, context: Context) -> None:
        """Let it speak for nobody any more. Raises RuleBroken a second time."""
        if self.is_ended:
            raise RuleBroken("token-ended", "the token was ended already")
        self.record(self.Ended, context)

    def must_speak_for(self, caller: Caller, at: datetime) -> None:
        """Raises NotPermitted unless it stands for that person in that role, and is in force."""
        stands_for = (self.person, self.role, self.unit)
        if (
            self.is_ended
            or self.expires <= at
            or stands_for
            != (
                caller.person,
                caller.role,
                caller.unit,
            )
        ):
            raise NotPermitted("the token is not in force, or stands for something else")


def token_in_force(
    repository: Repository, token: UUID, caller: Caller, at: datetime
) -> AccessToken:
    """The token by which ``caller`` acts: it, and each that it was asked for with, is in force.
    Whoever ends one so ends all that came of it. Raises NotFound, NotPermitted."""
    found = held = repository.read(AccessToken, token, "token")
    for _ in range(_GENERATIONS):  # a log that was written by hand may lead in a circle
        held.must_speak_for(caller, at)
        if held.parent is None:
            return found
        held = repository.read(AccessToken, held.parent, "token")
    raise NotPermitted(f"the token came of more than {_GENERATIONS} others, one after the other")


class Invitation(Aggregate):
    """A link that one person may use once, to begin."""

    TOPIC = "people.Invitation"

    class Sent(FoundingEvent):
        """``within`` is the part of the organization in which the sender may invite; None where
        the operator does."""

        TOPIC = "people.Invitation.Sent"

        person: UUID
        within: UUID | None
        expires: datetime

    class Used(Aggregate.Event):
        TOPIC = "people.Invitation.Used"

        def apply(self, invitation: Invitation) -> None:
            invitation.is_open = False

    class Withdrawn(Aggregate.Event):
        TOPIC = "people.Invitation.Withdrawn"

        def apply(self, invitation: Invitation) -> None:
            invitation.is_open = False

    def __init__(self, *, person: UUID, within: UUID | None, expires: datetime) -> None:
        self.person = person
        self.within = within
        self.expires = expires
        self.is_open = True

    @classmethod
    def send(
        cls,
        context: Context,
        invitation: UUID,
        person: UUID,
        expires: datetime,
        *,
        within: UUID | None,
    ) -> Self:
        """An invitation for ``person``."""
        return cls.begin(
            cls.Sent, context, invitation, person=person, within=within, expires=expires
        )

    def use(self, context: Context) -> None:
        """Use it, once. Raises RuleBroken for one that is used, withdrawn or too old."""
        self.must_be_open(context.at)
        self.record(self.Used, context)

    def must_be_open(self, at: datetime) -> None:
        """Raises RuleBroken for one that is used, withdrawn or too old."""
        if not self.is_open or self.expires <= at:
            raise RuleBroken("invitation-over", "the invitation was used, withdrawn, or is too old")

    def withdraw(self, context: Context) -> None:
        """Raises RuleBroken when it is over already."""
        if not self.is_open:
            raise RuleBroken("invitation-over", "the invitation was used or withdrawn")
        self.record(self.Withdrawn, context)
