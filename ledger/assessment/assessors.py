"""Assessor: for what a person is qualified, and whose work they must not see."""

from __future__ import annotations

from typing import Self
from uuid import UUID, uuid5

from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import RuleBroken


class Assessor(Aggregate):
    """A person as an assessor. The stream's id follows from the person's."""

    TOPIC = "assessment.Assessor"

    class Began(FoundingEvent):
        TOPIC = "assessment.Assessor.Began"

        person: UUID

    class Qualified(Aggregate.Event):
        TOPIC = "assessment.Assessor.Qualified"

        person: UUID
        micro_credential: UUID

        def apply(self, assessor: Assessor) -> None:
            assessor.qualified_for.add(self.micro_credential)

    class Disqualified(Aggregate.Event):
        TOPIC = "assessment.Assessor.Disqualified"

        person: UUID
        micro_credential: UUID

        def apply(self, assessor: Assessor) -> None:
            assessor.qualified_for.discard(self.micro_credential)

    class ConflictDeclared(Aggregate.Event):
        TOPIC = "assessment.Assessor.ConflictDeclared"

        educator: UUID

        def apply(self, assessor: Assessor) -> None:
            assessor.conflicts.add(self.educator)
            assessor.declarations += 1

    def __init__(self, *, person: UUID) -> None:
        self.person = person
        self.qualified_for: set[UUID] = set()
        self.conflicts: set[UUID] = set()
        self.declarations = 0

    @staticmethod
    def id_for(person: UUID) -> UUID:
        """Where this person's qualifications stand."""
        return uuid5(person, "testamur:assessor")

    @classmethod
    def start(cls, context: Context, person: UUID) -> Self:
        """Nothing yet: the first qualification or conflict follows at once."""
        return cls.begin(cls.Began, context, cls.id_for(person), person=person)

    def qualify(self, context: Context, micro_credential: UUID) -> None:
        """Let them review submissions for ``micro_credential``. Raises RuleBroken."""
        if micro_credential in self.qualified_for:
            raise RuleBroken("already-qualified", "the assessor is qualified already")
        self.record(self.Qualified, context, person=self.person, micro_credential=micro_credential)

    def disqualify(self, context: Context, micro_credential: UUID) -> None:
        """Let them take on no more submissions for ``micro_credential``. Raises RuleBroken."""
        if micro_credential not in self.qualified_for:
            raise RuleBroken("not-qualified", "the assessor is not qualified for this")
        self.record(
            self.Disqualified, context, person=self.person, micro_credential=micro_credential
        )

    def is_in_conflict_with(self, educator: UUID) -> bool:
        """Whether they declared a conflict of interest with ``educator``."""
        return educator in self.conflicts

    def must_have_no_conflict_with(self, educator: UUID) -> None:
        """Raises RuleBroken after a declared conflict of interest with ``educator``."""
        if self.is_in_conflict_with(educator):
            raise RuleBroken("conflict-of-interest", "the assessor declared a conflict of interest")

    def declare_conflict(self, context: Context, educator: UUID) -> None:
        """A conflict of interest with ``educator``; it binds from now on. A second time it is
        recorded again: they may not know whose work it was from which they stepped back."""
        self.record(self.ConflictDeclared, context, educator=educator)

    def must_have_named_few(self, most: int) -> None:
        """Raises RuleBroken after so many declarations: whoever could name everybody but one would
        know whose work they are given."""
        if self.declarations >= most:
            raise RuleBroken("too-many-conflicts", f"you declared {most}; ask a programme manager")
