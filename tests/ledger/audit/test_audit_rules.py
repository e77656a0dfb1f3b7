"""What an insider might write into the log by hand: each breach of a rule is named at its event.

The events of a command are decided again, all together; ``test_altered_events`` alters what is in
them, field by field.
"""

from __future__ import annotations

import copy
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from badges.proofs.data_integrity import add_proof
from keys.vault import Sealed
from ledger.assessment import Holding, Review, Submission
from ledger.audit.history import History
from ledger.awards import Award, BadgeDigest, IssueAward, IssuerSigner, RevokeAward
from ledger.bus import CommandReceipt, Present
from ledger.catalogue import MicroCredential, RetireMicroCredential
from ledger.context import PROCESS, SYSTEM, Caller, Context
from ledger.people import (
    NETWORK_ID,
    GrantedAuthority,
    GrantRole,
    Organization,
    Person,
    PublishProfile,
    RegisterOrganization,
    RoleWithin,
)
from tests.ledger.whole_log import events_of, examined, examiner_of, is_named, write_every_kind
from tests.world import PASS, World, definition


def context(world: World, caller: Caller, command: str, **changes: Any) -> Context:
    """A context as the bus would make it, whatever the caller may do."""
    made = Context(
        caller=caller,
        at=world.clock(),
        command=command,
        command_id=uuid4(),
        policy=world.app.bus.policy(),
        authority=GrantedAuthority(Present(world.app.store), {}),
        entropy=world.app.entropy,
    )
    return replace(made, **changes)


def sealed(world: World, person: UUID | None, field: str) -> Sealed:
    assert person is not None
    return world.app.vault.seal(person, field, b"Because.")


Forge = Callable[[World], str]
"""Writes a breach into the log; gives words that must be said of it."""


def _own_review(world: World) -> str:
    """An assessor takes on their own work."""
    me = world.person("educator", world.campus)
    assert me.person is not None
    role = RoleWithin(role="assessor", unit=NETWORK_ID)
    world.do(world.administrator, GrantRole(person=me.person, role=role))
    submission = world.app.store.get(Submission, world.submitted(me), "submission")
    mine = context(world, Caller(me.person, "assessor", NETWORK_ID), "review.claim")
    review = Review.open(mine, uuid4(), submission, me.person)
    submission.open_review(mine, review.id, me.person, definition())
    world.app.store.commit(submission, review)
    return "own work"


def _unqualified(world: World) -> str:
    stranger = world.person("assessor", NETWORK_ID)
    assert stranger.person is not None
    submission = world.app.store.get(Submission, world.submitted(), "submission")
    now = context(world, stranger, "review.claim")
    review = Review.open(now, uuid4(), submission, stranger.person)
    submission.open_review(now, review.id, stranger.person, definition())
    world.app.store.commit(submission, review)
    return "not qualified"


def _award_without_acceptance(world: World) -> str:
    submission = world.app.store.get(Submission, world.submitted(), "submission")
    submission.state = "accepted"
    submission.awarded(context(world, world.manager, "award.issue"), uuid4())
    world.app.store.commit(submission)
    return "it recorded no Award.Issued"


def _pass_that_the_scores_do_not_give(world: World) -> str:
    submission = world.submitted()
    review = world.app.store.get(Review, _do_by_hand(world, submission), "review")
    now = context(world, world.assessors[0], "review.record")
    box = sealed(world, world.educator.person, "review.feedback")
    review.complete(now, {**PASS, "impact": "emerging"}, "pass", {"impact": box})
    world.app.store.commit(review)
    return "verdict is not what the rules give"


def _do_by_hand(world: World, submission: UUID) -> UUID:
    """A review opened by hand, and rightly."""
    found = world.app.store.get(Submission, submission, "submission")
    now = context(world, world.assessors[0], "review.claim")
    review = Review.open(now, uuid4(), found, world.assessors[0].person or uuid4())
    found.open_review(now, review.id, review.assessor, definition())
    world.app.store.commit(review, found)
    return review.id


def _role_by_oneself(world: World) -> str:
    person = world.app.store.get(Person, world.manager.person or uuid4(), "person")
    person.grant_role(context(world, world.manager, "role.grant"), "administrator", world.campus)
    world.app.store.commit(person)
    return "role.grant is not for the role programme-manager"


