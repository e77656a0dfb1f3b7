"""What a caller may read of submissions and evidence: the rules of blindness.

An assessor sees the work and not whose it is, nor what its files are called; nobody sees an
assessor's scores while the round is still being judged; evidence opens for its educator, for the
assessors of the submission, and for whoever decides on its appeal.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from keys.errors import KeysError
from keys.vault import Sealed, Vault
from ledger.assessment.openings import assesses, may_open
from ledger.assessment.promises import due_on
from ledger.assessment.reviews import Review
from ledger.assessment.submissions import EVIDENCE, EvidenceItem, State, Submission
from ledger.bus import Present
from ledger.context import Authority, Caller
from ledger.errors import NotFound
from ledger.files import ObjectStore
from ledger.people import Person
from ledger.policy import Policy
from ledger.sealed_files import OpenedFile
from ledger.store import EventStore
from ledger.text import Words
from ledger.value import Value

_BEING_JUDGED = {"submitted", "in-review"}
_NOT_YET_DECIDED = {"draft", "returned", *_BEING_JUDGED}


class EvidenceShown(Value):
    """``name`` and ``sha256`` are its educator's to see."""

    part: str
    media_type: str
    size: int
    name: str | None = None
    sha256: str | None = None


class ReviewShown(Value):
    id: UUID
    round: int
    verdict: str | None
    levels: dict[str, str]
    feedback: dict[str, Words]


class SubmissionShown(Value):
    """A submission as one caller may see it. ``due`` is the day by which its round is to be judged;
    ``grounds`` are those of an appeal, ``appeal_reason`` those of its decision."""

    id: UUID
    version: int
    state: State
    round: int
    micro_credential: UUID
    number: int
    submitted_on: datetime | None
    due: date | None
    educator: UUID | None
    evidence: tuple[EvidenceShown, ...]
    reviews: tuple[ReviewShown, ...]
    grounds: Words | None = None
    appeal_reason: Words | None = None


