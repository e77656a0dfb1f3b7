"""Submissions and their reviews."""

from __future__ import annotations

from typing import Any

from ledger.achievements import MicroCredential
from ledger.audit.examiner import Examiner, redo
from ledger.audit.rules.words import definition, must, sealed_for
from ledger.people import Person
from ledger.record import Act
from ledger.reviews import Review, must_be_impartial, verdict_of
from ledger.submissions import EvidenceItem, Submission


@redo(Submission.Drafted)
def _(x: Examiner, _record: None, e: Submission.Drafted, act: Act) -> Submission:
    x.authority.authorize(act, "submission.draft", e.campus)
    must(e.educator == act.caller.person, "a submission is drafted by its educator")
    micro = x.history.look(MicroCredential, e.micro_credential, "micro-credential")
    micro.version_open_to_submissions(e.number)
    return Submission.start(act, e.educator, e.campus, e.micro_credential, e.number)


@redo(Submission.EvidenceAdded)
def _(x: Examiner, submission: Submission, e: Submission.EvidenceAdded, act: Act) -> Submission:
    _own(x, act, submission, "submission.edit")
    definition(x, submission).part(e.part)
    sealed_for(e.name, submission.educator)
    submission.add_evidence(
        act, EvidenceItem(e.part, e.media_type, e.size, e.object, e.digest, e.name)
    )
    return submission


@redo(Submission.Submitted)
def _(x: Examiner, submission: Submission, e: Submission.Submitted, act: Act) -> Submission:
    _own(x, act, submission, "submission.edit")
    micro = x.history.look(MicroCredential, submission.micro_credential, "micro-credential")
    sealed_for(e.statement, submission.educator)
    submission.submit(act, micro.version_open_to_submissions(submission.number), e.statement)
    return submission


@redo(Submission.ReviewOpened)
def _(x: Examiner, submission: Submission, e: Submission.ReviewOpened, act: Act) -> Submission:
    must(act.command in ("review.claim", "review.assign"), "no command opens a review so")
    x.authority.authorize(act, act.command, submission.campus)
    must(act.command == "review.assign" or act.caller.person == e.assessor, "not the claimant")
    x.history.look(Person, submission.educator, "person").must_remain()
    assessor = x.history.look(Person, e.assessor, "person")
    must_be_impartial(
        assessor=e.assessor,
        qualified_for=assessor.qualified_for,
        conflicts=assessor.conflicts,
        submission=submission,
    )
    submission.open_review(act, e.review, e.assessor, definition(x, submission))
    x.owe("review", e.review)
    return submission


@redo(Submission.ReviewLeft)
def _(x: Examiner, submission: Submission, e: Submission.ReviewLeft, act: Act) -> Submission:
    x.settle("step back", e.review)
    submission.leave_review(act, e.review)
    return submission


@redo(Submission.VerdictGiven)
def _(x: Examiner, submission: Submission, e: Submission.VerdictGiven, act: Act) -> Submission:
    x.settle("verdict", e.review, e.verdict)
    submission.give_verdict(act, e.review, e.verdict, definition(x, submission))
    return submission


@redo(Submission.Withdrawn)
def _(x: Examiner, submission: Submission, _e: Submission.Withdrawn, act: Act) -> Submission:
    _own(x, act, submission, "submission.edit")
    submission.withdraw(act)
    return submission


@redo(Submission.Appealed)
def _(x: Examiner, submission: Submission, e: Submission.Appealed, act: Act) -> Submission:
    _own(x, act, submission, "submission.appeal")
    submission.appeal(act, e.grounds)
    return submission


@redo(Submission.AppealUpheld)
@redo(Submission.AppealOverturned)
def _(x: Examiner, submission: Submission, e: Any, act: Act) -> Submission:
    x.authority.authorize(act, "appeal.decide", submission.campus)
    submission.decide_appeal(act, isinstance(e, Submission.AppealOverturned), e.reason)
    return submission


@redo(Submission.Awarded)
def _(x: Examiner, submission: Submission, e: Submission.Awarded, act: Act) -> Submission:
    x.authority.authorize(act, "award.issue", submission.campus)
    took_part = act.caller.person in {submission.educator, *submission.assessors}
    must(not took_part, "who awards is neither educator nor assessor")
    submission.awarded(act, e.award)
    x.granted[e.award] = submission.id
    x.owe("award", e.award)
    return submission


@redo(Review.Opened)
def _(x: Examiner, _record: None, e: Review.Opened, act: Act) -> Review:
    x.settle("review", e.originator_id)
    submission = x.history.look(Submission, e.submission, "submission")
    return Review.open(act, submission, submission.panel[e.originator_id])


@redo(Review.Completed)
def _(x: Examiner, review: Review, e: Review.Completed, act: Act) -> Review:
    submission = _reviewed(x, act, review)
    words = dict.fromkeys(e.levels, "sealed, so not seen here")
    verdict = verdict_of(definition(x, submission), e.levels, words)
    sealed_for(e.feedback, submission.educator)
    review.complete(act, e.levels, verdict, e.feedback)
    x.owe("verdict", review.id, verdict)
    return review


@redo(Review.Recused)
def _(x: Examiner, review: Review, _e: Review.Recused, act: Act) -> Review:
    _reviewed(x, act, review)
    review.recuse(act)
    x.owe("step back", review.id)
    return review


def _own(x: Examiner, act: Act, submission: Submission, action: str) -> None:
    submission.must_be_of(act.caller.person)
    x.authority.authorize(act, action, submission.campus)


def _reviewed(x: Examiner, act: Act, review: Review) -> Submission:
    review.must_be_of(act.caller.person)
    submission = x.history.look(Submission, review.submission, "submission")
    x.authority.authorize(act, "review.record", submission.campus)
    return submission