def _outside_one_s_unit(world: World) -> str:
    manager = world.person("programme-manager", world.campus)
    award = world.app.store.get(Award, world.award(), "award")
    west = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    unit = world.do(world.administrator, west).id
    other = Caller(manager.person, "programme-manager", unit)
    note = sealed(world, award.person, "award.note")
    award.revoke(context(world, other, "award.revoke"), "integrity", note)
    world.app.store.commit(award)
    return "no longer programme-manager there"


def _second_network(world: World) -> str:
    founder = context(world, SYSTEM, "network.found")
    network = Organization.begin(
        Organization.Registered, founder, uuid4(), name="Other", kind="network", parent=None
    )
    world.app.store.commit(network)
    return "it recorded no Person.Registered"


def _second_live_award(world: World) -> str:
    award = world.app.store.get(Award, world.award(), "award")
    stream = Holding.id_for(award.person, award.micro_credential)
    holding = world.app.store.get(Holding, stream, "holding")
    holding.award = None
    holding.take_again(context(world, world.manager, "award.issue"), award.id, None)
    world.app.store.commit(holding)
    return "it recorded no Award.Issued"


def _backdated(world: World) -> str:
    person = world.app.store.get(Person, world.educator.person or uuid4(), "person")
    now = context(world, world.educator, "profile.publish")
    person.publish_profile(replace(now, at=now.at - timedelta(days=30)), True)
    world.app.store.commit(person, in_time=False)
    return "dated before what it rests on"


def _outcome_without_a_verdict(world: World) -> str:
    submission = world.app.store.get(Submission, world.submitted(), "submission")
    now = context(world, world.manager, "review.record")
    submission.record(Submission.Accepted, now, round=1)
    world.app.store.commit(submission)
    return "it recorded no Review.Completed"


def _unknown_command(world: World) -> str:
    person = world.app.store.get(Person, world.educator.person or uuid4(), "person")
    person.publish_profile(context(world, world.educator, "profile.show"), True)
    world.app.store.commit(person)
    return "there is no such command"


def _event_of_another_command(world: World) -> str:
    """A role that was granted by the way, with something that is permitted."""
    person = world.app.store.get(Person, world.educator.person or uuid4(), "person")
    now = context(world, world.educator, "profile.publish")
    person.publish_profile(now, True)
    person.record(Person.RoleGranted, now, role="administrator", unit=NETWORK_ID)
    world.app.store.commit(person)
    return "nothing in its command asks for it"


def _operator_who_is_a_person(world: World) -> str:
    person = world.app.store.get(Person, world.educator.person or uuid4(), "person")
    operator = Caller(world.manager.person, "system", NETWORK_ID)
    person.erase(context(world, operator, "erasure.repeat"), "no-legal-basis")
    world.app.store.commit(person)
    return "the deployment itself for none"


def _erased_without_a_proposal(world: World) -> str:
    person = world.app.store.get(Person, world.educator.person or uuid4(), "person")
    cause = f"proposals:{person.id}:1"
    now = context(world, PROCESS, "person.erase", cause=cause)
    person.erase(now, "requested-by-person")
    world.app.store.commit(person)
    return "it recorded no Proposal.CarriedOut"


def _forged_cause(world: World) -> str:
    """A review that is freed because of an event that its process does not answer."""
    review = world.app.store.get(Review, _do_by_hand(world, world.submitted()), "review")
    submission = world.app.store.get(Submission, review.submission, "submission")
    person = world.app.store.get(Person, review.assessor, "person")
    role = ("assessor", NETWORK_ID)
    revoked = context(world, world.administrator, "role.revoke")
    person.revoke_role(revoked, *role)
    world.app.store.commit(person)
    now = context(world, PROCESS, "review.release", cause=f"places:{person.id}:1")
    review.recuse(now)
    submission.leave_review(now, review.id)
    world.app.store.commit(review, submission)
    return "it does not follow from the event that it names as its cause"


def _sealed_for_another(world: World) -> str:
    award = world.app.store.get(Award, world.award(), "award")
    holding = world.app.store.get(
        Holding, Holding.id_for(award.person, award.micro_credential), "holding"
    )
    now = context(world, world.manager, "award.revoke")
    award.revoke(now, "integrity", sealed(world, world.manager.person, "award.note"))
    holding.free(now)
    world.app.store.commit(award, holding)
    return "its note is sealed for somebody, or as something, else"


