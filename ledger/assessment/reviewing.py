"""Decisions of and on assessors: who may review, take a submission on, score it, step back."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, Self
from uuid import UUID

from pydantic import Field

from ledger.assessment.assessors import Assessor
from ledger.assessment.reviews import (
    Review,
    must_be_impartial,
    verdict_of,
)
from ledger.assessment.submissions import State, Submission, Verdict
from ledger.assessment.submitting import answered
from ledger.catalogue import MicroCredential
from ledger.command import Answer, Command, CommandEvents, Repository, Told
from ledger.context import Context
from ledger.errors import NotFound, NotPermitted, RuleBroken
from ledger.people import Person, caller_of, own_unit
from ledger.preparer import Preparer
from ledger.private import Box, Reason, SealedAs, closed


class QualifyAssessor(Command[None, Answer]):
    """Let an assessor review submissions for a micro-credential."""

    NAME = "assessor.qualify"

    person: UUID
    micro_credential: UUID

    def unit(self, repository: Repository, _context: Context) -> UUID:
        micro = repository.read(MicroCredential, self.micro_credential, "micro-credential")
        return micro.owner

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        person = repository.read(Person, self.person, "person")
        person.must_remain()
        if "assessor" not in {role for role, _ in person.grants}:
            raise RuleBroken("not-an-assessor", "only an assessor can be qualified")
        assessor = _assessor(repository, context, person.id)
        assessor.qualify(context, self.micro_credential)
        return Answer.of(assessor)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Assessor.Qualified)
        return cls.rebuilt(person=e.person, micro_credential=e.micro_credential), None


class DisqualifyAssessor(Command[None, Answer]):
    """Let an assessor take on no more submissions for a micro-credential; what they have taken on
    they finish."""

    NAME = "assessor.disqualify"

    person: UUID
    micro_credential: UUID

    def unit(self, repository: Repository, _context: Context) -> UUID:
        micro = repository.read(MicroCredential, self.micro_credential, "micro-credential")
        return micro.owner

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        assessor = _assessor(repository, context, self.person)
        assessor.disqualify(context, self.micro_credential)
        return Answer.of(assessor)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Assessor.Disqualified)
        return cls.rebuilt(person=e.person, micro_credential=e.micro_credential), None


class DeclareConflict(Command[None, Answer]):
    """An assessor declares a conflict of interest with an educator, whose work they are then never
    given. It is answered alike, whatever they review now."""

    NAME = "conflict.declare"

    educator: UUID

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        repository.read(Person, self.educator, "person").must_remain()
        assessor = _assessor(repository, context, caller_of(context))
        assessor.must_have_named_few(context.policy.limits.conflicts)
        assessor.declare_conflict(context, self.educator)
        return Answer.of(assessor)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(educator=events.one(Assessor.ConflictDeclared).educator), None


class ClaimReview(Command[UUID, Answer]):
    """An assessor takes a submission from the queue."""

    NAME = "review.claim"

    submission: UUID

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return repository.get(Submission, self.submission, "submission").campus

    def subject(self, _answer: Answer) -> UUID:
        return self.submission

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> UUID:
        return preparer.new_id()

    def decide(self, repository: Repository, context: Context, found: UUID) -> Answer:
        try:
            return _opened(repository, context, self.submission, caller_of(context), found)
        except RuleBroken as error:
            if error.code == "conflict-of-interest":  # the refusal would tell whose work it is
                raise NotFound("submission") from None
            raise

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, UUID]:
        e = events.one(Review.Opened)
        return cls.rebuilt(submission=e.submission), e.originator_id


class AssignReview(Command[UUID, Answer]):
    """A programme manager gives a submission to an assessor."""

    NAME = "review.assign"

    submission: UUID
    assessor: UUID

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return repository.get(Submission, self.submission, "submission").campus

    def subject(self, _answer: Answer) -> UUID:
        return self.submission

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> UUID:
        return preparer.new_id()

    def decide(self, repository: Repository, context: Context, found: UUID) -> Answer:
        return _opened(repository, context, self.submission, self.assessor, found)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, UUID]:
        e = events.one(Review.Opened)
        return cls.rebuilt(submission=e.submission, assessor=e.assessor), e.originator_id


class ReassignReview(Command[UUID, Answer]):
    """Take a submission from an assessor who has not scored it, and give it to another; without
    ``assessor``, back to the queue."""

    NAME = "review.reassign"

    submission: UUID
    review: UUID
    assessor: UUID | None = None

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return repository.get(Submission, self.submission, "submission").campus

    def subject(self, _answer: Answer) -> UUID:
        return self.submission

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> UUID:
        return preparer.new_id() if self.assessor else self.review

    def decide(self, repository: Repository, context: Context, found: UUID) -> Answer:
        submission = repository.get(Submission, self.submission, "submission")
        review = repository.get(Review, self.review, "review")
        if review.submission != submission.id:
            raise NotFound("review of this submission")
        review.recuse(context)
        submission.leave_review(context, review.id)
        if self.assessor is None:
            return Answer.of(review)
        return _opened(repository, context, submission.id, self.assessor, found)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, UUID]:
        left, opened = events.one(Submission.ReviewLeft), events.maybe(Review.Opened)
        made = cls.rebuilt(
            submission=left.originator_id,
            review=left.review,
            assessor=opened.assessor if opened else None,
        )
        return made, opened.originator_id if opened else left.review


class _OnOwnReview(Command[None, Told], Generic[Told]):
    review: UUID

    def unit(self, repository: Repository, context: Context) -> UUID:
        review, submission = self.loaded(repository)
        if review.assessor != context.caller.person:
            raise NotPermitted("only the assessor may do this with a review")
        return submission.campus

    def sealed_for(self, repository: Repository, _context: Context, _found: None) -> UUID:
        return self.loaded(repository)[1].educator

    def loaded(self, repository: Repository) -> tuple[Review, Submission]:
        """The review and its submission, to be changed. Raises NotFound."""
        review = repository.get(Review, self.review, "review")
        return review, repository.get(Submission, review.submission, "submission")


class ReviewRecorded(Answer):
    verdict: Verdict
    state: State


class RecordReview(_OnOwnReview[ReviewRecorded]):
    """Seal the scores; with the last one that is needed, the outcome follows.

    ``levels`` maps each criterion to a level, ``feedback`` a criterion to words, which a criterion
    below the bar needs. The scores of an assessor who named a conflict of interest with the
    educator meanwhile do not count, and another takes the place: a refusal would tell whose work it
    is.
    """

    NAME = "review.record"
    ANSWER: ClassVar[type[Answer]] = ReviewRecorded

    levels: dict[str, str] = Field(max_length=30)
    feedback: Annotated[dict[str, Reason | Box], Field(max_length=30), SealedAs("review.feedback")]

    def decide(self, repository: Repository, context: Context, _found: None) -> ReviewRecorded:
        review, submission = self.loaded(repository)
        version = answered(repository, submission)
        verdict = verdict_of(version, self.levels, self.feedback)
        feedback = {criterion: closed(box) for criterion, box in self.feedback.items()}
        review.complete(context, self.levels, verdict, feedback)
        assessor = repository.read(Assessor, Assessor.id_for(review.assessor), "assessor")
        if assessor.is_in_conflict_with(submission.educator):
            submission.set_aside(context, review.id)
        else:
            submission.give_verdict(context, review.id, verdict, version)
        return ReviewRecorded.of(review, verdict=verdict, state=submission.state)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Review.Completed)
        made = cls.rebuilt(review=e.originator_id, levels=e.levels, feedback=e.feedback)
        return made, None


class StepBack(_OnOwnReview[Answer]):
    """Step back before scoring; with ``conflict``, for good from this educator's work."""

    NAME = "review.recuse"

    conflict: bool = False

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        review, submission = self.loaded(repository)
        review.recuse(context)
        submission.leave_review(context, review.id)
        if self.conflict:
            assessor = _assessor(repository, context, review.assessor)
            assessor.declare_conflict(context, submission.educator)
        return Answer.of(review)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Review.Recused)
        conflict = events.maybe(Assessor.ConflictDeclared) is not None
        return cls.rebuilt(review=e.originator_id, conflict=conflict), None


