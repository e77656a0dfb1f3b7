"""Review: one assessor's scores on the rubric for one round, with feedback.

The scores lie in the review's own stream: neither assessor of a round sees the other's until
both are in, because nobody else reads this stream before (see ``commands.reviews``).
"""

from __future__ import annotations

from typing import Self
from uuid import UUID

from keys.vault import Sealed
from ledger.achievements import Definition
from ledger.errors import Invalid, NotPermitted, RuleBroken
from ledger.record import Act, Record
from ledger.submissions import Submission, Verdict


class Review(Record):
    """An assessor's judgement of one round of a submission."""

    class Opened(Record.Created):
        submission: UUID
        round: int
        assessor: UUID

    class Completed(Record.Event):
        levels: dict[str, str]
        verdict: Verdict
        feedback: Sealed

        def apply(self, review: Review) -> None:
            review.levels = self.levels
            review.verdict = self.verdict
            review.feedback = self.feedback

    class Recused(Record.Event):
        def apply(self, review: Review) -> None:
            review.is_recused = True

    def __init__(self, *, submission: UUID, round: int, assessor: UUID) -> None:  # noqa: A002
        self.submission = submission
        self.round = round
        self.assessor = assessor
        self.levels: dict[str, str] = {}
        self.verdict: Verdict | None = None
        self.feedback: Sealed | None = None
        self.is_recused = False

    @classmethod
    def open(cls, act: Act, submission: Submission, assessor: UUID) -> Self:
        """A review of the submission's present round."""
        return cls.begin(
            cls.Opened,
            act,
            act.new_id(),
            submission=submission.id,
            round=submission.round,
            assessor=assessor,
        )

    def must_be_of(self, person: UUID | None) -> None:
        """Raises NotPermitted unless ``person`` is the assessor."""
        if person != self.assessor:
            raise NotPermitted("only the assessor may do this with a review")

    def complete(
        self, act: Act, levels: dict[str, str], verdict: Verdict, feedback: Sealed
    ) -> None:
        """Seal the scores. Raises RuleBroken if the review is closed already."""
        self._must_be_open()
        self.happened(self.Completed, act, levels=levels, verdict=verdict, feedback=feedback)

    def recuse(self, act: Act) -> None:
        """Step back before scoring. Raises RuleBroken."""
        self._must_be_open()
        self.happened(self.Recused, act)

    def _must_be_open(self) -> None:
        if self.verdict is not None or self.is_recused:
            raise RuleBroken("review-closed", "this review is closed")


def verdict_of(definition: Definition, levels: dict[str, str], feedback: dict[str, str]) -> Verdict:
    """The verdict that follows from the scores: a pass meets every criterion.

    Raises Invalid for scores that do not fit the rubric, or where a criterion below the bar
    has no feedback to learn from.
    """
    known = {criterion.id for criterion in definition.rubric}
    strange = sorted((levels.keys() | feedback.keys()) - known)
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
            if not feedback.get(criterion.id, "").strip():
                raise Invalid("feedback-missing", f"{criterion.id} is below the bar: say why")
    return verdict


def must_be_impartial(
    *, assessor: UUID, qualified_for: set[UUID], conflicts: set[UUID], submission: Submission
) -> None:
    """Raises RuleBroken for one's own work, a declared conflict, or no qualification."""
    if assessor == submission.educator:
        raise RuleBroken("own-work", "an assessor cannot review their own work")
    if submission.educator in conflicts:
        raise RuleBroken("conflict-of-interest", "the assessor declared a conflict of interest")
    if submission.micro_credential not in qualified_for:
        raise RuleBroken("not-qualified", "the assessor is not qualified for this micro-credential")
