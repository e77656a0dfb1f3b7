"""Holding: the live award that a person holds for a micro-credential, if any.

A small stream with a derived id makes the store itself refuse a second live award; it stands here
so that a draft of what one holds already can be refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID, uuid5

from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import RuleBroken


class Holding(Aggregate):
    """The live award that a person holds for a micro-credential, if any."""

    TOPIC = "assessment.Holding"

    class Taken(FoundingEvent):
        TOPIC = "assessment.Holding.Taken"

        award: UUID
        until: datetime | None

    class TakenAgain(Aggregate.Event):
        TOPIC = "assessment.Holding.TakenAgain"

        award: UUID
        until: datetime | None

        def apply(self, holding: Holding) -> None:
            holding.award = self.award
            holding.until = self.until

    class Extended(Aggregate.Event):
        TOPIC = "assessment.Holding.Extended"

        until: datetime

        def apply(self, holding: Holding) -> None:
            holding.until = self.until

    class Freed(Aggregate.Event):
        TOPIC = "assessment.Holding.Freed"

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
    def take(cls, context: Context, holding_id: UUID, award: UUID, until: datetime | None) -> Self:
        """The first award of this person for this micro-credential."""
        return cls.begin(cls.Taken, context, holding_id, award=award, until=until)

    def must_be_free(self, at: datetime) -> None:
        """Raises RuleBroken while an award is live."""
        if self.award is not None and (self.until is None or self.until > at):
            raise RuleBroken("award-already-live", "the person holds a live award for this already")

    def take_again(self, context: Context, award: UUID, until: datetime | None) -> None:
        """A further award, once none is live. Raises RuleBroken."""
        self.must_be_free(context.at)
        self.record(self.TakenAgain, context, award=award, until=until)

    def extend(self, context: Context, award: UUID, until: datetime) -> None:
        """The live award is renewed. Raises RuleBroken when a later award took its place."""
        if self.award != award:
            raise RuleBroken("superseded", "the person holds a later award for this")
        self.record(self.Extended, context, until=until)

    def free(self, context: Context) -> None:
        """The award is revoked: another may be earned."""
        self.record(self.Freed, context)