class ReleaseReview(Command[None, Answer]):
    """Free the place of an assessor who is one no more; follows from the loss of the role."""

    NAME = "review.release"

    review: UUID

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        review = repository.get(Review, self.review, "review")
        submission = repository.get(Submission, review.submission, "submission")
        if _may_assess(repository, context, review.assessor, submission):
            raise RuleBroken("still-an-assessor", "the assessor may review this as before")
        review.recuse(context)
        submission.leave_review(context, review.id)
        return Answer.of(review)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(review=events.one(Review.Recused).originator_id), None


def _opened(
    repository: Repository, context: Context, submission_id: UUID, person: UUID, review_id: UUID
) -> Answer:
    submission = repository.get(Submission, submission_id, "submission")
    repository.read(Person, submission.educator, "person").must_remain()
    if not _may_assess(repository, context, person, submission):
        raise RuleBroken("not-an-assessor", "the person is no assessor of this campus")
    assessor = repository.find(Assessor, Assessor.id_for(person))
    must_be_impartial(assessor, person, submission)
    review = Review.open(context, review_id, submission, person)
    submission.open_review(context, review.id, person, answered(repository, submission))
    repository.add(review)
    return Answer.of(review)


def _may_assess(
    repository: Repository, context: Context, person: UUID, submission: Submission
) -> bool:
    path = context.authority.path(submission.campus)
    return repository.read(Person, person, "person").holds("assessor", path)


def _assessor(repository: Repository, context: Context, person: UUID) -> Assessor:
    found = repository.find(Assessor, Assessor.id_for(person))
    if found is None:
        found = Assessor.start(context, person)
        repository.add(found)
    return found
