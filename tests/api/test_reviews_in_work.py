"""A review as one goes: saved, sealed, left; for its assessor alone."""

from __future__ import annotations

import sqlite3
from uuid import UUID, uuid4

import pytest

from api.assessing import offers, open_evidence, open_reviews, take_next
from api.review_drafts import Draft
from api.reviews import review_in_work, save_draft, seal, step_back
from ledger.assessment import AppealRefusal, RecordReview, StepBack
from ledger.bus import Request
from ledger.context import Caller
from ledger.errors import Invalid, NotFound, NotPermitted, RuleBroken
from projections.assessment import readers
from tests.ledger.whole_log import examined
from tests.world import NOT_YET, PASS, WHY, World, definition

HALF = Draft({"practice": "shown"}, {"impact": "Show the work of the pupil called Zebedee."})


def taken(world: World, assessor: int = 0) -> UUID:
    return take_next(world.app, Request(world.assessors[assessor]), world.micro).id


def in_files(world: World, words: bytes) -> bool:
    files = world.app.settings.home.rglob("*")
    return any(words in file.read_bytes() for file in files if file.is_file())


def test_what_is_put_down_is_there_again_and_sealed(world: World) -> None:
    world.submitted()
    review, (own, other, *_) = taken(world), world.assessors
    save_draft(world.app, own, review, HALF)
    found = review_in_work(world.app, own, review)
    assert (found.draft.levels, found.draft.feedback) == (HALF.levels, HALF.feedback)
    assert found.draft.saved is not None
    assert not in_files(world, b"Zebedee")
    for stranger in (other, world.manager, world.educator, Caller(own.person, "educator", None)):
        with pytest.raises(NotFound):
            review_in_work(world.app, stranger, review)
        with pytest.raises(NotFound):
            save_draft(world.app, stranger, review, HALF)


def test_a_draft_takes_only_what_the_rubric_knows(world: World) -> None:
    world.submitted()
    own, review = world.assessors[0], taken(world)
    strange = Draft({"practice": "best", "other": "shown"}, {"other": "x", "impact": "  "})
    save_draft(world.app, own, review, strange)
    found = review_in_work(world.app, own, review).draft
    assert (found.levels, found.feedback) == ({}, {})
    with pytest.raises(Invalid):
        save_draft(world.app, own, review, Draft({}, {"impact": "x" * 4001}))


def test_a_draft_ends_when_the_review_is_sealed_or_left_by_whatever_way(world: World) -> None:
    people = [world.person("educator", world.campus) for _ in range(4)]
    for educator in people:
        world.submitted(educator)
    own = world.assessors[0]
    sealed, left, recorded, gone = (taken(world) for _ in range(4))
    for review in (sealed, left, recorded, gone):
        save_draft(world.app, own, review, Draft(NOT_YET, WHY))
    assert seal(world.app, Request(own), sealed).state == "returned"
    step_back(world.app, Request(own), left, conflict=True)
    world.do(own, RecordReview(review=recorded, levels=PASS, feedback={}))
    world.do(own, StepBack(review=gone))
    assert open_reviews(world.app, own) == []
    with sqlite3.connect(world.app.settings.home / "testamur-access.db") as connection:
        rows = connection.execute("SELECT count(*) FROM assessment_review_drafts").fetchone()
    connection.close()
    assert rows == (0,)
    with pytest.raises(RuleBroken, match="closed"):
        save_draft(world.app, own, sealed, HALF)
    with pytest.raises(NotFound):
        review_in_work(world.app, own, left)


def test_a_draft_is_forgotten_with_the_educator(world: World) -> None:
    world.submitted()
    review = taken(world)
    save_draft(world.app, world.assessors[0], review, HALF)
    world.forget(world.educator)
    assert world.app.drafts.find(review) == Draft()


def test_the_oldest_is_given_and_what_is_left_is_not_told(world: World) -> None:
    first, second = (world.person("educator", world.campus) for _ in range(2))
    submissions = [world.submitted(first), world.submitted(second)]
    own = world.assessors[0]
    (offer,) = offers(world.app, own)
    assert (offer.waiting, offer.micro_credential) == (2, world.micro)
    assert str(offer.due) == "2026-03-16", "ten weekdays after a Monday"
    given = [review_in_work(world.app, own, taken(world)).submission.id for _ in range(2)]
    assert given == submissions
    assert [each.submission for each in open_reviews(world.app, own)] == submissions
    words = []
    for micro in (world.micro, uuid4()):
        with pytest.raises(RuleBroken) as refused:
            take_next(world.app, Request(own), micro)
        words.append((refused.value.code, str(refused.value)))
    assert words[0] == words[1]
    with pytest.raises(NotPermitted):
        take_next(world.app, Request(world.educator), world.micro)


def test_the_first_opening_of_each_piece_by_each_reader_is_recorded(world: World) -> None:
    once = world.publish(definition(name="Once", rounds_allowed=1))
    submission = world.submitted(micro=once)
    own, other, *_ = world.assessors

    def opened(caller: Caller) -> bytes:
        file, _ = open_evidence(world.app, caller, submission, "reflection")
        return b"".join(file.read())

    def register() -> list[str]:
        with world.app.views.reading("evidence_readers") as connection:
            return [row.reader for row in readers.of_submission(connection, str(submission))]

    for stranger in (own, other, world.manager, world.administrator):
        with pytest.raises(NotFound):
            opened(stranger)
    opened(world.educator)
    assert register() == []
    review = take_next(world.app, Request(own), once).id
    assert [opened(own) for _ in range(3)] == [b"What changed: a lot."] * 3
    assert register() == [str(own.person)]
    with pytest.raises(NotFound):
        open_evidence(world.app, own, submission, "plan")
    world.do(own, RecordReview(review=review, levels=NOT_YET, feedback=dict(WHY)))
    world.do(world.educator, AppealRefusal(submission=submission, grounds="Look again."))
    opened(world.manager)
    assert register() == [str(own.person), str(world.manager.person)]
    assert world.read(world.manager, submission).grounds == "Look again."
    assert world.read(own, submission).grounds is None
    assert examined(world) == []
