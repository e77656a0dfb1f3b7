"""Decisions of an educator on a submission, and the one on an appeal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, Self
from uuid import UUID

from pydantic import AfterValidator, Field, InstanceOf
from pydantic.json_schema import SkipJsonSchema

from keys.vault import Sealed
from ledger.assessment.holdings import Holding
from ledger.assessment.submissions import EVIDENCE, EvidenceItem, State, Submission
from ledger.catalogue import Definition, MicroCredential, Part, found_type, refuse_other_media
from ledger.command import Answer, Command, CommandEvents, Found, Repository, Told
from ledger.context import Context
from ledger.errors import Breach, Invalid
from ledger.people import caller_of, own_unit
from ledger.policy import Limits
from ledger.preparer import Preparer
from ledger.private import Box, Reason, SealedAs, closed, must_be_sealed
from ledger.sealed_files import Inspection, SealedFile
from ledger.text import Words


def _statement(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("bad-statement", "a statement is not empty")
    return text


FileName = Annotated[str, Field(min_length=1, max_length=200)]
Statement = Annotated[Words, AfterValidator(_statement)]
"""How long it may be is the policy's to say."""


class DraftSubmission(Command[UUID, Answer]):
    """Begin a submission of one's own on a version that is open to submissions, and for which one
    holds no award."""

    NAME = "submission.draft"

    micro_credential: UUID
    number: int = Field(ge=1, le=10_000)

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> UUID:
        return preparer.new_id()

    def decide(self, repository: Repository, context: Context, found: UUID) -> Answer:
        educator = caller_of(context)
        micro = repository.read(MicroCredential, self.micro_credential, "micro-credential")
        micro.version_open_to_submissions(self.number)
        held = repository.find(Holding, Holding.id_for(educator, self.micro_credential))
        if held is not None:
            held.must_be_free(context.at)
        submission = Submission.start(
            context,
            found,
            educator=educator,
            campus=own_unit(context),
            micro_credential=self.micro_credential,
            number=self.number,
        )
        repository.add(submission)
        return Answer.of(submission)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, UUID]:
        e = events.one(Submission.Drafted)
        made = cls.rebuilt(micro_credential=e.micro_credential, number=e.number)
        return made, e.originator_id


class OnOwnSubmission(Command[Found, Told], Generic[Found, Told]):
    """Base of what an educator does with a submission."""

    submission: UUID

    def unit(self, repository: Repository, context: Context) -> UUID:
        submission = self.loaded(repository)
        submission.must_be_of(context.caller.person)
        return submission.campus

    def sealed_for(self, repository: Repository, _context: Context, _found: Found) -> UUID:
        return self.loaded(repository).educator

    def loaded(self, repository: Repository) -> Submission:
        """The submission, to be changed. Raises NotFound."""
        return repository.get(Submission, self.submission, "submission")


@dataclass(frozen=True)
class KeptEvidence:
    """The findings of added evidence: its sealed bytes are kept, and ``media_type`` was found in
    them. ``described`` is sealed JSON of the file's name and of the SHA-256 of its bytes, which the
    badge will state."""

    object: str
    digest: str
    media_type: str
    size: int
    described: Sealed


class AddEvidence(OnOwnSubmission[KeptEvidence, Answer]):
    """Add or replace the evidence of one part; its bytes are sealed before they are kept."""

    NAME = "submission.add-evidence"
    UNRECORDED = frozenset({"name", "data"})

    part: str
    name: Annotated[FileName, Field(exclude=True)] = "evidence"
    data: Annotated[
        bytes | SkipJsonSchema[InstanceOf[SealedFile]], Field(exclude=True, repr=False)
    ] = b""
    """What is short, or a draft that was sealed while it came in."""

    def values(self) -> Mapping[str, Any]:
        return {**super().values(), "name": self.name, "sha256": self._inspected.sha256}

    def prepare(self, preparer: Preparer, repository: Repository, context: Context) -> KeptEvidence:
        submission = self.loaded(repository)
        part, seen = answered(repository, submission).part(self.part), self._inspected
        refuse_size(context.policy.limits, part, seen.size)
        media_type = found_type(part, seen.head, is_text=seen.is_text)
        refuse_other_media(part, media_type)
        described = {"name": self.name, "sha256": seen.sha256}
        digest = preparer.keep_evidence(submission.educator, EVIDENCE, self.data)
        return KeptEvidence(
            object=digest,
            digest=digest,
            media_type=media_type,
            size=seen.size,
            described=preparer.seal(submission.educator, "evidence.name", json.dumps(described)),
        )

    def decide(self, repository: Repository, context: Context, found: KeptEvidence) -> Answer:
        submission = self.loaded(repository)
        part = answered(repository, submission).part(self.part)
        refuse_size(context.policy.limits, part, found.size)
        refuse_other_media(part, found.media_type)
        must_be_sealed(found.described, submission.educator, "evidence.name")
        if found.object != found.digest:
            raise Breach("the evidence lies under another name than its hash")
        submission.add_evidence(
            context,
            EvidenceItem(
                part=self.part,
                media_type=found.media_type,
                size=found.size,
                object=found.object,
                digest=found.digest,
                name=found.described,
            ),
        )
        return Answer.of(submission)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, KeptEvidence]:
        e = events.one(Submission.EvidenceAdded)
        made = cls.rebuilt(submission=e.originator_id, part=e.part)
        return made, KeptEvidence(e.object, e.digest, e.media_type, e.size, e.name)

    @property
    def _inspected(self) -> Inspection:
        if isinstance(self.data, SealedFile):
            return self.data.inspection
        return Inspection.of(self.data)