class Reading:
    """Answers from aggregates, with what is sealed opened for whoever may see it."""

    def __init__(
        self, store: EventStore, vault: Vault, evidence: ObjectStore, authority: Authority
    ) -> None:
        self._store = store
        self._vault = vault
        self._evidence = evidence
        self._authority = authority

    def submission(self, caller: Caller, policy: Policy, submission_id: UUID) -> SubmissionShown:
        """A submission, with the reviews of all rounds. Raises NotFound, also for a stranger."""
        submission = self._visible(caller, policy, submission_id)
        is_own = caller.person == submission.educator
        is_blind = self._is_blind(caller, submission)
        return SubmissionShown(
            id=submission.id,
            version=submission.version,
            state=submission.state,
            round=submission.round,
            micro_credential=submission.micro_credential,
            number=submission.number,
            submitted_on=submission.submitted_on,
            due=_due(submission, policy),
            educator=None if is_blind else submission.educator,
            evidence=tuple(self._shown(item, is_own) for item in submission.evidence.values()),
            reviews=tuple(
                self._review(review)
                for review in self._reviews(caller, submission)
                if _is_open_to(caller, review, submission)
            ),
            grounds=None if is_blind else self._words(submission.grounds),
            appeal_reason=None if is_blind else self._words(submission.appeal_reason),
        )

    def educator_of(self, submission_id: UUID) -> UUID:
        """Whose data key seals what is said of a submission; for nobody's eyes."""
        return self._store.read(Submission, submission_id, "submission").educator

    def evidence(
        self, caller: Caller, policy: Policy, submission_id: UUID, part: str
    ) -> tuple[OpenedFile, EvidenceItem]:
        """One part's evidence, to be read in pieces. Raises NotFound."""
        submission = self._visible(caller, policy, submission_id)
        item = submission.evidence.get(part)
        is_own = caller.person == submission.educator
        if item is None or not (is_own or self._may_open(caller, submission)):
            raise NotFound("evidence")
        return opened_evidence(self._vault, self._evidence, submission.educator, item), item

    def _visible(self, caller: Caller, policy: Policy, submission_id: UUID) -> Submission:
        submission = self._store.read(Submission, submission_id, "submission")
        path = self._authority.path(submission.campus)
        own = {
            "educator": caller.person == submission.educator,
            "assessor": caller.unit in path and self._assesses(caller, submission),
            "programme-manager": caller.unit in path,
        }
        if not policy.may(caller.role, "submission.read") or not own.get(caller.role):
            raise NotFound("submission")
        return submission

    def _assesses(self, caller: Caller, submission: Submission) -> bool:
        if caller.person is None:
            return False
        return assesses(Present(self._store), self._authority, caller.person, submission)

    def _may_open(self, caller: Caller, submission: Submission) -> bool:
        return may_open(Present(self._store), self._authority, caller, submission)

    def _may_assess(self, caller: Caller, submission: Submission) -> bool:
        if caller.person is None:
            return False
        path = self._authority.path(submission.campus)
        return self._store.read(Person, caller.person, "person").holds("assessor", path)

    def _is_blind(self, caller: Caller, submission: Submission) -> bool:
        """Whoever may assess never learns whose work it is, in no role, until it is decided: they
        could look first and claim it then."""
        if caller.role == "assessor":
            return True
        if caller.person == submission.educator or submission.state not in _NOT_YET_DECIDED:
            return False
        return self._may_assess(caller, submission)

    def sees_whose(self, caller: Caller, educator: UUID, campus: UUID, state: str) -> bool:
        """The same of a submission that is listed to a programme manager."""
        if caller.person is None or caller.person == educator or state not in _NOT_YET_DECIDED:
            return True
        person = self._store.read(Person, caller.person, "person")
        return not person.holds("assessor", self._authority.path(campus))

    def campus_of(self, submission: UUID) -> UUID:
        """Where a submission was made. Raises NotFound."""
        return self._store.read(Submission, submission, "submission").campus

    def _reviews(self, caller: Caller, submission: Submission) -> list[Review]:
        """Those that count; and one's own, which may not."""
        own = (review for review, whose in submission.panels.items() if whose == caller.person)
        ids = dict.fromkeys([*submission.reviewed, *own])
        reviews = [self._store.read(Review, review, "review") for review in ids]
        return [review for review in reviews if review.verdict is not None]

    def _review(self, review: Review) -> ReviewShown:
        opened = {name: self._vault.open(box) for name, box in review.feedback.items()}
        return ReviewShown(
            id=review.id,
            round=review.round,
            verdict=review.verdict,
            levels=review.levels,
            feedback={name: words.decode() for name, words in opened.items() if words is not None},
        )

    def _words(self, sealed: Sealed | None) -> str | None:
        words = None if sealed is None else self._vault.open(sealed)
        return None if words is None else words.decode()

    def _shown(self, item: EvidenceItem, is_own: bool) -> EvidenceShown:
        words = self._vault.open(item.name) if is_own else None
        described: dict[str, Any] = json.loads(words) if words else {}
        return EvidenceShown(
            part=item.part, media_type=item.media_type, size=item.size, **described
        )


def opened_evidence(
    vault: Vault, objects: ObjectStore, educator: UUID, item: EvidenceItem
) -> OpenedFile:
    """A piece of evidence, to be read in pieces. Raises NotFound, also when it was erased;
    KeysError when it is not what was sealed."""
    opened = OpenedFile.of(vault, objects, educator, EVIDENCE, item.object)
    if opened.size != item.size:
        raise KeysError(f"the file {item.object} has another size than was recorded")
    return opened


def _due(submission: Submission, policy: Policy) -> date | None:
    if submission.submitted_on is None or submission.state not in _BEING_JUDGED:
        return None
    return due_on(submission.submitted_on, policy.limits.review_days)


def _is_open_to(caller: Caller, review: Review, submission: Submission) -> bool:
    """One's own review always; another's of an earlier round unless one assesses, and of this
    round once it is decided."""
    if review.assessor == caller.person:
        return True
    if review.round < submission.round:
        return caller.role != "assessor"
    return submission.state not in _BEING_JUDGED