def _reason_that_is_none(world: World) -> str:
    award = world.app.store.get(Award, world.award(), "award")
    holding = world.app.store.get(
        Holding, Holding.id_for(award.person, award.micro_credential), "holding"
    )
    now = context(world, world.manager, "award.revoke")
    note = sealed(world, award.person, "award.note")
    award.revoke(now, "because", note)  # type: ignore[arg-type]
    holding.free(now)
    world.app.store.commit(award, holding)
    return "'because' is no reason"


def _receipt_of_nothing(world: World) -> str:
    now = context(world, world.manager, "award.issue")
    receipt = CommandReceipt.begin(
        CommandReceipt.Given, now, uuid4(), request="0" * 64, answer={"id": "", "version": 1}
    )
    world.app.store.commit(receipt)
    return "it recorded no Award.Issued"


def _digest_of_nothing(world: World) -> str:
    """A badge's digest that no award names, slipped in after an honest command."""
    world.do(world.educator, PublishProfile(public=True))
    at = world.app.store.newest()
    now = context(world, world.educator, "profile.publish", at=at)
    world.app.store.commit(BadgeDigest.of(now, uuid4(), "0" * 64))
    return "nothing in its command asks for it"


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
        _unknown_command,
        _event_of_another_command,
        _operator_who_is_a_person,
        _erased_without_a_proposal,
        _forged_cause,
        _sealed_for_another,
        _reason_that_is_none,
        _receipt_of_nothing,
        _digest_of_nothing,
    ],
)
def test_a_breach_is_named_at_its_event(world: World, forge: Forge) -> None:
    words = forge(world)
    last = world.app.store.position()
    found = examined(world)
    assert any(words in said for _, said in found), found
    by_hand = "its digest"  # whoever writes what a rule allows by hand makes none that fits
    assert all(position >= last - 3 for position, said in found if by_hand not in said), found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A ledger in which every kind of event happened."""
    built = World.build(Path(tmp_path_factory.mktemp("whole")) / "home")
    write_every_kind(built)
    yield built
    built.app.close()


@pytest.fixture(scope="module")
def log(whole: World) -> list[Any]:
    return events_of(whole)


def named(whole: World, log: list[Any], changed: int) -> bool:
    return is_named(examiner_of(cache(whole.app.vault.open)), log, changed)


def test_every_event_that_is_missing_is_named(whole: World, log: list[Any]) -> None:
    """But the last command's, when it is missing whole: the log's size tells that."""
    last = log[-1].command_id
    for position in _one_of_each(log):
        if log[position].__dict__.get("command_id") != last and not _may_be_left_out(log, position):
            found = named(whole, log[:position] + log[position + 1 :], position)
            assert found, f"{log[position]} is missing, and nothing is said"


def test_every_event_that_stands_there_twice_is_named(whole: World, log: list[Any]) -> None:
    for position in _one_of_each(log):
        assert named(whole, log[: position + 1] + log[position:], position), log[position]


def test_events_of_a_command_in_another_order_within_a_stream_are_named(
    whole: World, log: list[Any]
) -> None:
    for position in _one_of_each(log[:-1]):
        this, following = log[position : position + 2]
        if this.originator_id == following.originator_id:
            swapped = [*log[:position], following, this, *log[position + 2 :]]
            assert named(whole, swapped, position), this


@pytest.mark.parametrize("name", ["actor", "acting_role", "acting_unit", "cause", "command"])
def test_a_whole_command_of_somebody_else_is_named(whole: World, log: list[Any], name: str) -> None:
    """All its events agree, and say another actor, role, unit, cause or command."""
    others = {
        "actor": uuid4(),
        "acting_role": "hiring-manager",
        "acting_unit": uuid4(),
        "cause": f"awards:{uuid4()}:1",
        "command": "proposal.confirm",
    }
    for position in _one_of_each(log):
        whose = log[position].__dict__.get("command_id")
        if whose is None or getattr(log[position], name) == others[name]:
            continue
        forged = []
        for event in log:
            if event.__dict__.get("command_id") == whose:
                event = copy.copy(event)
                event.__dict__[name] = others[name]
            forged.append(event)
        assert named(whole, forged, position), f"{log[position]} with another {name}"


def _one_of_each(log: list[Any]) -> list[int]:
    """The position of the first event of each kind."""
    found: dict[type, int] = {}
    for position, event in enumerate(log):
        found.setdefault(type(event), position)
    return list(found.values())


def _may_be_left_out(log: list[Any], position: int) -> bool:
    """A command that nobody missed: it recorded one event, the last of its stream, or a receipt of
    its own."""
    event = log[position]
    if isinstance(event, CommandReceipt.Given):
        return True  # a client that gave no key has none
    whose = event.__dict__.get("command_id")
    alone = sum(other.__dict__.get("command_id") == whose for other in log) == 1
    later = [o for o in log[position + 1 :] if o.originator_id == event.originator_id]
    return alone and not later and str(event.originator_id) not in repr(log[position + 1 :])


def test_a_badge_that_states_something_else_is_named(world: World) -> None:
    """Signed with the issuer's own key, sealed and digested rightly: only the words are others."""
    world.award()
    log = events_of(world)
    issued = next(event for event in log if isinstance(event, Award.Issued))
    document = json.loads(zlib.decompress(world.app.vault.open(issued.document) or b""))
    assert examined(world, log) == []
    for change in (_higher_level, _other_achievement, _other_name, _other_evidence, _other_index):
        stated = copy.deepcopy(document)
        del stated["proof"]
        change(stated)
        signer = IssuerSigner(world.app.keys, world.app.site.issuer)
        data = json.dumps(add_proof(stated, signer, issued.valid_from)).encode()
        forged = [_with_document(world, event, data) for event in log]
        said = examined(world, forged)
        assert any("the badge states another" in words for _, words in said), (change, said)


