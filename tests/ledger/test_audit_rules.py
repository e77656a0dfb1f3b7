"""What an insider might write into the log by hand: each breach of a rule is named at its event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from ledger.record import Act, Caller, Record
from ledger.reviews import Review

from ledger.assessment import Submission
from ledger.audit import Examiner
from ledger.audit.examiner import REDO
from ledger.audit.history import History
from ledger.awards import Award, Holding
from ledger.people import NETWORK_ID, Organization, Person
from tests.world import PASS, World, definition


def examined(world: World) -> list[tuple[int, str]]:
    """What the examiner says of the whole log."""
    examiner, found, position = Examiner(), [], 0
    for page in world.app.store.pages():
        for stored in page:
            event = world.app.store.mapper.to_domain_event(stored)
            found += examiner.examine(position, event)
            position += 1
    return found + examiner.finish()


def act(world: World, caller: Caller, command: str) -> Act:
    return Act(caller, world.clock(), command, world.app.commands.desk.entropy)


def test_a_ledger_made_by_commands_breaks_no_rule(world: World) -> None:
    world.award()
    twice = world.publish(definition(name="Twice", reviews_required=2, rounds_allowed=1))
    submission = world.submitted(micro=twice)
    world.review(submission, 0)
    world.review(submission, 1, meets=False)
    world.review(submission, 2, meets=False)
    world.do.submissions.appeal(Order(world.educator), submission, "Look again.")
    world.do.submissions.decide_appeal(Order(world.manager, key="once"), submission, True, "Right.")
    world.do.awards.issue(Order(world.manager), submission)
    left = world.submitted(micro=world.publish(definition(name="Left")))
    review = UUID(world.do.reviews.claim(Order(world.assessors[1]), left)["id"])
    world.do.reviews.recuse(Order(world.assessors[1]), review, conflict=True)
    world.do.submissions.withdraw(Order(world.educator), left)
    world.do.people.publish_profile(Order(world.educator), True)
    world.do.micro_credentials.revise(Order(world.manager), world.micro, definition(name="New"))
    world.do.micro_credentials.publish(Order(world.manager), world.micro)
    world.do.micro_credentials.retire(Order(world.manager), world.micro, 1)
    assert examined(world) == []


def test_every_kind_of_event_that_a_command_decides_has_its_rule() -> None:
    derived = {
        Submission.Accepted,
        Submission.NotAccepted,
        Submission.Returned,
    }  # these follow from the last verdict, and only from it
    kinds = {
        kind
        for record in Record.__subclasses__()
        for kind in vars(record).values()
        if isinstance(kind, type)
        and issubclass(kind, Record.Event)
        and kind is not Record.Event
        and kind.__qualname__ not in (f"{record.__name__}.Event", f"{record.__name__}.Created")
    }
    assert {kind for kind in kinds if kind not in REDO} == derived


Forge = Callable[[World], str]
"""Writes a breach into the log; gives words that must be said of it."""


def _own_review(world: World) -> str:
    """An assessor takes on their own work."""
    me = world.person("educator", world.campus)
    assert me.person is not None
    do = world.do
    do.people.grant_role(Order(world.administrator), me.person, "assessor", NETWORK_ID)
    do.people.qualify(Order(world.manager), me.person, world.micro)
    submission = world.app.store.load(Submission, world.submitted(me), "submission")
    mine = act(world, Caller(me.person, "assessor", NETWORK_ID), "review.claim")
    review = Review.open(mine, submission, me.person)
    submission.open_review(mine, review.id, me.person, definition())
    world.app.store.commit(submission, review)
    return "own work"


def _unqualified(world: World) -> str:
    stranger = world.person("assessor", NETWORK_ID)
    assert stranger.person is not None
    submission = world.app.store.load(Submission, world.submitted(), "submission")
    now = act(world, stranger, "review.claim")
    review = Review.open(now, submission, stranger.person)
    submission.open_review(now, review.id, stranger.person, definition())
    world.app.store.commit(submission, review)
    return "not qualified"


def _award_without_acceptance(world: World) -> str:
    submission = world.app.store.load(Submission, world.submitted(), "submission")
    submission.state = "accepted"
    submission.awarded(act(world, world.manager, "award.issue"), uuid4())
    world.app.store.commit(submission)
    return "it can be awarded when it is accepted"


def _pass_that_the_scores_do_not_give(world: World) -> str:
    submission_id = world.submitted()
    order = Order(world.assessors[0])
    review_id = UUID(world.do.reviews.claim(order, submission_id)["id"])
    review = world.app.store.load(Review, review_id, "review")
    sealed = world.app.commands.desk.seal_text(world.educator.person or uuid4(), "f", "{}")
    now = act(world, world.assessors[0], "review.record")
    review.complete(now, {**PASS, "impact": "emerging"}, "pass", sealed)
    world.app.store.commit(review)
    return "verdict is not what the rules give"


def _role_by_oneself(world: World) -> str:
    assert world.manager.person is not None
    person = world.app.store.load(Person, world.manager.person, "person")
    person.grant_role(act(world, world.manager, "role.grant"), "administrator", world.campus)
    world.app.store.commit(person)
    return "role.grant is not for the role programme-manager"


def _outside_one_s_unit(world: World) -> str:
    manager = world.person("programme-manager", world.campus)
    award = world.app.store.load(Award, world.award(), "award")
    note = world.app.commands.desk.seal_text(award.person, "award.note", "Because.")
    west = world.do.organizations.register(
        Order(world.administrator), "West", "district", NETWORK_ID
    )
    other = Caller(manager.person, "programme-manager", UUID(west["id"]))
    award.revoke(act(world, other, "award.revoke"), "integrity", note)
    world.app.store.commit(award)
    return "no longer programme-manager there"


def _second_network(world: World) -> str:
    founder = Act(Caller(None, "system", None), world.clock(), "other", world.do.desk.entropy)
    network = Organization.begin(
        Organization.Registered, founder, uuid4(), name="Other", kind="network", parent=None
    )
    world.app.store.commit(network)
    return "founded by the deployment only"


def _second_live_award(world: World) -> str:
    award = world.app.store.load(Award, world.award(), "award")
    holding_id = Holding.id_for(award.person, award.micro_credential)
    holding = world.app.store.load(Holding, holding_id, "holding")
    holding.award = None
    holding.take_again(act(world, world.manager, "award.issue"), award.id, None)
    world.app.store.commit(holding)
    return "nothing in the log asks for this claim"


def _backdated(world: World) -> str:
    assert world.educator.person is not None
    person = world.app.store.load(Person, world.educator.person, "person")
    now = act(world, world.educator, "profile.publish")
    person.publish_profile(replace(now, at=now.at - timedelta(days=30)), True)
    world.app.store.commit(person, in_time=False)
    return "dated before the event that it follows"


def _outcome_without_a_verdict(world: World) -> str:
    submission = world.app.store.load(Submission, world.submitted(), "submission")
    submission.happened(Submission.Accepted, act(world, world.manager, "review.record"), round=1)
    world.app.store.commit(submission)
    return "nothing decided it"


@pytest.mark.parametrize(
    "forge",
    [
        _own_review,
        _unqualified,
        _award_without_acceptance,
        _pass_that_the_scores_do_not_give,
        _role_by_oneself,
        _outside_one_s_unit,
        _second_network,
        _second_live_award,
        _backdated,
        _outcome_without_a_verdict,
    ],
)
def test_a_breach_is_named_at_its_event(world: World, forge: Forge) -> None:
    before: Any = world.app.store.position
    words = forge(world)
    found = examined(world)
    assert any(words in said for _, said in found), found
    assert all(position >= before() - 3 for position, _ in found), found


def test_records_that_left_memory_come_back_as_they_were(world: World) -> None:
    world.award()
    store, history = world.app.store, History(kept=1)
    held = [store.load(Person, c.person, "p") for c in (world.educator, world.manager) if c.person]
    held.append(store.load(Person, world.assessors[0].person or uuid4(), "p"))
    for record in held:
        history.put(record)
    for record in held:
        found = history.look(Person, record.id, "person")
        assert found.__dict__ == record.__dict__
