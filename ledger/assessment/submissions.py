"""Submission: evidence in rounds, from draft to award.

draft → submitted → in review → (returned → submitted …) → accepted → awarded
withdrawn from any state before a decision;
not accepted → appealed → upheld | overturned (which accepts it)
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from keys.vault import Sealed
from ledger.aggregate import Aggregate, FoundingEvent
from ledger.catalogue import Definition
from ledger.context import Context
from ledger.errors import NotPermitted, RuleBroken

State = Literal[
    "draft",
    "submitted",
    "in-review",
    "returned",
    "accepted",
    "awarded",
    "withdrawn",
    "not-accepted",
    "appealed",
    "upheld",
]
Verdict = Literal["pass", "not-yet"]

_RECORDED = "a review can be recorded"


EVIDENCE = "evidence.object"
"""As what the bytes of evidence are sealed."""


@dataclass(frozen=True)
class EvidenceItem:
    """A part's evidence: where its sealed bytes are, and what is known of them in clear."""

    part: str
    media_type: str
    size: int
    object: str
    digest: str
    name: Sealed


class Submission(Aggregate):
    """One educator's way to one micro-credential."""

    TOPIC = "assessment.Submission"

    class Drafted(FoundingEvent):
        TOPIC = "assessment.Submission.Drafted"

        educator: UUID
        campus: UUID
        micro_credential: UUID
        number: int

    class EvidenceAdded(Aggregate.Event):
        TOPIC = "assessment.Submission.EvidenceAdded"

        part: str
        media_type: str
        size: int
        object: str
        digest: str
        name: Sealed

        @property
        def item(self) -> EvidenceItem:
            return EvidenceItem(
                self.part, self.media_type, self.size, self.object, self.digest, self.name
            )

        def apply(self, submission: Submission) -> None:
            submission.evidence[self.part] = self.item

    class Submitted(Aggregate.Event):
        TOPIC = "assessment.Submission.Submitted"

        round: int
        attestation: str
        digests: dict[str, str]
        statement: Sealed | None

        def apply(self, submission: Submission) -> None:
            submission.state = "submitted"
            submission.round = self.round
            submission.submitted_on = self.timestamp
            submission.statement = self.statement
            submission.panel = {}
            submission.open_reviews = set()
            submission.verdicts = {}

    class ReviewOpened(Aggregate.Event):
        TOPIC = "assessment.Submission.ReviewOpened"

        review: UUID
        assessor: UUID

        def apply(self, submission: Submission) -> None:
            submission.state = "in-review"
            submission.panel[self.review] = self.assessor
            submission.panels[self.review] = self.assessor
            submission.open_reviews.add(self.review)

    class ReviewLeft(Aggregate.Event):
        TOPIC = "assessment.Submission.ReviewLeft"

        review: UUID

        def apply(self, submission: Submission) -> None:
            submission.open_reviews.remove(self.review)

    class VerdictGiven(Aggregate.Event):
        TOPIC = "assessment.Submission.VerdictGiven"

        review: UUID
        verdict: Verdict

        def apply(self, submission: Submission) -> None:
            submission.open_reviews.remove(self.review)
            submission.verdicts[self.review] = self.verdict
            submission.reviewed.append(self.review)

    class Returned(Aggregate.Event):
        TOPIC = "assessment.Submission.Returned"

        round: int

        def apply(self, submission: Submission) -> None:
            submission.state = "returned"

    class Accepted(Aggregate.Event):
        TOPIC = "assessment.Submission.Accepted"

        round: int

        def apply(self, submission: Submission) -> None:
            submission.state = "accepted"

    class NotAccepted(Aggregate.Event):
        TOPIC = "assessment.Submission.NotAccepted"

        round: int

        def apply(self, submission: Submission) -> None:
            submission.state = "not-accepted"

    class Withdrawn(Aggregate.Event):
        TOPIC = "assessment.Submission.Withdrawn"

        def apply(self, submission: Submission) -> None:
            submission.state = "withdrawn"

    class Appealed(Aggregate.Event):
        TOPIC = "assessment.Submission.Appealed"

        grounds: Sealed

        def apply(self, submission: Submission) -> None:
            submission.state = "appealed"
            submission.grounds = self.grounds

    class AppealUpheld(Aggregate.Event):
        TOPIC = "assessment.Submission.AppealUpheld"

        reason: Sealed

        def apply(self, submission: Submission) -> None:
            submission.state = "upheld"
            submission.appeal_reason = self.reason

    class AppealOverturned(Aggregate.Event):
        TOPIC = "assessment.Submission.AppealOverturned"

        reason: Sealed

        def apply(self, submission: Submission) -> None:
            submission.state = "accepted"
            submission.appeal_reason = self.reason

    class Awarded(Aggregate.Event):
        TOPIC = "assessment.Submission.Awarded"

        award: UUID

        def apply(self, submission: Submission) -> None:
            submission.state = "awarded"

    def __init__(
        self, *, educator: UUID, campus: UUID, micro_credential: UUID, number: int
    ) -> None:
        self.educator = educator
        self.campus = campus
        self.micro_credential = micro_credential
        self.number = number
        self.state: State = "draft"
        self.round = 0
        self.submitted_on: datetime | None = None
        self.evidence: dict[str, EvidenceItem] = {}
        self.statement: Sealed | None = None
        self.panel: dict[UUID, UUID] = {}  # of this round, by review; below, of all rounds
        self.panels: dict[UUID, UUID] = {}
        self.open_reviews: set[UUID] = set()
        self.verdicts: dict[UUID, Verdict] = {}
        self.reviewed: list[UUID] = []
        self.grounds: Sealed | None = None
        self.appeal_reason: Sealed | None = None

    @classmethod
    def start(
        cls,
        context: Context,
        submission: UUID,
        *,
        educator: UUID,
        campus: UUID,
        micro_credential: UUID,
        number: int,
    ) -> Self:
        """An empty draft on version ``number`` of a micro-credential."""
        return cls.begin(
            cls.Drafted,
            context,
            submission,
            educator=educator,
            campus=campus,
            micro_credential=micro_credential,
            number=number,
        )

    @property
    def assessors(self) -> Collection[UUID]:
        """Whoever has, or had, a place on a panel."""
        return self.panels.values()

    def must_be_of(self, person: UUID | None) -> None:
        """Raises NotPermitted for anybody but its educator."""
        if person != self.educator:
            raise NotPermitted("only the educator may do this with a submission")

    def must_take_evidence(self) -> None:
        """Raises RuleBroken once a round is submitted: its evidence is fixed then."""
        self._must_be("draft", "returned", does="evidence can be changed")

    def add_evidence(self, context: Context, item: EvidenceItem) -> None:
        """Add or replace a part's evidence. Raises RuleBroken."""
        self.must_take_evidence()
        self.record(
            self.EvidenceAdded,
            context,
            part=item.part,
            media_type=item.media_type,
            size=item.size,
            object=item.object,
            digest=item.digest,
            name=item.name,
        )

    def submit(self, context: Context, definition: Definition, statement: Sealed | None) -> None:
        """Begin the next round with the evidence as it is. Raises RuleBroken."""
        self._must_be("draft", "returned", does="it can be submitted")
        missing = [p.id for p in definition.parts if p.required and p.id not in self.evidence]
        if missing:
            raise RuleBroken(
                "parts-missing", f"these parts are still missing: {', '.join(missing)}"
            )
        self.record(
            self.Submitted,
            context,
            round=self.round + 1,
            attestation=context.policy.attestation,
            digests={part: item.digest for part, item in sorted(self.evidence.items())},
            statement=statement,
        )

    def open_review(
        self, context: Context, review: UUID, assessor: UUID, definition: Definition
    ) -> None:
        """Take an assessor on for this round. Raises RuleBroken."""
        self._must_be("submitted", "in-review", does="it can be reviewed")
        if assessor in self.panel.values():
            raise RuleBroken("already-reviewing", "this assessor is, or was, on this round")
        if len(self.open_reviews) >= self._reviews_still_needed(definition):
            raise RuleBroken("enough-assessors", "this round has all the assessors that it needs")
        self.record(self.ReviewOpened, context, review=review, assessor=assessor)

    def leave_review(self, context: Context, review: UUID) -> None:
        """An assessor steps back."""
        self.record(self.ReviewLeft, context, review=review)

    def set_aside(self, context: Context, review: UUID) -> None:
        """A verdict is in that does not count: the place is free for another. Raises RuleBroken."""
        self._must_be("in-review", does=_RECORDED)
        self.record(self.ReviewLeft, context, review=review)

    def give_verdict(
        self, context: Context, review: UUID, verdict: Verdict, definition: Definition
    ) -> None:
        """Record one assessor's verdict, and the outcome once all that are needed are in."""
        self._must_be("in-review", does=_RECORDED)
        self.record(self.VerdictGiven, context, review=review, verdict=verdict)
        if self._reviews_still_needed(definition) == 0:
            self._decide(context, definition)

    def withdraw(self, context: Context) -> None:
        """Raises RuleBroken after a decision."""
        self._must_be("draft", "submitted", "in-review", "returned", does="it can be withdrawn")
        self.record(self.Withdrawn, context)

    def appeal(self, context: Context, grounds: Sealed) -> None:
        """Ask for the refusal to be looked at again; once. Raises RuleBroken."""
        self._must_be("not-accepted", does="it can be appealed")
        self.record(self.Appealed, context, grounds=grounds)

    def decide_appeal(self, context: Context, overturn: bool, reason: Sealed) -> None:
        """Raises RuleBroken, also when the decider was on the panel."""
        self._must_be("appealed", does="an appeal can be decided")
        if context.caller.person in self.assessors:
            raise RuleBroken("was-on-the-panel", "an appeal goes to somebody not on the panel")
        event = self.AppealOverturned if overturn else self.AppealUpheld
        self.record(event, context, reason=reason)

    def must_be_accepted(self) -> None:
        """Raises RuleBroken unless accepted: hours or goodwill never suffice."""
        self._must_be("accepted", does="it can be awarded", code="competency-not-demonstrated")

    def awarded(self, context: Context, award: UUID) -> None:
        """Raises RuleBroken unless accepted."""
        self.must_be_accepted()
        self.record(self.Awarded, context, award=award)

    def _reviews_still_needed(self, definition: Definition) -> int:
        """One or two verdicts, and a third where two disagree."""
        given = list(self.verdicts.values())
        needed: int = definition.reviews_required
        if len(given) == 2 and len(set(given)) == 2:
            needed = 3
        return max(0, needed - len(given))

    def _decide(self, context: Context, definition: Definition) -> None:
        passes = list(self.verdicts.values()).count("pass")
        if passes * 2 > len(self.verdicts):
            self.record(self.Accepted, context, round=self.round)
        elif self.round < definition.rounds_allowed:
            self.record(self.Returned, context, round=self.round)
        else:
            self.record(self.NotAccepted, context, round=self.round)

    def _must_be(self, *states: State, does: str, code: str = "wrong-state") -> None:
        if self.state not in states:
            allowed = " or ".join(states)
            raise RuleBroken(code, f"the submission is {self.state}; {does} when it is {allowed}")
