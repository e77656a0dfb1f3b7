"""Commands of assessors: take a submission on, score it, or step back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ledger.commands.desk import Desk, Outcome, command
from ledger.commands.submissions import definition
from ledger.errors import NotPermitted
from ledger.people import Person
from ledger.record import Act
from ledger.reviews import Review, must_be_impartial, verdict_of
from ledger.submissions import Submission
from ledger.text import Words


@dataclass(frozen=True)
class Reviews:
    desk: Desk

    @command("review.claim")
    def claim(self, act: Act, submission_id: UUID) -> Outcome:
        """An assessor takes a submission from the queue."""
        if act.caller.person is None:
            raise NotPermitted("only a person may do this")
        return self._open(act, "review.claim", submission_id, act.caller.person)

    @command("review.assign")
    def assign(self, act: Act, submission_id: UUID, assessor: UUID) -> Outcome:
        """A programme manager gives a submission to an assessor."""
        return self._open(act, "review.assign", submission_id, assessor)

    @command("review.record")
    def record(
        self, act: Act, review_id: UUID, levels: Mapping[str, str], feedback: Mapping[str, Words]
    ) -> Outcome:
        """Seal the scores; with the last one that is needed, the outcome follows.

        ``levels`` maps each criterion to a level, ``feedback`` a criterion to words, which a
        criterion below the bar needs.
        """
        review, submission = self._own(act, review_id)
        version = definition(self.desk, submission)
        verdict = verdict_of(version, dict(levels), dict(feedback))
        words = json.dumps(dict(feedback), ensure_ascii=False, sort_keys=True)
        sealed = self.desk.seal_text(submission.educator, "review.feedback", words)
        review.complete(act, dict(levels), verdict, sealed)
        submission.give_verdict(act, review.id, verdict, version)
        return Outcome.of(review, submission, verdict=verdict, state=submission.state)

    @command("review.recuse")
    def recuse(self, act: Act, review_id: UUID, conflict: bool = False) -> Outcome:
        """Step back before scoring; with ``conflict``, for good from this educator's work."""
        review, submission = self._own(act, review_id)
        review.recuse(act)
        submission.leave_review(act, review.id)
        if not conflict:
            return Outcome.of(review, submission)
        person = self.desk.person(review.assessor)
        person.declare_conflict(act, submission.educator)
        return Outcome.of(review, submission, person)

    def _open(self, act: Act, action: str, submission_id: UUID, assessor_id: UUID) -> Outcome:
        submission = self.desk.store.load(Submission, submission_id, "submission")
        self.desk.authorize(act, action, submission.campus)
        self.desk.store.look(Person, submission.educator, "person").must_remain()
        assessor = self.desk.store.look(Person, assessor_id, "person")
        must_be_impartial(
            assessor=assessor_id,
            qualified_for=assessor.qualified_for,
            conflicts=assessor.conflicts,
            submission=submission,
        )
        review = Review.open(act, submission, assessor_id)
        submission.open_review(act, review.id, assessor_id, definition(self.desk, submission))
        return Outcome((submission, review), {"id": str(review.id), "version": review.version})

    def _own(self, act: Act, review_id: UUID) -> tuple[Review, Submission]:
        review = self.desk.store.load(Review, review_id, "review")
        review.must_be_of(act.caller.person)
        submission = self.desk.store.load(Submission, review.submission, "submission")
        self.desk.authorize(act, "review.record", submission.campus)
        return review, submission
