"""The rules of a submission's life, each kept by a command and leaving no event when broken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from pydantic import ValidationError

from ledger.assessment import (
    AddEvidence,
    AppealRefusal,
    AssignReview,
    ClaimReview,
    DecideAppeal,
    DeclareConflict,
    DisqualifyAssessor,
    DraftSubmission,
    QualifyAssessor,
    ReassignReview,
    RecordReview,
    StepBack,
    Submission,
    SubmitRound,
    WithdrawSubmission,
)
from ledger.awards import IssueAward, RevokeAward
from ledger.catalogue import RetireMicroCredential
from ledger.errors import Invalid, LedgerError, NotFound, NotPermitted, RuleBroken, StaleVersion
from ledger.people import NETWORK_ID, GrantRole, RoleWithin
from tests.ledger.whole_log import examined
from tests.world import NOT_YET, PASS, WHY, World, definition


@contextmanager
def refused(world: World, code: str, kind: type[LedgerError] = RuleBroken) -> Iterator[None]:
    before = world.app.store.position()
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code
    assert world.app.store.position() == before, "a refused command recorded an event"


def state(world: World, submission: UUID) -> str:
    return world.app.store.get(Submission, submission, "submission").state


def test_a_pass_is_accepted_and_can_be_awarded(world: World) -> None:
    submission = world.accepted()
    assert state(world, submission) == "accepted"
    world.do(world.manager, IssueAward(submission=submission))
    assert state(world, submission) == "awarded"


def test_not_yet_returns_it_and_a_new_round_keeps_the_evidence(world: World) -> None:
    submission = world.submitted()
    assert world.review(submission, meets=False).state == "returned"
    world.do(world.educator, SubmitRound(submission=submission, attested=True))
    assert world.review(submission).state == "accepted"


def test_the_last_round_ends_in_not_accepted(world: World) -> None:
    micro = world.publish(definition(rounds_allowed=1))
    submission = world.submitted(micro=micro)
    assert world.review(submission, meets=False).state == "not-accepted"
    with refused(world, "wrong-state"):
        world.do(world.educator, SubmitRound(submission=submission, attested=True))


def test_nothing_is_awarded_that_was_not_accepted(world: World) -> None:
    submission = world.submitted()
    with refused(world, "competency-not-demonstrated"):
        world.do(world.manager, IssueAward(submission=submission))


def test_who_awards_took_no_part(world: World) -> None:
    submission = world.accepted()
    assessor = world.assessors[0]
    assert assessor.person is not None
    world.do(
        world.administrator,
        GrantRole(
            person=assessor.person,
            role=RoleWithin.rebuilt(role="programme-manager", unit=NETWORK_ID),
        ),
    )
    both = type(assessor)(assessor.person, "programme-manager", NETWORK_ID)
    with refused(world, "awarder-took-part"):
        world.do(both, IssueAward(submission=submission))


def test_one_live_award_for_a_person_and_micro_credential(world: World) -> None:
    again = world.accepted()
    award = world.award()
    with refused(world, "award-already-live"):
        world.draft()  # the work need not be done for nothing
    with refused(world, "award-already-live"):
        world.do(world.manager, IssueAward(submission=again))
    world.do(world.manager, RevokeAward(award=award, reason="issued-in-error", note="A mistake."))
    world.do(world.manager, IssueAward(submission=again))


def test_a_retired_version_takes_no_more_submissions(world: World) -> None:
    draft = world.draft()
    world.do(world.manager, RetireMicroCredential(micro_credential=world.micro, number=1))
    with refused(world, "version-retired"):
        world.do(world.educator, SubmitRound(submission=draft, attested=True))
    with refused(world, "version-retired"):
        world.do(world.educator, DraftSubmission(micro_credential=world.micro, number=1))


def test_what_was_submitted_before_a_version_retired_can_still_be_awarded(world: World) -> None:
    submission = world.submitted()
    world.do(world.manager, RetireMicroCredential(micro_credential=world.micro, number=1))
    world.review(submission)
    world.do(world.manager, IssueAward(submission=submission))


def test_an_assessor_never_reviews_their_own_work(world: World) -> None:
    assessor = world.assessors[0]
    assert assessor.person is not None
    world.do(
        world.administrator,
        GrantRole(
            person=assessor.person, role=RoleWithin.rebuilt(role="educator", unit=world.campus)
        ),
    )
    submission = world.submitted(type(assessor)(assessor.person, "educator", world.campus))
    with refused(world, "own-work"):
        world.do(assessor, ClaimReview(submission=submission))
    with refused(world, "own-work"):
        world.do(world.manager, AssignReview(submission=submission, assessor=assessor.person))


def test_an_unqualified_assessor_is_refused(world: World) -> None:
    stranger = world.person("assessor", NETWORK_ID)
    submission = world.submitted()
    with refused(world, "not-qualified"):
        world.do(stranger, ClaimReview(submission=submission))


def test_who_is_qualified_no_more_finishes_what_they_began_and_takes_on_nothing(
    world: World,
) -> None:
    first, second = world.submitted(), world.submitted(world.person("educator", world.campus))
    assessor = world.assessors[0]
    assert assessor.person is not None
    review = world.do(assessor, ClaimReview(submission=first)).id
    ended = DisqualifyAssessor(person=assessor.person, micro_credential=world.micro)
    world.do(world.manager, ended)
    with refused(world, "not-qualified"):
        world.do(assessor, ClaimReview(submission=second))
    with refused(world, "not-qualified"):
        world.do(world.manager, ended)
    world.do(assessor, RecordReview(review=review, levels=PASS, feedback={}))
    world.do(world.manager, QualifyAssessor(person=assessor.person, micro_credential=world.micro))
    world.do(assessor, ClaimReview(submission=second))


def test_a_manager_gives_a_submission_to_another_assessor_until_it_is_scored(
    world: World,
) -> None:
    submission = world.submitted()
    one, other = world.assessors[0], world.assessors[1]
    assert one.person is not None
    review = world.do(one, ClaimReview(submission=submission)).id
    to_other = ReassignReview(submission=submission, review=review, assessor=other.person)
    seen = world.read(world.manager, submission).version
    with refused(world, "stale-version", StaleVersion):
        world.do(world.manager, to_other, expected_version=seen - 1)
    world.do(world.manager, to_other, expected_version=seen)
    with refused(world, "review-closed"):
        world.do(one, RecordReview(review=review, levels=PASS, feedback={}))
    given = world.app.store.read(Submission, submission, "submission").panel
    theirs = next(r for r, who in given.items() if who == other.person)
    with refused(world, "already-reviewing"):
        world.do(
            world.manager,
            ReassignReview(submission=submission, review=theirs, assessor=one.person),
        )
    elsewhere = world.submitted(world.person("educator", world.campus))
    with refused(world, "not-found", NotFound):
        world.do(world.manager, ReassignReview(submission=elsewhere, review=theirs))
    world.do(world.manager, ReassignReview(submission=submission, review=theirs))
    third = world.do(world.assessors[2], ClaimReview(submission=submission)).id
    world.do(world.assessors[2], RecordReview(review=third, levels=PASS, feedback={}))
    with refused(world, "review-closed"):
        world.do(world.manager, ReassignReview(submission=submission, review=third))
    assert examined(world) == []


def test_a_declared_conflict_binds(world: World) -> None:
    submission = world.submitted()
    assessor = world.assessors[0]
    assert world.educator.person is not None
    world.do(assessor, DeclareConflict(educator=world.educator.person))
    with refused(world, "not-found", NotFound):  # a better word would tell whose work it is
        world.do(assessor, ClaimReview(submission=submission))


def test_stepping_back_with_a_conflict_frees_the_place_and_binds(world: World) -> None:
    submission = world.submitted()
    order = world.assessors[0]
    review = world.do(order, ClaimReview(submission=submission)).id
    world.do(order, StepBack(review=review, conflict=True))
    with refused(world, "review-closed"):
        world.do(order, RecordReview(review=review, levels=PASS, feedback={}))
    with refused(world, "not-found", NotFound):
        world.do(order, ClaimReview(submission=submission))
    assert world.review(submission, assessor=1).state == "accepted"


def test_two_assessors_and_a_third_where_they_disagree(world: World) -> None:
    micro = world.publish(definition(reviews_required=2))
    submission = world.submitted(micro=micro)
    assert world.review(submission, 0).state == "in-review"
    with refused(world, "already-reviewing"):
        world.do(world.assessors[0], ClaimReview(submission=submission))
    assert world.review(submission, 1, meets=False).state == "in-review"
    with refused(world, "already-reviewing"):
        world.do(world.assessors[1], ClaimReview(submission=submission))
    assert world.review(submission, 2).state == "accepted"


def test_two_that_agree_need_no_third(world: World) -> None:
    micro = world.publish(definition(reviews_required=2))
    submission = world.submitted(micro=micro)
    for assessor in (0, 1):
        world.do(world.assessors[assessor], ClaimReview(submission=submission))
    with refused(world, "enough-assessors"):
        world.do(world.assessors[2], ClaimReview(submission=submission))


def test_neither_assessor_sees_the_others_scores_until_both_are_in(world: World) -> None:
    micro = world.publish(definition(reviews_required=2))
    submission = world.submitted(micro=micro)
    second = world.assessors[1]
    review = world.do(second, ClaimReview(submission=submission)).id
    world.review(submission, 0)
    for who in (second, world.educator, world.manager):
        assert world.read(who, submission).reviews == ()
    assert len(world.read(world.assessors[0], submission).reviews) == 1
    world.do(second, RecordReview(review=review, levels=PASS, feedback={}))
    assert len(world.read(second, submission).reviews) == 2


def test_feedback_of_earlier_rounds_stays_with_the_educator_only(world: World) -> None:
    submission = world.submitted()
    world.review(submission, 0, meets=False)
    world.do(world.educator, SubmitRound(submission=submission, attested=True))
    world.do(world.assessors[1], ClaimReview(submission=submission))
    seen = world.read(world.educator, submission).reviews
    assert [review.feedback for review in seen] == [WHY]
    assert world.read(world.assessors[1], submission).reviews == ()
    assert len(world.read(world.assessors[0], submission).reviews) == 1


def test_an_assessor_does_not_see_whose_work_it_is(world: World) -> None:
    submission = world.submitted()
    world.do(world.assessors[0], ClaimReview(submission=submission))
    assert world.read(world.assessors[0], submission).educator is None
    assert world.read(world.educator, submission).educator == world.educator.person


def test_below_the_bar_needs_feedback(world: World) -> None:
    submission = world.submitted()
    order = world.assessors[0]
    review = world.do(order, ClaimReview(submission=submission)).id
    with refused(world, "feedback-missing", Invalid):
        world.do(order, RecordReview(review=review, levels=NOT_YET, feedback={"practice": "Fine."}))
    with pytest.raises(ValidationError):
        RecordReview(review=review, levels=NOT_YET, feedback={"impact": "  "})
    assert (
        world.do(order, RecordReview(review=review, levels=NOT_YET, feedback=WHY)).verdict
        == "not-yet"
    )


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
    order = world.assessors[0]
    review = world.do(order, ClaimReview(submission=submission)).id
    with refused(world, code, Invalid):
        world.do(order, RecordReview(review=review, levels=levels, feedback={}))


def test_evidence_is_fixed_once_submitted(world: World) -> None:
    submission = world.submitted()
    with refused(world, "wrong-state"):
        world.do(
            world.educator,
            AddEvidence(
                submission=submission,
                part="reflection",
                name="r.txt",
                data=b"Other words.",
            ),
        )


def test_required_parts_and_the_attestation_must_be_there(world: World) -> None:
    own = world.educator
    submission = world.do(own, DraftSubmission(micro_credential=world.micro, number=1)).id
    with refused(world, "parts-missing"):
        world.do(own, SubmitRound(submission=submission, attested=True))
    complete = world.draft()
    with refused(world, "not-attested", Invalid):
        world.do(own, SubmitRound(submission=complete, attested=False))


def test_only_the_educator_touches_a_submission(world: World) -> None:
    other = world.person("educator", world.campus)
    submission = world.draft()
    with refused(world, "not-permitted", NotPermitted):
        world.do(other, SubmitRound(submission=submission, attested=True))
    with refused(world, "not-permitted", NotPermitted):
        world.do(world.manager, WithdrawSubmission(submission=submission))


def test_an_appeal_is_decided_once_by_somebody_not_on_the_panel(world: World) -> None:
    micro = world.publish(definition(rounds_allowed=1))
    submission = world.submitted(micro=micro)
    world.review(submission, meets=False)
    world.do(
        world.educator, AppealRefusal(submission=submission, grounds="The rubric was misread.")
    )
    assessor = world.assessors[0]
    assert assessor.person is not None
    world.do(
        world.administrator,
        GrantRole(
            person=assessor.person,
            role=RoleWithin.rebuilt(role="programme-manager", unit=NETWORK_ID),
        ),
    )
    panel = type(assessor)(assessor.person, "programme-manager", NETWORK_ID)
    with refused(world, "was-on-the-panel"):
        world.do(panel, DecideAppeal(submission=submission, overturn=True, reason="I was wrong."))
    world.do(
        world.manager, DecideAppeal(submission=submission, overturn=True, reason="It was misread.")
    )
    with refused(world, "wrong-state"):
        world.do(
            world.manager, DecideAppeal(submission=submission, overturn=False, reason="Again.")
        )
    world.do(world.manager, IssueAward(submission=submission))


def test_withdrawing_ends_it(world: World) -> None:
    submission = world.submitted()
    world.do(world.educator, WithdrawSubmission(submission=submission))
    with refused(world, "wrong-state"):
        world.do(world.assessors[0], ClaimReview(submission=submission))
