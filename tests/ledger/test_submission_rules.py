"""The rules of a submission's life, each kept by a command and leaving no event when broken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest

from ledger.bus import Request
from ledger.errors import Invalid, LedgerError, NotPermitted, RuleBroken
from ledger.people import NETWORK_ID
from ledger.assessment import Submission
from tests.world import NOT_YET, PASS, WHY, World, definition


@contextmanager
def refused(world: World, code: str, kind: type[LedgerError] = RuleBroken) -> Iterator[None]:
    before = world.app.store.position()
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code
    assert world.app.store.position() == before, "a refused command recorded an event"


def state(world: World, submission: UUID) -> str:
    return world.app.store.load(Submission, submission, "submission").state


def test_a_pass_is_accepted_and_can_be_awarded(world: World) -> None:
    submission = world.accepted()
    assert state(world, submission) == "accepted"
    world.do.awards.issue(Order(world.manager), submission)
    assert state(world, submission) == "awarded"


def test_not_yet_returns_it_and_a_new_round_keeps_the_evidence(world: World) -> None:
    submission = world.submitted()
    assert world.review(submission, meets=False)["state"] == "returned"
    world.do.submissions.submit(Order(world.educator), submission, True)
    assert world.review(submission)["state"] == "accepted"


def test_the_last_round_ends_in_not_accepted(world: World) -> None:
    micro = world.publish(definition(rounds_allowed=1))
    submission = world.submitted(micro=micro)
    assert world.review(submission, meets=False)["state"] == "not-accepted"
    with refused(world, "wrong-state"):
        world.do.submissions.submit(Order(world.educator), submission, True)


def test_nothing_is_awarded_that_was_not_accepted(world: World) -> None:
    submission = world.submitted()
    with refused(world, "competency-not-demonstrated"):
        world.do.awards.issue(Order(world.manager), submission)


def test_who_awards_took_no_part(world: World) -> None:
    submission = world.accepted()
    assessor = world.assessors[0]
    assert assessor.person is not None
    world.do.people.grant_role(
        Order(world.administrator), assessor.person, "programme-manager", NETWORK_ID
    )
    both = type(assessor)(assessor.person, "programme-manager", NETWORK_ID)
    with refused(world, "awarder-took-part"):
        world.do.awards.issue(Order(both), submission)


def test_one_live_award_for_a_person_and_micro_credential(world: World) -> None:
    award = world.award()
    again = world.accepted()
    with refused(world, "award-already-live"):
        world.do.awards.issue(Order(world.manager), again)
    world.do.awards.revoke(Order(world.manager), award, "issued-in-error", "A mistake.")
    world.do.awards.issue(Order(world.manager), again)


def test_a_retired_version_takes_no_more_submissions(world: World) -> None:
    draft = world.draft()
    world.do.micro_credentials.retire(Order(world.manager), world.micro, 1)
    with refused(world, "version-retired"):
        world.do.submissions.submit(Order(world.educator), draft, True)
    with refused(world, "version-retired"):
        world.do.submissions.draft(Order(world.educator), world.micro, 1)


def test_what_was_submitted_before_a_version_retired_can_still_be_awarded(world: World) -> None:
    submission = world.submitted()
    world.do.micro_credentials.retire(Order(world.manager), world.micro, 1)
    world.review(submission)
    world.do.awards.issue(Order(world.manager), submission)


def test_an_assessor_never_reviews_their_own_work(world: World) -> None:
    assessor = world.assessors[0]
    assert assessor.person is not None
    world.do.people.grant_role(
        Order(world.administrator), assessor.person, "educator", world.campus
    )
    submission = world.submitted(type(assessor)(assessor.person, "educator", world.campus))
    with refused(world, "own-work"):
        world.do.reviews.claim(Order(assessor), submission)
    with refused(world, "own-work"):
        world.do.reviews.assign(Order(world.manager), submission, assessor.person)


def test_an_unqualified_assessor_is_refused(world: World) -> None:
    stranger = world.person("assessor", NETWORK_ID)
    submission = world.submitted()
    with refused(world, "not-qualified"):
        world.do.reviews.claim(Order(stranger), submission)


def test_a_declared_conflict_binds(world: World) -> None:
    submission = world.submitted()
    assessor = world.assessors[0]
    assert world.educator.person is not None
    world.do.people.declare_conflict(Order(assessor), world.educator.person)
    with refused(world, "conflict-of-interest"):
        world.do.reviews.claim(Order(assessor), submission)


def test_stepping_back_with_a_conflict_frees_the_place_and_binds(world: World) -> None:
    submission = world.submitted()
    order = Order(world.assessors[0])
    review = UUID(world.do.reviews.claim(order, submission)["id"])
    world.do.reviews.recuse(order, review, conflict=True)
    with refused(world, "review-closed"):
        world.do.reviews.record(order, review, PASS, {})
    with refused(world, "conflict-of-interest"):
        world.do.reviews.claim(order, submission)
    assert world.review(submission, assessor=1)["state"] == "accepted"


def test_two_assessors_and_a_third_where_they_disagree(world: World) -> None:
    micro = world.publish(definition(reviews_required=2))
    submission = world.submitted(micro=micro)
    assert world.review(submission, 0)["state"] == "in-review"
    with refused(world, "already-reviewing"):
        world.do.reviews.claim(Order(world.assessors[0]), submission)
    assert world.review(submission, 1, meets=False)["state"] == "in-review"
    with refused(world, "already-reviewing"):
        world.do.reviews.claim(Order(world.assessors[1]), submission)
    assert world.review(submission, 2)["state"] == "accepted"


def test_two_that_agree_need_no_third(world: World) -> None:
    micro = world.publish(definition(reviews_required=2))
    submission = world.submitted(micro=micro)
    for assessor in (0, 1):
        world.do.reviews.claim(Order(world.assessors[assessor]), submission)
    with refused(world, "enough-assessors"):
        world.do.reviews.claim(Order(world.assessors[2]), submission)


def test_neither_assessor_sees_the_others_scores_until_both_are_in(world: World) -> None:
    micro = world.publish(definition(reviews_required=2))
    submission = world.submitted(micro=micro)
    second = world.assessors[1]
    review = UUID(world.do.reviews.claim(Order(second), submission)["id"])
    world.review(submission, 0)
    for who in (second, world.educator, world.manager):
        assert world.do.reading.submission(who, submission)["reviews"] == []
    assert len(world.do.reading.submission(world.assessors[0], submission)["reviews"]) == 1
    world.do.reviews.record(Order(second), review, PASS, {})
    assert len(world.do.reading.submission(second, submission)["reviews"]) == 2


def test_feedback_of_earlier_rounds_stays_with_the_educator_only(world: World) -> None:
    submission = world.submitted()
    world.review(submission, 0, meets=False)
    world.do.submissions.submit(Order(world.educator), submission, True)
    world.do.reviews.claim(Order(world.assessors[1]), submission)
    seen = world.do.reading.submission(world.educator, submission)["reviews"]
    assert [review["feedback"] for review in seen] == [WHY]
    assert world.do.reading.submission(world.assessors[1], submission)["reviews"] == []
    assert len(world.do.reading.submission(world.assessors[0], submission)["reviews"]) == 1


def test_an_assessor_does_not_see_whose_work_it_is(world: World) -> None:
    submission = world.submitted()
    world.do.reviews.claim(Order(world.assessors[0]), submission)
    assert "educator" not in world.do.reading.submission(world.assessors[0], submission)
    assert "educator" in world.do.reading.submission(world.educator, submission)


def test_below_the_bar_needs_feedback(world: World) -> None:
    submission = world.submitted()
    order = Order(world.assessors[0])
    review = UUID(world.do.reviews.claim(order, submission)["id"])
    with refused(world, "feedback-missing", Invalid):
        world.do.reviews.record(order, review, NOT_YET, {"practice": "Fine."})
    with refused(world, "feedback-missing", Invalid):
        world.do.reviews.record(order, review, NOT_YET, {"impact": "  "})
    assert world.do.reviews.record(order, review, NOT_YET, WHY)["verdict"] == "not-yet"


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ({"practice": "shown"}, "criteria-missing"),
        ({**PASS, "style": "shown"}, "unknown-criterion"),
        ({**PASS, "impact": "superb"}, "unknown-level"),
    ],
)
def test_scores_must_fit_the_rubric(world: World, levels: dict[str, str], code: str) -> None:
    submission = world.submitted()
    order = Order(world.assessors[0])
    review = UUID(world.do.reviews.claim(order, submission)["id"])
    with refused(world, code, Invalid):
        world.do.reviews.record(order, review, levels, {})


def test_evidence_is_fixed_once_submitted(world: World) -> None:
    submission = world.submitted()
    with refused(world, "wrong-state"):
        world.do.submissions.add_evidence(
            Order(world.educator), submission, "reflection", "r.txt", "text/plain", b"Other words."
        )


def test_required_parts_and_the_attestation_must_be_there(world: World) -> None:
    own = Order(world.educator)
    submission = UUID(world.do.submissions.draft(own, world.micro, 1)["id"])
    with refused(world, "parts-missing"):
        world.do.submissions.submit(own, submission, True)
    complete = world.draft()
    with refused(world, "not-attested", Invalid):
        world.do.submissions.submit(own, complete, False)


def test_only_the_educator_touches_a_submission(world: World) -> None:
    other = world.person("educator", world.campus)
    submission = world.draft()
    with refused(world, "not-permitted", NotPermitted):
        world.do.submissions.submit(Order(other), submission, True)
    with refused(world, "not-permitted", NotPermitted):
        world.do.submissions.withdraw(Order(world.manager), submission)


def test_an_appeal_is_decided_once_by_somebody_not_on_the_panel(world: World) -> None:
    micro = world.publish(definition(rounds_allowed=1))
    submission = world.submitted(micro=micro)
    world.review(submission, meets=False)
    world.do.submissions.appeal(Order(world.educator), submission, "The rubric was misread.")
    assessor = world.assessors[0]
    assert assessor.person is not None
    world.do.people.grant_role(
        Order(world.administrator), assessor.person, "programme-manager", NETWORK_ID
    )
    panel = type(assessor)(assessor.person, "programme-manager", NETWORK_ID)
    with refused(world, "was-on-the-panel"):
        world.do.submissions.decide_appeal(Order(panel), submission, True, "I was wrong.")
    world.do.submissions.decide_appeal(Order(world.manager), submission, True, "It was misread.")
    with refused(world, "wrong-state"):
        world.do.submissions.decide_appeal(Order(world.manager), submission, False, "Again.")
    world.do.awards.issue(Order(world.manager), submission)


def test_withdrawing_ends_it(world: World) -> None:
    submission = world.submitted()
    world.do.submissions.withdraw(Order(world.educator), submission)
    with refused(world, "wrong-state"):
        world.do.reviews.claim(Order(world.assessors[0]), submission)