def _higher_level(badge: dict[str, Any]) -> None:
    badge["credentialSubject"]["result"][0]["achievedLevel"] += "-and-more"


def _other_achievement(badge: dict[str, Any]) -> None:
    badge["credentialSubject"]["achievement"]["description"] = "Is good at everything."


def _other_name(badge: dict[str, Any]) -> None:
    badge["name"] = "Everything"


def _other_evidence(badge: dict[str, Any]) -> None:
    badge["evidence"] = []


def _other_index(badge: dict[str, Any]) -> None:
    badge["credentialStatus"]["statusListIndex"] = "7"


def _with_document(world: World, event: Any, data: bytes) -> Any:
    """The event as it would be, had it recorded this badge."""
    forged = copy.copy(event)
    digest = hashlib.sha256(data).hexdigest()
    if isinstance(event, Award.Issued):
        box = world.app.vault.seal(event.person, "award.document", zlib.compress(data, 9))
        forged.__dict__.update(document=box, digest=digest)
    elif isinstance(event, BadgeDigest.Recorded):
        forged.__dict__["digest"] = digest
    return forged


def test_a_receipt_that_answers_something_else_is_named(world: World) -> None:
    submission = world.accepted()
    world.do(world.manager, IssueAward(submission=submission), key="once")
    log = events_of(world)
    at, given = next((a, e) for a, e in enumerate(log) if isinstance(e, CommandReceipt.Given))
    for changed in ({"version": 7}, {"id": str(uuid4())}, {"further": True}):
        forged = copy.copy(given)
        forged.__dict__["answer"] = {**given.answer, **changed}
        found = examined(world, [*log[:at], forged, *log[at + 1 :]])
        assert found == [(at, "its answer is not what the rules give")]


def test_what_is_wrong_once_is_said_once(world: World) -> None:
    """After a breach the log is followed as it is: what is lawful on top of it is not named."""
    award = world.award()
    before = world.app.store.position()
    retired = context(world, world.educator, "micro-credential.retire")
    micro = world.app.store.get(MicroCredential, world.micro, "micro-credential")
    micro.retire(retired, 1)
    world.app.store.commit(micro)
    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
    with pytest.raises(Exception, match="no more submissions"):
        world.do(world.manager, RetireMicroCredential(micro_credential=world.micro, number=1))
    assert [position for position, _ in examined(world)] == [before]


def test_aggregates_that_left_memory_come_back_as_they_were(world: World) -> None:
    world.award()
    store, history = world.app.store, History(kept=1)
    people = [world.educator, world.manager, world.assessors[0]]
    held = [store.get(Person, caller.person or uuid4(), "p") for caller in people]
    for aggregate in held:
        history.add(aggregate)
        history.keep()
    for aggregate in held:
        found = history.get(Person, aggregate.id, "person")
        assert found.__dict__ == aggregate.__dict__
