"""Who may do what is checked in the command, for every role and every action."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from api.access import caller_of_token, issue_token, send_invitation, use_invitation
from ledger.awards import IssueAward
from ledger.bus import Request
from ledger.catalogue import DefineMicroCredential
from ledger.context import SYSTEM, Caller
from ledger.errors import Invalid, LedgerError, NotFound, NotPermitted, RuleBroken
from ledger.people import (
    NETWORK_ID,
    AccessToken,
    ConfirmProposal,
    EndToken,
    FoundNetwork,
    GrantRole,
    Person,
    ProposeErasure,
    PublishProfile,
    RegisterOrganization,
    RegisterPerson,
    RevokeRole,
    RoleWithin,
    StopProposal,
    secret_id,
)
from ledger.policy import ROLES
from tests.ledger.whole_log import examined
from tests.world import World, definition


def test_a_role_counts_only_within_its_unit(world: World) -> None:
    order = world.administrator
    west = world.do(order, RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)).id
    west_admin = world.person("administrator", west)
    world.do(west_admin, RegisterPerson(name="In", email="in@example.org", home=west))
    with pytest.raises(NotPermitted):
        world.do(west_admin, RegisterPerson(name="Out", email="out@example.org", home=world.campus))
    west_manager = world.person("programme-manager", west)
    with pytest.raises(NotPermitted):
        world.do(west_manager, IssueAward(submission=world.accepted()))


def test_a_role_taken_away_stops_at_once(world: World) -> None:
    order = world.administrator
    assert world.manager.person is not None
    world.do(
        order,
        RevokeRole(
            person=world.manager.person,
            role=RoleWithin.rebuilt(role="programme-manager", unit=NETWORK_ID),
        ),
    )
    with pytest.raises(NotPermitted):
        world.do(world.manager, DefineMicroCredential(owner=NETWORK_ID, definition=definition()))


def test_nobody_grants_themselves_a_role(world: World) -> None:
    assert world.administrator.person is not None
    with pytest.raises(NotPermitted):
        world.do(
            world.administrator,
            GrantRole(
                person=world.administrator.person,
                role=RoleWithin.rebuilt(role="assessor", unit=NETWORK_ID),
            ),
        )


def test_an_auditor_is_never_an_administrator_too(world: World) -> None:
    auditor = world.person("auditor", NETWORK_ID)
    assert auditor.person is not None
    with pytest.raises(RuleBroken) as caught:
        world.do(
            world.administrator,
            GrantRole(
                person=auditor.person,
                role=RoleWithin.rebuilt(role="administrator", unit=NETWORK_ID),
            ),
        )
    assert caught.value.code == "roles-exclude-each-other"


def test_a_second_network_is_refused(world: World) -> None:
    with pytest.raises(RuleBroken) as caught:
        world.do(SYSTEM, FoundNetwork(name="Other", administrator="Eve", email="eve@example.org"))
    assert caught.value.code == "network-exists"


def test_a_network_is_founded_from_the_command_line_only(world: World) -> None:
    with pytest.raises(NotPermitted):
        world.do(
            world.administrator,
            FoundNetwork(name="X", administrator="Eve", email="eve@example.org"),
        )


@pytest.mark.parametrize(("kind", "parent"), [("campus", "network"), ("district", "campus")])
def test_the_tree_has_its_order(world: World, kind: str, parent: str) -> None:
    above = NETWORK_ID if parent == "network" else world.campus
    with pytest.raises(RuleBroken):
        world.do(world.administrator, RegisterOrganization(name="X", kind=kind, parent=above))  # type: ignore[arg-type]


@pytest.mark.parametrize("email", ["", "nobody", "a b@example.org", "a@b", "a@" + "b" * 300 + ".c"])
def test_an_email_address_looks_like_one(world: World, email: str) -> None:
    with pytest.raises(ValidationError):
        RegisterPerson(name="N", email=email, home=world.campus)


def test_a_stranger_learns_nothing_of_a_submission(world: World) -> None:
    submission = world.submitted()
    for role in ROLES:
        stranger = world.person(role, world.campus)
        if role == "programme-manager":
            continue
        with pytest.raises(LedgerError) as caught:
            world.read(stranger, submission)
        assert caught.value.code == "not-found"
    nobody = Caller(None, "system", None)
    with pytest.raises(LedgerError):
        world.read(nobody, submission)


def test_an_invitation_is_used_once_and_only_to_begin(world: World) -> None:
    assert world.educator.person is not None
    own = RoleWithin(role="educator", unit=world.campus)
    first = send_invitation(world.app, Request(world.administrator), world.educator.person, 7)
    token = use_invitation(world.app, first.secret, own, "laptop")
    caller = caller_of_token(world.app, token.secret)
    assert caller is not None
    assert (caller.person, caller.role) == (world.educator.person, "educator")
    with pytest.raises(RuleBroken, match="used"):
        use_invitation(world.app, first.secret, own, "again")
    with pytest.raises(RuleBroken) as caught:  # whoever holds it could act as the person
        send_invitation(world.app, Request(world.administrator), world.educator.person, 7)
    assert caught.value.code == "has-begun"


def test_an_invitation_is_for_a_role_that_the_person_holds(world: World) -> None:
    assert world.educator.person is not None
    sent = send_invitation(world.app, Request(world.administrator), world.educator.person, 7)
    with pytest.raises(RuleBroken) as caught:
        role = RoleWithin(role="administrator", unit=NETWORK_ID)
        use_invitation(world.app, sent.secret, role, "more")
    assert caught.value.code == "role-not-held"


def test_a_token_never_outlives_the_one_that_asks_for_it(world: World) -> None:
    first = caller_of_token(world.app, world.token(world.educator))
    assert first is not None
    later = world.clock.now + timedelta(days=364)
    with pytest.raises(Invalid, match="outlive"):
        issue_token(world.app, Request(first), "longer", later)
    child = issue_token(world.app, Request(first), "as long as that")
    assert caller_of_token(world.app, child.secret) is not None
    world.do(first, EndToken(token=child.id))
    assert caller_of_token(world.app, child.secret) is None
    with pytest.raises(NotFound):  # nobody learns of another's tokens, nor ends them
        world.do(world.assessors[0], EndToken(token=first.token or child.id))
    world.do(world.administrator, EndToken(token=first.token or child.id))
    assert caller_of_token(world.app, child.secret) is None


def test_a_token_that_is_ended_ends_all_that_came_of_it(world: World) -> None:
    """At once, however far down; others of the same person go on."""
    first = caller_of_token(world.app, world.token(world.educator))
    assert first is not None
    assert first.token is not None
    child = issue_token(world.app, Request(first), "child")
    second = caller_of_token(world.app, child.secret)
    assert second is not None
    grandchild = issue_token(world.app, Request(second), "grandchild")
    third = caller_of_token(world.app, grandchild.secret)
    other = issue_token(world.app, Request(first), "other")
    assert third is not None
    world.do(first, EndToken(token=child.id))
    assert caller_of_token(world.app, grandchild.secret) is None
    for ended in (second, third):  # also for whoever was let in before it was ended
        with pytest.raises(NotPermitted, match="not in force"):
            world.do(ended, PublishProfile(public=True))
        with pytest.raises(NotPermitted, match="not in force"):
            issue_token(world.app, Request(ended), "one more")
    assert caller_of_token(world.app, other.secret) is not None
    assert examined(world) == []
    by_hand = AccessToken.issue(
        world.context(world.educator, "token.issue"),
        secret_id("by hand"),
        person=first.person or NETWORK_ID,
        role=first.role,
        unit=world.campus,
        label=world.app.vault.seal(first.person or NETWORK_ID, "token.label", b"x"),
        expires=world.clock.now + timedelta(days=1),
        parent=grandchild.id,
    )
    world.app.store.commit(by_hand)
    (breach,) = examined(world)
    assert "not in force" in breach[1]


def test_an_erasure_takes_two_people_and_a_delay(world: World) -> None:
    assert world.educator.person is not None
    other = world.person("administrator", NETWORK_ID)
    asked = ProposeErasure(
        person=world.educator.person, ground="requested-by-person", reason="Asked."
    )
    proposal = world.do(world.administrator, asked).id
    with pytest.raises(NotPermitted):
        world.do(world.administrator, ConfirmProposal(proposal=proposal))
    world.do(other, ConfirmProposal(proposal=proposal))
    world.app.processes.catch_up()
    assert not world.app.store.read(Person, world.educator.person, "person").is_erased
    world.clock.now += timedelta(days=8)
    world.app.processes.catch_up()
    assert world.app.store.read(Person, world.educator.person, "person").is_erased


def test_an_erasure_can_be_stopped(world: World) -> None:
    assert world.educator.person is not None
    other = world.person("administrator", NETWORK_ID)
    asked = ProposeErasure(person=world.educator.person, ground="retention-ended", reason="Old.")
    proposal = world.do(world.administrator, asked).id
    world.do(other, ConfirmProposal(proposal=proposal))
    world.do(world.administrator, StopProposal(proposal=proposal, reason="A mistake."))
    world.clock.now += timedelta(days=8)
    world.app.processes.catch_up()
    assert not world.app.store.read(Person, world.educator.person, "person").is_erased


def test_nobody_is_erased_by_whoever_stands_below_them(world: World) -> None:
    """A network's auditor may have a campus for a home; the campus does not decide on them."""
    local = world.person("administrator", world.campus)
    auditor = world.do(
        world.administrator,
        RegisterPerson(
            name="Ona",
            email="ona@example.org",
            home=world.campus,
            roles=(RoleWithin(role="auditor", unit=NETWORK_ID),),
        ),
    ).id
    with pytest.raises(NotPermitted):
        world.do(local, ProposeErasure(person=auditor, ground="retention-ended", reason="Gone."))


def test_one_address_is_one_persons(world: World) -> None:
    person = RegisterPerson(name="N", email="Same@Example.org", home=world.campus)
    first = world.do(world.administrator, person).id
    again = RegisterPerson(name="M", email="same@example.ORG", home=world.campus)
    with pytest.raises(RuleBroken) as caught:
        world.do(world.administrator, again)
    assert caught.value.code == "email-taken"
    world.app.vault.destroy(first)
    world.do(world.administrator, again)
