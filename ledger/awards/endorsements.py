"""Endorsement: an organization's word for an issuer, an achievement or an award.

Our own endorsements are signed credentials with a status of their own; other people's of our
achievements are accepted after they were verified, and travel in the badges issued from then on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from keys.vault import Sealed
from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import RuleBroken

Endorsed = Literal["issuer", "achievement", "award"]


class Endorsement(Aggregate):
    """One endorsement that this issuer gave. ``document`` holds it signed: in clear when it
    endorses the issuer or an achievement of ours, else sealed for the holder of the ``award`` that
    it endorses, or for whoever gave it."""

    TOPIC = "awards.Endorsement"

    class Issued(FoundingEvent):
        TOPIC = "awards.Endorsement.Issued"

        unit: UUID
        kind: Endorsed
        award: UUID | None
        key: str
        status_list: str
        status_index: int
        valid_from: datetime
        valid_until: datetime | None
        digest: str
        document: Sealed | str

    class Withdrawn(Aggregate.Event):
        TOPIC = "awards.Endorsement.Withdrawn"

        reason: Sealed

        def apply(self, endorsement: Endorsement) -> None:
            endorsement.withdrawn = True

    def __init__(
        self, *, unit: UUID, kind: Endorsed, award: UUID | None, document: Sealed | str
    ) -> None:
        self.unit = unit
        self.kind = kind
        self.award = award
        self.document = document
        self.withdrawn = False

    def withdraw(self, context: Context, reason: Sealed) -> None:
        """Take it back for good. Raises RuleBroken when it was already."""
        if self.withdrawn:
            raise RuleBroken("already-withdrawn", "the endorsement is withdrawn already")
        self.record(self.Withdrawn, context, reason=reason)


class AcceptedEndorsements(Aggregate):
    """Other people's endorsements of one version of a micro-credential, as they were signed."""

    TOPIC = "awards.AcceptedEndorsements"

    class Began(FoundingEvent):
        TOPIC = "awards.AcceptedEndorsements.Began"

        micro_credential: UUID
        number: int

    class Accepted(Aggregate.Event):
        TOPIC = "awards.AcceptedEndorsements.Accepted"

        micro_credential: UUID
        number: int
        endorser: str
        credential: str
        valid_until: datetime | None

        def apply(self, accepted: AcceptedEndorsements) -> None:
            accepted.credentials[self.endorser] = (self.credential, self.valid_until)

    class Dropped(Aggregate.Event):
        TOPIC = "awards.AcceptedEndorsements.Dropped"

        micro_credential: UUID
        number: int
        endorser: str

        def apply(self, accepted: AcceptedEndorsements) -> None:
            del accepted.credentials[self.endorser]

    def __init__(self, *, micro_credential: UUID, number: int) -> None:
        self.micro_credential = micro_credential
        self.number = number
        self.credentials: dict[str, tuple[str, datetime | None]] = {}

    @staticmethod
    def id_for(micro_credential: UUID, number: int) -> UUID:
        """Where the endorsements of this version stand."""
        return uuid5(NAMESPACE_URL, f"testamur:endorsed:{micro_credential}:{number}")

    @classmethod
    def start(cls, context: Context, micro_credential: UUID, number: int) -> Self:
        """None yet: the first follows at once."""
        stream = cls.id_for(micro_credential, number)
        return cls.begin(
            cls.Began, context, stream, micro_credential=micro_credential, number=number
        )

    def accept(
        self, context: Context, endorser: str, credential: str, valid_until: datetime | None
    ) -> None:
        """Accept one more, or a newer one of the same endorser."""
        self.record(
            self.Accepted,
            context,
            micro_credential=self.micro_credential,
            number=self.number,
            endorser=endorser,
            credential=credential,
            valid_until=valid_until,
        )

    def drop(self, context: Context, endorser: str) -> None:
        """Put it into no further badge. Raises RuleBroken without one of this endorser."""
        if endorser not in self.credentials:
            raise RuleBroken("not-endorsed", "there is no endorsement by this endorser")
        self.record(
            self.Dropped,
            context,
            micro_credential=self.micro_credential,
            number=self.number,
            endorser=endorser,
        )

    def at(self, time: datetime) -> tuple[str, ...]:
        """Those in force at ``time``, in the order of their endorsers' ids."""
        return tuple(
            credential
            for _, (credential, until) in sorted(self.credentials.items())
            if until is None or until > time
        )
