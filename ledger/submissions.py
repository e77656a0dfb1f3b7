"""Submission: evidence in rounds, from draft to award.

draft → submitted → in review → (returned → submitted …) → accepted → awarded
withdrawn from any state before a decision;
not accepted → appealed → upheld | overturned (which accepts it)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from keys.vault import Sealed
from ledger.achievements import Definition
from ledger.errors import NotPermitted, RuleBroken
from ledger.record import Act, Record

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

ATTESTATION = (
    "This is my own work from my own practice. It shows no student's name, face or number "
    "without the family's written consent."
)
"""What an educator affirms with every round."""


@dataclass(frozen=True)
class EvidenceItem:
    """A part's evidence: where its sealed bytes are, and what is known of them in clear."""

    part: str
    media_type: str
    size: int
    object: str
    digest: str
    name: Sealed


class Submission(Record):
    """One educator's way to one micro-credential."""

    class Drafted(Record.Created):
        educator: UUID
        campus: UUID
        micro_credential: UUID
        number: int

    class EvidenceAdded(Record.Event):
        part: str
        media_type: str
        size: int
        object: str
        digest: str
        name: Sealed

        def apply(self, submission: Submission) -> None:
            submission.evidence[self.part] = EvidenceItem(
                self.part, self.media_type, self.size, self.object, self.digest, self.name
            )

    class Submitted(Record.Event):
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

    class ReviewOpened(Record.Event):
        review: UUID
        assessor: UUID

        def apply(self, submission: Submission) -> None:
            submission.state = "in-review"
            submission.panel[self.review] = self.assessor
            submission.open_reviews.add(self.review)
            submission.assessors.add(self.assessor)

    class ReviewLeft(Record.Event):
        review: UUID

        def apply(self, submission: Submission) -> None:
            submission.open_reviews.remove(self.review)

    class VerdictGiven(Record.Event):
        review: UUID
        verdict: Verdict

        def apply(self, submission: Submission) -> None:
            submission.open_reviews.remove(self.review)
            submission.verdicts[self.review] = self.verdict
            submission.reviewed.append(self.review)

    class Returned(Record.Event):
        round: int

        def apply(self, submission: Submission) -> None:
            submission.state = "returned"

    class Accepted(Record.Event):
        round: int

        def apply(self, submission: Submission) -> None:
            submission.state = "accepted"

    class NotAccepted(Record.Event):
        round: int

        def apply(self, submission: Submission) -> None:
            submission.state = "not-accepted"

    class Withdrawn(Record.Event):
        def apply(self, submission: Submission) -> None:
            submission.state = "withdrawn"

    class Appealed(Record.Event):
        grounds: Sealed

        def apply(self, submission: Submission) -> None:
            submission.state = "appealed"

    class AppealUpheld(Record.Event):
        reason: Sealed

        def apply(self, submission: Submission) -> None:
            submission.state = "upheld"

    class AppealOverturned(Record.Event):
        reason: Sealed

        def apply(self, submission: Submission) -> None:
            submission.state = "accepted"

    class Awarded(Record.Event):
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
        self.panel: dict[UUID, UUID] = {}
        self.open_reviews: set[UUID] = set()
        self.verdicts: dict[UUID, Verdict] = {}
        self.reviewed: list[UUID] = []
        self.assessors: set[UUID] = set()

    @classmethod
    def start(cls, act: Act, educator: UUID, campus: UUID, micro: UUID, number: int) -> Self:
        """An empty draft on version ``number`` of a micro-credential."""
        return cls.begin(
            cls.Drafted,
            act,
            act.new_id(),
            educator=educator,
            campus=campus,
            micro_credential=micro,
            number=number,
        )

    def must_be_of(self, person: UUID | None) -> None:
        """Raises NotPermitted unless ``person`` is the educator."""
        if person != self.educator:
            raise NotPermitted("only the educator may do this with a submission")

    def add_evidence(self, act: Act, item: EvidenceItem) -> None:
        """Add or replace a part's evidence. A round's evidence is fixed once submitted."""
        self._must_be("draft", "returned", does="evidence can be changed")
        self.happened(
            self.EvidenceAdded,
            act,
            part=item.part,
            media_type=item.media_type,
            size=item.size,
            object=item.object,
            digest=item.digest,
            name=item.name,
        )

    def submit(self, act: Act, definition: Definition, statement: Sealed | None) -> None:
        """Begin the next round with the evidence as it is. Raises RuleBroken."""
        self._must_be("draft", "returned", does="it can be submitted")
        missing = [p.id for p in definition.parts if p.required and p.id not in self.evidence]
        if missing:
            raise RuleBroken(
                "parts-missing", f"these parts are still missing: {', '.join(missing)}"
            )
        self.happened(
            self.Submitted,
            act,
            round=self.round + 1,
            attestation=ATTESTATION,
            digests={part: item.digest for part, item in sorted(self.evidence.items())},
            statement=statement,
        )

    def open_review(self, act: Act, review: UUID, assessor: UUID, definition: Definition) -> None:
        """Take an assessor on for this round. Raises RuleBroken."""
        self._must_be("submitted", "in-review", does="it can be reviewed")
        if assessor in self.panel.values():
            raise RuleBroken("already-reviewing", "this assessor is, or was, on this round")
        if len(self.open_reviews) >= self._reviews_still_needed(definition):
            raise RuleBroken("enough-assessors", "this round has all the assessors that it needs")
        self.happened(self.ReviewOpened, act, review=review, assessor=assessor)

    def leave_review(self, act: Act, review: UUID) -> None:
        """An assessor steps back."""
        self.happened(self.ReviewLeft, act, review=review)

    def give_verdict(
        self, act: Act, review: UUID, verdict: Verdict, definition: Definition
    ) -> None:
        """Record one assessor's verdict, and the outcome once all that are needed are in."""
        self._must_be("in-review", does="a review can be recorded")
        self.happened(self.VerdictGiven, act, review=review, verdict=verdict)
        if self._reviews_still_needed(definition) == 0:
            self._decide(act, definition)

    def withdraw(self, act: Act) -> None:
        """Raises RuleBroken after a decision."""
        self._must_be("draft", "submitted", "in-review", "returned", does="it can be withdrawn")
        self.happened(self.Withdrawn, act)

    def appeal(self, act: Act, grounds: Sealed) -> None:
        """Ask for the refusal to be looked at again; once. Raises RuleBroken."""
        self._must_be("not-accepted", does="it can be appealed")
        self.happened(self.Appealed, act, grounds=grounds)

    def decide_appeal(self, act: Act, overturn: bool, reason: Sealed) -> None:
        """Raises RuleBroken, also when the decider was on the panel."""
        self._must_be("appealed", does="an appeal can be decided")
        if act.caller.person in self.assessors:
            raise RuleBroken("was-on-the-panel", "an appeal goes to somebody not on the panel")
        event = self.AppealOverturned if overturn else self.AppealUpheld
        self.happened(event, act, reason=reason)

    def awarded(self, act: Act, award: UUID) -> None:
        """Raises RuleBroken unless accepted: hours or goodwill never suffice."""
        self._must_be("accepted", does="it can be awarded", code="competency-not-demonstrated")
        self.happened(self.Awarded, act, award=award)

    def _reviews_still_needed(self, definition: Definition) -> int:
        """One or two verdicts, and a third where two disagree."""
        given = list(self.verdicts.values())
        needed: int = definition.reviews_required
        if len(given) == 2 and len(set(given)) == 2:
            needed = 3
        return max(0, needed - len(given))

    def _decide(self, act: Act, definition: Definition) -> None:
        passes = list(self.verdicts.values()).count("pass")
        if passes * 2 > len(self.verdicts):
            self.happened(self.Accepted, act, round=self.round)
        elif self.round < definition.rounds_allowed:
            self.happened(self.Returned, act, round=self.round)
        else:
            self.happened(self.NotAccepted, act, round=self.round)

    def _must_be(self, *states: State, does: str, code: str = "wrong-state") -> None:
        if self.state not in states:
            allowed = " or ".join(states)
            raise RuleBroken(code, f"the submission is {self.state}; {does} when it is {allowed}")
