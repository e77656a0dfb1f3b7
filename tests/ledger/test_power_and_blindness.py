"""What insiders tried: to act as another, to decide on those above, to look and then to judge."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from api.access import caller_of_token, send_invitation, use_invitation
from ledger.assessment import (
    ClaimReview,
    DeclareConflict,
    RecordReview,
    StepBack,
    SubmitRound,
)
from ledger.bus import Request
from ledger.context import SYSTEM, Caller
from ledger.errors import NotFound, NotPermitted, RuleBroken
from ledger.people import (
    NETWORK_ID,
    AdoptPolicy,
    ConfirmProposal,
    EndToken,
    GrantRole,
    Person,
    ProposeErasure,
    PublishProfile,
    RegisterPerson,
    RevokeRole,
    RoleWithin,
)
from tests.ledger.whole_log import examined
from tests.world import NOT_YET, PASS, WHY, World


def granted(world: World, caller: Caller, role: str) -> Caller:
    """The same person in another role of the whole network."""
    assert caller.person is not None
    within = RoleWithin.rebuilt(role=role, unit=NETWORK_ID)
    world.do(world.administrator, GrantRole(person=caller.person, role=within))
    return Caller(caller.person, role, NETWORK_ID)


def registered(world: World, email: str, role: str) -> Caller:
    """A person of the campus with a role in the whole network."""
    within = RoleWithin.rebuilt(role=role, unit=NETWORK_ID)
    person = RegisterPerson(name="Nia", email=email, home=world.campus, roles=(within,))
    return Caller(world.do(world.administrator, person).id, role, NETWORK_ID)


def test_nobody_invites_whoever_stands_above_them(world: World) -> None:
    local = world.person("administrator", world.campus)
    above = registered(world, "nia@example.org", "administrator")
    assert above.person is not None
    with pytest.raises(NotPermitted, match="above"):
        send_invitation(world.app, Request(local), above.person, 7)
    token = caller_of_token(world.app, world.token(above))
    assert token is not None
    assert token.token is not None
    with pytest.raises(NotPermitted, match="above"):
        world.do(local, EndToken(token=token.token))


def test_a_role_above_that_came_after_the_invitation_is_not_taken_up_by_it(world: World) -> None:
    local = world.person("administrator", world.campus)
    educator = world.educator
    assert educator.person is not None
    sent = send_invitation(world.app, Request(local), educator.person, 7)
    granted(world, educator, "administrator")
    with pytest.raises(NotPermitted, match="above"):
        use_invitation(
            world.app, sent.secret, RoleWithin(role="administrator", unit=NETWORK_ID), "more"
        )


def test_an_invitation_that_was_kept_is_worth_nothing_once_the_person_began(world: World) -> None:
    assert world.educator.person is not None
    own = RoleWithin(role="educator", unit=world.campus)
    asked = Request(world.administrator)
    first, kept = (
        send_invitation(world.app, asked, world.educator.person, days) for days in (7, 30)
    )
    use_invitation(world.app, first.secret, own, "laptop")
    with pytest.raises(RuleBroken, match="already"):
        use_invitation(world.app, kept.secret, own, "kept")
    again = send_invitation(world.app, Request(SYSTEM), world.educator.person, 7)
    assert use_invitation(world.app, again.secret, own, "new laptop")


def test_a_role_that_came_after_the_confirmation_saves_from_erasure(world: World) -> None:
    one, two = (world.person("administrator", world.campus) for _ in range(2))
    person = world.educator.person
    assert person is not None
    asked = ProposeErasure(person=person, ground="retention-ended", reason="Old.")
    world.do(two, ConfirmProposal(proposal=world.do(one, asked).id))
    granted(world, world.educator, "auditor")
    world.clock.now += timedelta(days=8)
    world.app.processes.catch_up()
    assert not world.app.store.read(Person, person, "person").is_erased


def test_what_an_edition_does_not_name_nobody_may(world: World) -> None:
    policy = world.app.bus.policy()
    permissions = {a: r for a, r in policy.permissions.items() if a != "profile.publish"}
    older = policy.model_copy(update={"edition": 2, "permissions": permissions})
    world.app.bus.newest_policy = older
    world.do(SYSTEM, AdoptPolicy(policy=older))
    with pytest.raises(NotPermitted):
        world.do(world.educator, PublishProfile(public=True))


def test_an_id_of_another_kind_is_not_found_and_not_busy(world: World) -> None:
    assert world.educator.person is not None
    with pytest.raises(NotFound):
        world.do(world.assessors[0], ClaimReview(submission=world.educator.person))
    within = RoleWithin.rebuilt(role="educator", unit=world.campus)
    with pytest.raises(NotFound):
        world.do(world.administrator, RevokeRole(person=world.campus, role=within))


def test_who_may_assess_does_not_look_first_and_claim_then(world: World) -> None:
    assessor = world.assessors[0]
    manager = granted(world, assessor, "programme-manager")
    submission = world.submitted()
    assert world.read(manager, submission).educator is None
    review = world.do(assessor, ClaimReview(submission=submission)).id
    told = dict.fromkeys(WHY, "Line one.\nLine two.")
    world.do(assessor, RecordReview(review=review, levels=NOT_YET, feedback=told))
    assert world.read(manager, submission).educator is None
    assert world.read(world.manager, submission).educator == world.educator.person
    assert world.read(world.educator, submission).reviews[0].feedback == told
    world.do(world.educator, SubmitRound(submission=submission, attested=True, statement=None))
    world.review(submission, assessor=1)
    assert world.read(manager, submission).educator == world.educator.person


def test_a_refusal_tells_an_unqualified_assessor_nothing_of_the_author(world: World) -> None:
    unqualified = world.person("assessor", NETWORK_ID)
    suspected, other = (world.person("educator", world.campus) for _ in range(2))
    assert suspected.person is not None
    submissions = [world.submitted(suspected), world.submitted(other)]
    world.do(unqualified, DeclareConflict(educator=suspected.person))
    for submission in submissions:
        with pytest.raises(RuleBroken) as caught:
            world.do(unqualified, ClaimReview(submission=submission))
        assert caught.value.code == "not-qualified"
    qualified = world.assessors[0]
    world.do(qualified, DeclareConflict(educator=suspected.person))
    words = []
    for asked in (submissions[0], uuid4()):
        with pytest.raises(NotFound) as missed:
            world.do(qualified, ClaimReview(submission=asked))
        words.append(str(missed.value))
    assert words[0] == words[1]


def test_evidence_closes_with_stepping_back(world: World) -> None:
    assessor, policy = world.assessors[0], world.app.bus.policy()
    submission = world.submitted()
    review = world.do(assessor, ClaimReview(submission=submission)).id
    assert world.app.reading.evidence(assessor, policy, submission, "reflection")
    world.do(assessor, StepBack(review=review, conflict=True))
    with pytest.raises(NotFound):
        world.app.reading.evidence(assessor, policy, submission, "reflection")


def test_who_declares_conflicts_learns_nothing_of_what_they_review(world: World) -> None:
    """Whoever names an educator and looks what becomes of the review in hand: it can be read and
    scored as before, and the scores do not count."""
    suspected, other = (world.person("educator", world.campus) for _ in range(2))
    policy, seen, submissions = world.app.bus.policy(), [], []
    assert suspected.person is not None
    for author, assessor in zip((suspected, other), world.assessors, strict=False):
        submission = world.submitted(author)
        review = world.do(assessor, ClaimReview(submission=submission)).id
        named = [world.do(assessor, DeclareConflict(educator=suspected.person)) for _ in range(2)]
        file, _ = world.app.reading.evidence(assessor, policy, submission, "reflection")
        evidence = b"".join(file.read())
        scored = world.do(assessor, RecordReview(review=review, levels=PASS, feedback={}))
        shown = [own.verdict for own in world.read(assessor, submission).reviews]
        seen.append(([each.version for each in named], evidence, scored.verdict, shown))
        submissions.append(submission)
    assert seen[0] == seen[1]
    states = [world.read(world.manager, submission).state for submission in submissions]
    assert states == ["in-review", "accepted"]
    assert world.read(suspected, submissions[0]).reviews == ()
    assert world.review(submissions[0], assessor=2).state == "accepted"
    assert examined(world) == []


def test_nobody_names_everybody_but_one(world: World) -> None:
    most = world.app.bus.policy().limits.conflicts
    for _ in range(most):
        command = DeclareConflict(educator=world.educator.person or uuid4())
        world.do(world.assessors[0], command)
    with pytest.raises(RuleBroken) as refused:
        world.do(world.assessors[0], command)
    assert refused.value.code == "too-many-conflicts"
    review = world.do(
        world.assessors[0],
        ClaimReview(submission=world.submitted(world.person("educator", world.campus))),
    ).id
    world.do(world.assessors[0], StepBack(review=review, conflict=True))


def test_evidence_closes_with_the_role(world: World) -> None:
    assessor, policy = world.assessors[0], world.app.bus.policy()
    manager = granted(world, assessor, "programme-manager")
    submission = world.submitted()
    world.do(assessor, ClaimReview(submission=submission))
    assert world.app.reading.evidence(manager, policy, submission, "reflection")
    assert assessor.person is not None
    assert assessor.unit is not None
    role = RoleWithin.rebuilt(role="assessor", unit=assessor.unit)
    world.do(world.administrator, RevokeRole(person=assessor.person, role=role))
    with pytest.raises(NotFound):
        world.app.reading.evidence(manager, policy, submission, "reflection")
