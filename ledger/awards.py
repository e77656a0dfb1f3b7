"""Award: the issued credential and its status; and the two claims that make it unique.

Two small streams with derived ids make the store itself refuse what must not happen twice:
``Holding`` (one live award for a person and micro-credential) and ``StatusSlot`` (one award
for an index of a status list).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from badges.status_list import LEAST_ENTRIES, Purpose
from keys.vault import Sealed
from ledger.errors import RuleBroken
from ledger.record import Act, Record
from ledger.store import EventStore

Reason = Literal[
    "issued-in-error",
    "evidence-not-authentic",
    "integrity",
    "under-investigation",
    "requested-by-holder",
]
"""Why an award is revoked or suspended; the closed list that the public may see."""


class Award(Record):
    """One credential in the world. ``document`` holds the signed badge, sealed."""

    class Issued(Record.Created):
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

    class Suspended(Record.Event):
        reason: Reason
        note: Sealed

        def apply(self, award: Award) -> None:
            award.status = "suspended"

    class Reinstated(Record.Event):
        note: Sealed

        def apply(self, award: Award) -> None:
            award.status = "active"

    class Revoked(Record.Event):
        reason: Reason
        note: Sealed

        def apply(self, award: Award) -> None:
            award.status = "revoked"

    class Renewed(Record.Event):
        """The same credential in a newer version, which supersedes the one before."""

        key: str
        valid_from: datetime
        valid_until: datetime
        note: Sealed
        digest: str
        document: Sealed

        def apply(self, award: Award) -> None:
            award.document = self.document
            award.digest = self.digest
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
    ) -> None:
        self.person = person
        self.campus = campus
        self.micro_credential = micro_credential
        self.number = number
        self.document = document
        self.digest = digest
        self.status_purpose = status_purpose
        self.valid_until = valid_until
        self.status: Literal["active", "suspended", "revoked"] = "active"

    def revoke(self, act: Act, reason: Reason, note: Sealed) -> None:
        """Take it back for good. Raises RuleBroken when it was already."""
        if self.status == "revoked":
            raise RuleBroken("already-revoked", "the award is revoked already")
        self.happened(self.Revoked, act, reason=reason, note=note)

    def suspend(self, act: Act, reason: Reason, note: Sealed) -> None:
        """Put it out of force for now. Raises RuleBroken unless active and suspendable."""
        if self.status_purpose != "suspension":
            raise RuleBroken("not-suspendable", "this micro-credential's awards have no suspension")
        if self.status != "active":
            raise RuleBroken("not-active", f"the award is {self.status}")
        self.happened(self.Suspended, act, reason=reason, note=note)

    def reinstate(self, act: Act, note: Sealed) -> None:
        """End a suspension. Raises RuleBroken without one."""
        if self.status != "suspended":
            raise RuleBroken("not-suspended", f"the award is {self.status}")
        self.happened(self.Reinstated, act, note=note)

    def renew(
        self,
        act: Act,
        key: str,
        valid_from: datetime,
        valid_until: datetime,
        note: Sealed,
        digest: str,
        document: Sealed,
    ) -> None:
        """Let it hold for a further period. Raises RuleBroken unless it is active."""
        if self.status != "active":
            raise RuleBroken("not-active", f"the award is {self.status}")
        self.happened(
            self.Renewed,
            act,
            key=key,
            valid_from=valid_from,
            valid_until=valid_until,
            note=note,
            digest=digest,
            document=document,
        )


class Holding(Record):
    """The live award that a person holds for a micro-credential, if any."""

    class Taken(Record.Created):
        award: UUID
        until: datetime | None

    class TakenAgain(Record.Event):
        award: UUID
        until: datetime | None

        def apply(self, holding: Holding) -> None:
            holding.award = self.award
            holding.until = self.until

    class Extended(Record.Event):
        until: datetime

        def apply(self, holding: Holding) -> None:
            holding.until = self.until

    class Freed(Record.Event):
        def apply(self, holding: Holding) -> None:
            holding.award = None

    def __init__(self, *, award: UUID, until: datetime | None) -> None:
        self.award: UUID | None = award
        self.until = until

    @staticmethod
    def id_for(person: UUID, micro_credential: UUID) -> UUID:
        """Where the claim of this person on this micro-credential stands."""
        return uuid5(person, micro_credential.hex)

    @classmethod
    def take(cls, act: Act, holding_id: UUID, award: UUID, until: datetime | None) -> Self:
        """The first award of this person for this micro-credential."""
        return cls.begin(cls.Taken, act, holding_id, award=award, until=until)

    def take_again(self, act: Act, award: UUID, until: datetime | None) -> None:
        """A further award, once none is live. Raises RuleBroken."""
        if self.award is not None and (self.until is None or self.until > act.at):
            raise RuleBroken("award-already-live", "the person holds a live award for this already")
        self.happened(self.TakenAgain, act, award=award, until=until)

    def extend(self, act: Act, award: UUID, until: datetime) -> None:
        """The live award is renewed. Raises RuleBroken when a later award took its place."""
        if self.award != award:
            raise RuleBroken("superseded", "the person holds a later award for this")
        self.happened(self.Extended, act, until=until)

    def free(self, act: Act) -> None:
        """The award is revoked: another may be earned."""
        self.happened(self.Freed, act)


class StatusSlot(Record):
    """One index of one status list, taken by one award."""

    class Taken(Record.Created):
        status_list: str
        index: int
        award: UUID

    def __init__(self, *, status_list: str, index: int, award: UUID) -> None:
        self.status_list = status_list
        self.index = index
        self.award = award

    @staticmethod
    def id_for(status_list: str, index: int) -> UUID:
        """Where the claim on this index stands."""
        return uuid5(NAMESPACE_URL, f"testamur:status:{status_list}:{index}")

    @classmethod
    def take(cls, act: Act, status_list: str, index: int, award: UUID) -> Self:
        """Claim a free index; the store refuses a second claim."""
        slot = cls.id_for(status_list, index)
        return cls.begin(cls.Taken, act, slot, status_list=status_list, index=index, award=award)


_DRAWS = 4
"""Draws in one status list before the next: a list is left behind when it is about full."""


def draw_slot(store: EventStore, act: Act, purpose: Purpose, award: UUID) -> StatusSlot:
    """A free index drawn at random, so that it tells nothing about order (design §4)."""
    number = 0
    while True:
        number += 1
        name = f"{purpose}-{number}"
        for _ in range(_DRAWS):
            index = int.from_bytes(act.entropy(8)) % LEAST_ENTRIES
            if store.find(StatusSlot, StatusSlot.id_for(name, index)) is None:
                return StatusSlot.take(act, name, index, award)
