"""Decisions on micro-credentials: define, revise, publish, retire."""

from __future__ import annotations

from typing import ClassVar, Generic, Self
from uuid import UUID

from ledger.catalogue.definition import Definition
from ledger.catalogue.micro_credentials import MicroCredential
from ledger.command import Answer, Command, CommandEvents, Repository, Told
from ledger.context import Context
from ledger.preparer import Preparer


class DefineMicroCredential(Command[UUID, Answer]):
    """Write the first draft of a micro-credential that belongs to ``owner``."""

    NAME = "micro-credential.define"

    owner: UUID
    definition: Definition

    def unit(self, _repository: Repository, _context: Context) -> UUID:
        return self.owner

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> UUID:
        _refuse_missing_image(preparer, self.definition)
        return preparer.new_id()

    def decide(self, repository: Repository, context: Context, found: UUID) -> Answer:
        micro = MicroCredential.define(context, found, self.owner, self.definition)
        repository.add(micro)
        return Answer.of(micro)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, UUID]:
        e = events.one(MicroCredential.Defined)
        return cls.rebuilt(owner=e.owner, definition=e.definition), e.originator_id


class _OnMicroCredential(Command[None, Told], Generic[Told]):
    micro_credential: UUID

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return self.loaded(repository).owner

    def loaded(self, repository: Repository) -> MicroCredential:
        """The micro-credential, to be changed. Raises NotFound."""
        return repository.get(MicroCredential, self.micro_credential, "micro-credential")


class ReviseMicroCredential(_OnMicroCredential[Answer]):
    """Write the draft of the next version."""

    NAME = "micro-credential.revise"

    definition: Definition

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> None:
        _refuse_missing_image(preparer, self.definition)

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        micro = self.loaded(repository)
        micro.revise(context, self.definition)
        return Answer.of(micro)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(MicroCredential.Revised)
        return cls.rebuilt(micro_credential=e.originator_id, definition=e.definition), None


class VersionPublished(Answer):
    number: int


class PublishMicroCredential(_OnMicroCredential[VersionPublished]):
    """Publish the draft as the next version, which never changes again."""

    NAME = "micro-credential.publish"
    ANSWER: ClassVar[type[Answer]] = VersionPublished

    def decide(self, repository: Repository, context: Context, _found: None) -> VersionPublished:
        micro = self.loaded(repository)
        number = micro.publish(context)
        return VersionPublished.of(micro, number=number)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(MicroCredential.VersionPublished)
        return cls.rebuilt(micro_credential=e.originator_id), None


class RetireMicroCredential(_OnMicroCredential[Answer]):
    """Take no more submissions on a version."""

    NAME = "micro-credential.retire"

    number: int

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        micro = self.loaded(repository)
        micro.retire(context, self.number)
        return Answer.of(micro)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(MicroCredential.VersionRetired)
        return cls.rebuilt(micro_credential=e.originator_id, number=e.number), None


def _refuse_missing_image(preparer: Preparer, definition: Definition) -> None:
    """That a picture is kept is a finding: the audit looks for the file by its name."""
    if definition.image is not None:
        preparer.images.get(definition.image)
