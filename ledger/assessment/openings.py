"""Who opened which piece of evidence: the first time of each reader is an event.

Evidence says much of a person and of their students. Its educator may open it, whoever assesses it,
and whoever decides an appeal; each of the others is noted before they see a byte.
"""

from __future__ import annotations

from typing import Self
from uuid import UUID, uuid5

from ledger.aggregate import Aggregate, FoundingEvent
from ledger.assessment.reviews import Review
from ledger.assessment.submissions import Submission
from ledger.command import Answer, Command, CommandEvents, Repository
from ledger.context import Authority, Caller, Context
from ledger.errors import NotFound
from ledger.people import Person, caller_of


class EvidenceOpening(Aggregate):
    """That a reader opened a piece of evidence. The stream's id follows from the two, so that the
    store itself keeps the first time only."""

    TOPIC = "assessment.EvidenceOpening"

    class EvidenceOpened(FoundingEvent):
        """``piece`` is the digest of the sealed evidence: what replaces it is another piece."""

        TOPIC = "assessment.EvidenceOpening.EvidenceOpened"

        submission: UUID
        part: str
        piece: str
        reader: UUID

    def __init__(self, *, submission: UUID, part: str, piece: str, reader: UUID) -> None:
        self.submission = submission
        self.part = part
        self.piece = piece
        self.reader = reader

    @staticmethod
    def id_for(reader: UUID, submission: UUID, part: str, piece: str) -> UUID:
        """Where the first opening of this piece by this reader stands."""
        return uuid5(reader, f"testamur:opened:{submission}:{part}:{piece}")


class OpenEvidence(Command[None, Answer]):
    """Note that the caller opens a part's evidence. A second time notes nothing. Not for its
    educator, whose it is."""

    NAME = "evidence.open"

    submission: UUID
    part: str

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return repository.read(Submission, self.submission, "submission").campus

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        submission = repository.read(Submission, self.submission, "submission")
        item = submission.evidence.get(self.part)
        if item is None or not may_open(repository, context.authority, context.caller, submission):
            raise NotFound("evidence")
        reader = caller_of(context)
        stream = EvidenceOpening.id_for(reader, submission.id, self.part, item.digest)
        opening = repository.find(EvidenceOpening, stream)
        if opening is None:
            opening = EvidenceOpening.begin(
                EvidenceOpening.EvidenceOpened,
                context,
                stream,
                submission=submission.id,
                part=self.part,
                piece=item.digest,
                reader=reader,
            )
            repository.add(opening)
        return Answer.of(opening)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(EvidenceOpening.EvidenceOpened)
        return cls.rebuilt(submission=e.submission, part=e.part), None


def may_open(
    repository: Repository, authority: Authority, caller: Caller, submission: Submission
) -> bool:
    """Whether the caller, in whose unit it lies, may see the evidence of a submission that is not
    their own: they assess it, or they decide on its appeal."""
    if caller.person is None or caller.person == submission.educator:
        return False
    if assesses(repository, authority, caller.person, submission):
        return True
    is_judge = caller.role == "programme-manager" and caller.person not in submission.assessors
    return is_judge and submission.state == "appealed"


def assesses(
    repository: Repository, authority: Authority, person: UUID, submission: Submission
) -> bool:
    """Whether a person has a review of it, open or completed, and is an assessor there still.

    A conflict of interest that they named meanwhile changes nothing here: what opened or closed
    with a name would tell whose work it is (docs/decisions/0028).
    """
    own = [review for review, whose in submission.panels.items() if whose == person]
    if all(repository.read(Review, review, "review").is_recused for review in own):
        return False
    path = authority.path(submission.campus)
    return repository.read(Person, person, "person").holds("assessor", path)
