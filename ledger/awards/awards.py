"""Award: the issued credential and its status.

That a badge was issued is proven to the public by an event of its own, which holds nothing but the
badge's digest: no two badges of a person can be joined by their receipts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from badges.status_list import Purpose
from keys.vault import Sealed
from ledger.aggregate import Aggregate, FoundingEvent, PublicAggregate, PublicEvent
from ledger.context import Context
from ledger.errors import RuleBroken

Reason = Literal[
    "issued-in-error",
    "evidence-not-authentic",
    "integrity",
    "under-investigation",
    "requested-by-holder",
]
"""Why an award is revoked or suspended; the closed list that the public may see."""


class Award(Aggregate):
    """One credential in the world. ``document`` holds the signed badge, sealed."""

    TOPIC = "awards.Award"

    class Issued(FoundingEvent):
        TOPIC = "awards.Award.Issued"

        person: UUID
        campus: UUID
        micro_credential: UUID
        number: int
        submission: UUID
        key: str
        status_list: str
        status_index: int
        status_purpose: Purpose
        valid_from: datetime
        valid_until: datetime | None
        digest: str
        document: Sealed
        proof: UUID

    class Suspended(Aggregate.Event):
        TOPIC = "awards.Award.Suspended"

        reason: Reason
        note: Sealed

        def apply(self, award: Award) -> None:
            award.status = "suspended"

    class Reinstated(Aggregate.Event):
        TOPIC = "awards.Award.Reinstated"

        note: Sealed

        def apply(self, award: Award) -> None:
            award.status = "active"

    class Revoked(Aggregate.Event):
        TOPIC = "awards.Award.Revoked"

        reason: Reason
        note: Sealed

        def apply(self, award: Award) -> None:
            award.status = "revoked"

    class Renewed(Aggregate.Event):
        """The same credential in a newer version, which supersedes the one before."""

        TOPIC = "awards.Award.Renewed"

        key: str
        valid_from: datetime
        valid_until: datetime
        note: Sealed
        digest: str
        document: Sealed
        proof: UUID

        def apply(self, award: Award) -> None:
            award.document = self.document
            award.digest = self.digest
            award.proof = self.proof
            award.valid_until = self.valid_until

    def __init__(
        self,
        *,
        person: UUID,
        campus: UUID,
        micro_credential: UUID,
        number: int,
        document: Sealed,
        digest: str,
        status_purpose: Purpose,
        valid_until: datetime | None,
        proof: UUID,
    ) -> None:
        self.proof = proof
        """The stream of the digest of its newest version."""
        self.person = person
        self.campus = campus
        self.micro_credential = micro_credential
        self.number = number
        self.document = document
        self.digest = digest
        self.status_purpose = status_purpose
        self.valid_until = valid_until
        self.status: Literal["active", "suspended", "revoked"] = "active"

    def revoke(self, context: Context, reason: Reason, note: Sealed) -> None:
        """Take it back for good. Raises RuleBroken when it was already."""
        if self.status == "revoked":
            raise RuleBroken("already-revoked", "the award is revoked already")
        self.record(self.Revoked, context, reason=reason, note=note)

    def suspend(self, context: Context, reason: Reason, note: Sealed) -> None:
        """Put it out of force for now. Raises RuleBroken unless active and suspendable."""
        if self.status_purpose != "suspension":
            raise RuleBroken("not-suspendable", "this micro-credential's awards have no suspension")
        if self.status != "active":
            raise RuleBroken("not-active", f"the award is {self.status}")
        self.record(self.Suspended, context, reason=reason, note=note)

    def reinstate(self, context: Context, note: Sealed) -> None:
        """End a suspension. Raises RuleBroken without one."""
        if self.status != "suspended":
            raise RuleBroken("not-suspended", f"the award is {self.status}")
        self.record(self.Reinstated, context, note=note)

    def renew(
        self,
        context: Context,
        key: str,
        valid_from: datetime,
        valid_until: datetime,
        note: Sealed,
        digest: str,
        document: Sealed,
        proof: UUID,
    ) -> None:
        """Let it hold for a further period. Raises RuleBroken unless it is active."""
        if self.status != "active":
            raise RuleBroken("not-active", f"the award is {self.status}")
        self.record(
            self.Renewed,
            context,
            key=key,
            valid_from=valid_from,
            valid_until=valid_until,
            note=note,
            digest=digest,
            document=document,
            proof=proof,
        )


class BadgeDigest(PublicAggregate):
    """That a badge with this SHA-256 was issued; for a public receipt."""

    TOPIC = "awards.BadgeDigest"

    class Recorded(PublicEvent):
        TOPIC = "awards.BadgeDigest.Recorded"

        digest: str

    def __init__(self, *, digest: str) -> None:
        self.digest = digest

    @classmethod
    def of(cls, context: Context, stream: UUID, digest: str) -> Self:
        """On a random stream, which the award's event names."""
        return cls.begin(cls.Recorded, context, stream, digest=digest)
