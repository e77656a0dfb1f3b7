"""Endorsement: an organization's word for an issuer, an achievement or an award.

Our own endorsements are signed credentials with a status of their own; other people's of our
achievements are accepted after they were verified, and travel in the badges issued from then on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from keys.vault import Sealed
from ledger.errors import RuleBroken
from ledger.record import Act, Record

Endorsed = Literal["issuer", "achievement", "award"]


class Endorsement(Record):
    """One endorsement that this issuer gave. ``document`` holds it signed; sealed for the person
    whose award it endorses, in clear when it concerns nobody."""

    class Issued(Record.Created):
        unit: UUID
        target: str
        kind: Endorsed
        key: str
        status_list: str
        status_index: int
        valid_from: datetime
        valid_until: datetime | None
        digest: str
        document: Sealed | str

    class Withdrawn(Record.Event):
        reason: Sealed

        def apply(self, endorsement: Endorsement) -> None:
            endorsement.withdrawn = True

    def __init__(self, *, unit: UUID, target: str, kind: Endorsed, document: Sealed | str) -> None:
        self.unit = unit
        self.target = target
        self.kind = kind
        self.document = document
        self.withdrawn = False

    def withdraw(self, act: Act, reason: Sealed) -> None:
        """Take it back for good. Raises RuleBroken when it was already."""
        if self.withdrawn:
            raise RuleBroken("already-withdrawn", "the endorsement is withdrawn already")
        self.happened(self.Withdrawn, act, reason=reason)


class AcceptedEndorsements(Record):
    """Other people's endorsements of one version of a micro-credential, as they were signed."""

    class Accepted(Record.Created):
        endorser: str
        credential: str
        valid_until: datetime | None

    class AcceptedAlso(Record.Event):
        endorser: str
        credential: str
        valid_until: datetime | None

        def apply(self, accepted: AcceptedEndorsements) -> None:
            accepted.credentials[self.endorser] = (self.credential, self.valid_until)

    class Dropped(Record.Event):
        endorser: str

        def apply(self, accepted: AcceptedEndorsements) -> None:
            del accepted.credentials[self.endorser]

    def __init__(self, *, endorser: str, credential: str, valid_until: datetime | None) -> None:
        self.credentials: dict[str, tuple[str, datetime | None]] = {
            endorser: (credential, valid_until)
        }

    @staticmethod
    def id_for(micro_credential: UUID, number: int) -> UUID:
        """Where the endorsements of this version stand."""
        return uuid5(NAMESPACE_URL, f"testamur:endorsed:{micro_credential}:{number}")

    def add(self, act: Act, endorser: str, credential: str, valid_until: datetime | None) -> None:
        """Accept one more, or a newer one of the same endorser."""
        self.happened(
            self.AcceptedAlso,
            act,
            endorser=endorser,
            credential=credential,
            valid_until=valid_until,
        )

    def drop(self, act: Act, endorser: str) -> None:
        """Put it into no further badge. Raises RuleBroken without one of this endorser."""
        if endorser not in self.credentials:
            raise RuleBroken("not-endorsed", "there is no endorsement by this endorser")
        self.happened(self.Dropped, act, endorser=endorser)

    def at(self, time: datetime) -> tuple[str, ...]:
        """Those in force at ``time``, in the order of their endorsers' ids."""
        return tuple(
            credential
            for _, (credential, until) in sorted(self.credentials.items())
            if until is None or until > time
        )
