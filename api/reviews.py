"""A review in work: what its assessor sees, puts down, seals, or leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from api.review_drafts import Draft
from api.wiring import Testamur
from ledger.assessment import (
    RecordReview,
    Review,
    ReviewRecorded,
    StepBack,
    SubmissionShown,
    Verdict,
    verdict_of,
)
from ledger.bus import Request
from ledger.catalogue import Definition, MicroCredential
from ledger.context import Caller
from ledger.errors import Invalid, NotFound, RuleBroken

_WORDS = 4000


@dataclass(frozen=True)
class ReviewInWork:
    """A review as its assessor sees it, with the work and the rubric, and what they put down."""

    id: UUID
    is_open: bool
    submission: SubmissionShown
    definition: Definition
    draft: Draft


def review_in_work(app: Testamur, caller: Caller, review_id: UUID) -> ReviewInWork:
    """One's own review. Raises NotFound for anybody else's, and where one assesses no more."""
    review = _own(app, caller, review_id)
    shown = app.reading.submission(caller, app.bus.policy(), review.submission)
    micro = app.store.read(MicroCredential, shown.micro_credential, "micro-credential")
    is_open = review.verdict is None and not review.is_recused
    return ReviewInWork(
        id=review.id,
        is_open=is_open and shown.state == "in-review",
        submission=shown,
        definition=micro.published(shown.number),
        draft=app.drafts.find(review.id) if is_open else Draft(),
    )


def save_draft(app: Testamur, caller: Caller, review_id: UUID, draft: Draft) -> ReviewInWork:
    """Keep what one has put down so far; what is no criterion or level of the rubric is left out.
    Gives the review with what was kept.

    Raises NotFound; RuleBroken once the review is over; Invalid for more words than a feedback has.
    """
    found = review_in_work(app, caller, review_id)
    if not found.is_open:
        raise RuleBroken("review-closed", "this review is closed")
    rubric = {each.id: {level.id for level in each.levels} for each in found.definition.rubric}
    if any(len(words) > _WORDS for words in draft.feedback.values()):
        raise Invalid("reason-missing", f"feedback has at most {_WORDS} characters")
    levels = {c: level for c, level in draft.levels.items() if level in rubric.get(c, ())}
    feedback = {c: words for c, words in draft.feedback.items() if c in rubric and words.strip()}
    review = _own(app, caller, review_id)
    educator = app.reading.educator_of(review.submission)
    kept = Draft(levels, feedback, app.clock())
    app.drafts.save(review.id, review.assessor, educator, kept, app.clock())
    return replace(found, draft=kept)


def missing(definition: Definition, draft: Draft) -> list[tuple[str, Literal["level", "feedback"]]]:
    """What a draft still lacks, in the order of the rubric: a criterion, and what of it."""
    found: list[tuple[str, Literal["level", "feedback"]]] = []
    for criterion in definition.rubric:
        level = draft.levels.get(criterion.id)
        if level is None:
            found.append((criterion.id, "level"))
        elif not criterion.is_met_at(level) and criterion.id not in draft.feedback:
            found.append((criterion.id, "feedback"))
    return found


def would_be(definition: Definition, draft: Draft) -> Verdict:
    """The verdict that follows from a draft that lacks nothing. Raises Invalid."""
    return verdict_of(definition, draft.levels, draft.feedback)


def seal(app: Testamur, asked: Request, review_id: UUID) -> ReviewRecorded:
    """Record the review as it was put down, and end its draft. Raises LedgerError."""
    draft = app.drafts.find(review_id)
    command = RecordReview(
        review=review_id, levels=dict(draft.levels), feedback=dict(draft.feedback)
    )
    recorded = app.bus.execute(asked, command)
    app.drafts.end(review_id)
    return recorded


def step_back(app: Testamur, asked: Request, review_id: UUID, *, conflict: bool) -> None:
    """Leave a review, and end its draft. Raises LedgerError."""
    app.bus.execute(asked, StepBack(review=review_id, conflict=conflict))
    app.drafts.end(review_id)


def _own(app: Testamur, caller: Caller, review_id: UUID) -> Review:
    review = app.store.read(Review, review_id, "review")
    if review.assessor != caller.person or caller.role != "assessor":
        raise NotFound("review")
    return review
