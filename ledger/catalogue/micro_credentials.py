"""Micro-credential: an Achievement in versions, each with its parts and its rubric.

A published version never changes: submissions name it, and a rubric is fixed at submission.
"""

from __future__ import annotations

from typing import Self
from uuid import UUID

from ledger.aggregate import Aggregate, FoundingEvent
from ledger.catalogue.definition import Definition
from ledger.context import Context
from ledger.errors import RuleBroken


class MicroCredential(Aggregate):
    """A micro-credential through its versions: a draft, and those published."""

    TOPIC = "catalogue.MicroCredential"

    class Defined(FoundingEvent):
        TOPIC = "catalogue.MicroCredential.Defined"

        owner: UUID
        definition: Definition

    class Revised(Aggregate.Event):
        TOPIC = "catalogue.MicroCredential.Revised"

        definition: Definition

        def apply(self, micro: MicroCredential) -> None:
            micro.draft = self.definition

    class VersionPublished(Aggregate.Event):
        TOPIC = "catalogue.MicroCredential.VersionPublished"

        number: int
        definition: Definition

        def apply(self, micro: MicroCredential) -> None:
            micro.versions[self.number] = self.definition
            micro.draft = None

    class VersionRetired(Aggregate.Event):
        TOPIC = "catalogue.MicroCredential.VersionRetired"

        number: int

        def apply(self, micro: MicroCredential) -> None:
            micro.retired.add(self.number)

    def __init__(self, *, owner: UUID, definition: Definition) -> None:
        self.owner = owner
        self.draft: Definition | None = definition
        self.versions: dict[int, Definition] = {}
        self.retired: set[int] = set()

    @classmethod
    def define(cls, context: Context, micro: UUID, owner: UUID, definition: Definition) -> Self:
        """A draft that belongs to the unit ``owner``."""
        return cls.begin(cls.Defined, context, micro, owner=owner, definition=definition)

    def revise(self, context: Context, definition: Definition) -> None:
        """Write the draft of the next version."""
        self.record(self.Revised, context, definition=definition)

    def publish(self, context: Context) -> int:
        """Publish the draft; gives the version's number. Raises RuleBroken without a draft."""
        if self.draft is None:
            raise RuleBroken("nothing-to-publish", "there is no draft since the last version")
        number = len(self.versions) + 1
        self.record(self.VersionPublished, context, number=number, definition=self.draft)
        return number

    def retire(self, context: Context, number: int) -> None:
        """Take no more submissions on a version; what it earned stays. Raises RuleBroken."""
        self.version_open_to_submissions(number)
        self.record(self.VersionRetired, context, number=number)

    def published(self, number: int) -> Definition:
        """A version as published, retired or not. Raises RuleBroken."""
        if number not in self.versions:
            raise RuleBroken("version-not-published", f"version {number} was never published")
        return self.versions[number]

    def version_open_to_submissions(self, number: int) -> Definition:
        """Raises RuleBroken for a version that is retired or was never published."""
        definition = self.published(number)
        if number in self.retired:
            raise RuleBroken("version-retired", f"version {number} takes no more submissions")
        return definition
