"""Who may do what is checked in the command, for every role and every action."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ledger.awards import IssueAward
from ledger.catalogue import DefineMicroCredential
from ledger.context import SYSTEM, Caller
from ledger.errors import LedgerError, NotPermitted, RuleBroken
from ledger.people import (
    NETWORK_ID,
    FoundNetwork,
    GrantRole,
    RegisterOrganization,
    RegisterPerson,
    RevokeRole,
    RoleWithin,
)
from ledger.policy import ROLES
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
