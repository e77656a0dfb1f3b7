"""Review: one assessor's scores on the rubric for one round, with feedback.

The scores lie in the review's own stream: neither assessor of a round sees the other's until
both are in, because nobody else reads this stream before (see ``reviewing``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Self
from uuid import UUID

from keys.vault import Sealed
from ledger.aggregate import Aggregate, FoundingEvent
from ledger.assessment.assessors import Assessor
from ledger.assessment.submissions import Submission, Verdict
from ledger.catalogue import Definition
from ledger.context import Context
from ledger.errors import Invalid, RuleBroken


class Review(Aggregate):
    """An assessor's judgement of one round of a submission."""

    TOPIC = "assessment.Review"

    class Opened(FoundingEvent):
        TOPIC = "assessment.Review.Opened"

        submission: UUID
        round: int
        assessor: UUID

    class Completed(Aggregate.Event):
        TOPIC = "assessment.Review.Completed"

        levels: dict[str, str]
        verdict: Verdict
        feedback: dict[str, Sealed]

        def apply(self, review: Review) -> None:
            review.levels = self.levels
            review.verdict = self.verdict
            review.feedback = self.feedback

    class Recused(Aggregate.Event):
        TOPIC = "assessment.Review.Recused"

        def apply(self, review: Review) -> None:
            review.is_recused = True

    def __init__(self, *, submission: UUID, round: int, assessor: UUID) -> None:  # noqa: A002
        self.submission = submission
        self.round = round
        self.assessor = assessor
        self.levels: dict[str, str] = {}
        self.verdict: Verdict | None = None
        self.feedback: dict[str, Sealed] = {}
        self.is_recused = False

    @classmethod
    def open(cls, context: Context, review: UUID, submission: Submission, assessor: UUID) -> Self:
        """A review of the submission's present round."""
        return cls.begin(
            cls.Opened,
            context,
            review,
            submission=submission.id,
            round=submission.round,
            assessor=assessor,
        )

    def complete(
        self,
        context: Context,
        levels: dict[str, str],
        verdict: Verdict,
        feedback: dict[str, Sealed],
    ) -> None:
        """Seal the scores. Raises RuleBroken if the review is closed already."""
        self._must_be_open()
        self.record(self.Completed, context, levels=levels, verdict=verdict, feedback=feedback)

    def recuse(self, context: Context) -> None:
        """Step back before scoring. Raises RuleBroken."""
        self._must_be_open()
        self.record(self.Recused, context)

    def _must_be_open(self) -> None:
        if self.verdict is not None or self.is_recused:
            raise RuleBroken("review-closed", "this review is closed")


def verdict_of(
    definition: Definition, levels: Mapping[str, str], explained: Collection[str]
) -> Verdict:
    """The verdict that follows from the scores: a pass meets every criterion. ``explained`` are the
    criteria with feedback.

    Raises Invalid for scores that do not fit the rubric, or where a criterion below the bar
    has no feedback to learn from.
    """
    known = {criterion.id for criterion in definition.rubric}
    strange = sorted((levels.keys() | set(explained)) - known)
    if strange:
        raise Invalid("unknown-criterion", f"not in the rubric: {', '.join(strange)}")
    missing = sorted(known - levels.keys())
    if missing:
        raise Invalid("criteria-missing", f"not scored: {', '.join(missing)}")
    verdict: Verdict = "pass"
    for criterion in definition.rubric:
        level = levels[criterion.id]
        if level not in {known_level.id for known_level in criterion.levels}:
            raise Invalid("unknown-level", f"{criterion.id} has no level {level!r}")
        if not criterion.is_met_at(level):
            verdict = "not-yet"
            if criterion.id not in explained:
                raise Invalid("feedback-missing", f"{criterion.id} is below the bar: say why")
    return verdict


def must_be_impartial(assessor: Assessor | None, person: UUID, submission: Submission) -> None:
    """Raises RuleBroken for one's own work, a declared conflict, or no qualification."""
    if person == submission.educator:
        raise RuleBroken("own-work", "an assessor cannot review their own work")
    if assessor is None or submission.micro_credential not in assessor.qualified_for:
        raise RuleBroken("not-qualified", "the assessor is not qualified for this micro-credential")
    assessor.must_have_no_conflict_with(submission.educator)
