"""What a caller may read of submissions and evidence: the rules of blindness.

An assessor sees the work and not whose it is; nobody sees an assessor's scores while the round
is still being judged; evidence opens for its educator and for the assessors of the submission.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger.commands.desk import Desk
from ledger.commands.submissions import opened_evidence
from ledger.errors import NotFound
from ledger.permissions import may
from ledger.record import Caller
from ledger.reviews import Review
from ledger.submissions import EvidenceItem, Submission

_BEING_JUDGED = {"submitted", "in-review"}


@dataclass(frozen=True)
class Reading:
    desk: Desk

    def submission(self, caller: Caller, submission_id: UUID) -> dict[str, Any]:
        """A submission as this caller may see it, with the reviews of all rounds.

        Raises NotFound, also for a stranger.
        """
        submission = self._visible(caller, submission_id)
        view: dict[str, Any] = {
            "id": str(submission.id),
            "version": submission.version,
            "state": submission.state,
            "round": submission.round,
            "microCredential": str(submission.micro_credential),
            "number": submission.number,
            "evidence": [self._described(i) for i in submission.evidence.values()],
            "reviews": [
                self._review(review)
                for review in self._reviews(submission)
                if _is_open_to(caller, review, submission)
            ],
        }
        if caller.role != "assessor":
            view["educator"] = str(submission.educator)
        return view

    def evidence(self, caller: Caller, submission_id: UUID, part: str) -> tuple[bytes, str]:
        """The bytes of one part's evidence, and their media type. Raises NotFound."""
        submission = self._visible(caller, submission_id)
        item = submission.evidence.get(part)
        if item is None or caller.person not in {submission.educator, *submission.assessors}:
            raise NotFound("evidence")
        return opened_evidence(self.desk, submission.educator, item.object), item.media_type

    def _visible(self, caller: Caller, submission_id: UUID) -> Submission:
        submission = self.desk.store.load(Submission, submission_id, "submission")
        own = {
            "educator": caller.person == submission.educator,
            "assessor": caller.person in submission.assessors,
            "programme-manager": caller.unit in self.desk.path(submission.campus),
        }
        if not may(caller.role, "submission.read") or not own[caller.role]:
            raise NotFound("submission")
        return submission

    def _reviews(self, submission: Submission) -> list[Review]:
        return [self.desk.store.look(Review, review, "review") for review in submission.reviewed]

    def _review(self, review: Review) -> dict[str, Any]:
        words = self.desk.vault.open(review.feedback) if review.feedback else None
        return {
            "id": str(review.id),
            "round": review.round,
            "verdict": review.verdict,
            "levels": review.levels,
            "feedback": json.loads(words) if words else {},
        }

    def _described(self, item: EvidenceItem) -> dict[str, Any]:
        words = self.desk.vault.open(item.name)
        described = json.loads(words) if words else {"name": None, "sha256": None}
        return {
            "part": item.part,
            "mediaType": item.media_type,
            "size": item.size,
            **described,
        }


def _is_open_to(caller: Caller, review: Review, submission: Submission) -> bool:
    """One's own review always; another's of an earlier round unless one assesses, and of this
    round once it is decided."""
    if review.assessor == caller.person:
        return True
    if review.round < submission.round:
        return caller.role != "assessor"
    return submission.state not in _BEING_JUDGED