class RoundSubmitted(Answer):
    round: int


class SubmitRound(OnOwnSubmission[None, RoundSubmitted]):
    """Submit the next round. ``statement`` is what the badge may quote in public."""

    NAME = "submission.submit"
    ANSWER: ClassVar[type[Answer]] = RoundSubmitted

    attested: bool
    statement: Annotated[Statement | Box | None, SealedAs("submission.statement")] = None

    def prepare(self, _preparer: Preparer, _repository: Repository, context: Context) -> None:
        most = context.policy.limits.statement_characters
        if isinstance(self.statement, str) and len(self.statement) > most:
            raise Invalid("bad-statement", f"a statement has at most {most} characters")

    def decide(self, repository: Repository, context: Context, _found: None) -> RoundSubmitted:
        if not self.attested:
            raise Invalid("not-attested", "the attestation must be affirmed")
        submission = self.loaded(repository)
        micro = repository.read(MicroCredential, submission.micro_credential, "micro-credential")
        version = micro.version_open_to_submissions(submission.number)
        statement = None if self.statement is None else closed(self.statement)
        submission.submit(context, version, statement)
        return RoundSubmitted.of(submission, round=submission.round)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Submission.Submitted)
        made = cls.rebuilt(submission=e.originator_id, attested=True, statement=e.statement)
        return made, None


class WithdrawSubmission(OnOwnSubmission[None, Answer]):
    """Withdraw before a decision; nothing that was earned is touched."""

    NAME = "submission.withdraw"

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        submission = self.loaded(repository)
        submission.withdraw(context)
        return Answer.of(submission)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(submission=events.one(Submission.Withdrawn).originator_id), None


class AppealRefusal(OnOwnSubmission[None, Answer]):
    """Appeal against a refusal, once."""

    NAME = "submission.appeal"

    grounds: Annotated[Reason | Box, SealedAs("appeal.grounds")]

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        submission = self.loaded(repository)
        submission.appeal(context, closed(self.grounds))
        return Answer.of(submission)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Submission.Appealed)
        return cls.rebuilt(submission=e.originator_id, grounds=e.grounds), None


class AppealDecided(Answer):
    state: State


class DecideAppeal(Command[None, AppealDecided]):
    """Uphold the refusal or overturn it; somebody who was not on the panel."""

    NAME = "appeal.decide"
    ANSWER: ClassVar[type[Answer]] = AppealDecided

    submission: UUID
    overturn: bool
    reason: Annotated[Reason | Box, SealedAs("appeal.reason")]

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return repository.get(Submission, self.submission, "submission").campus

    def sealed_for(self, repository: Repository, _context: Context, _found: None) -> UUID:
        return repository.get(Submission, self.submission, "submission").educator

    def decide(self, repository: Repository, context: Context, _found: None) -> AppealDecided:
        submission = repository.get(Submission, self.submission, "submission")
        submission.decide_appeal(context, self.overturn, closed(self.reason))
        return AppealDecided.of(submission, state=submission.state)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        overturned = events.maybe(Submission.AppealOverturned)
        e = overturned or events.one(Submission.AppealUpheld)
        made = cls.rebuilt(
            submission=e.originator_id, overturn=overturned is not None, reason=e.reason
        )
        return made, None


def answered(repository: Repository, submission: Submission) -> Definition:
    """The version that the submission answers."""
    micro = repository.read(MicroCredential, submission.micro_credential, "micro-credential")
    return micro.published(submission.number)


def refuse_size(limits: Limits, part: Part, size: int) -> None:
    """Raises Invalid for evidence of no bytes, or of more than the part takes."""
    if size == 0:
        raise Invalid("evidence-empty", "there is nothing in this evidence")
    most = part.limit(limits.evidence_bytes)
    if size > most:
        raise Invalid("evidence-too-large", f"it has more than {most} bytes")
