"""What is decided while others write: a decision rests on what it read, in the very transaction
that saves it. On both engines; an honest race is never a breach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from api.capabilities import COMMANDS, NEWEST_POLICY, VALUES
from ledger.assessment import ClaimReview, DeclareConflict, DraftSubmission, SubmitRound
from ledger.bus import CommandBus, Request, UnitOfWork
from ledger.catalogue import RetireMicroCredential
from ledger.command import Command, Repository
from ledger.context import SYSTEM, Authority, Caller
from ledger.errors import LedgerError
from ledger.people import (
    NETWORK_ID,
    AdoptPolicy,
    GrantedAuthority,
    PublishProfile,
    RegisterPerson,
    RevokeRole,
    RoleWithin,
)
from ledger.policy_in_force import PolicyInForce
from ledger.store import EventStore
from tests.ledger.whole_log import SECOND_EDITION, events_of, examined
from tests.world import World


def granted(repository: Repository) -> Authority:
    return GrantedAuthority(repository, {})


@dataclass
class OtherServer(CommandBus):
    """A second server on the same database; ``meanwhile`` happens between a decision of this one
    and its save, once."""

    meanwhile: Callable[[], object] | None = None
    decided: int = field(default=0)

    def _decide(self, work: UnitOfWork, *rest: Any) -> Any:
        answer = super()._decide(work, *rest)
        self.decided += 1
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        return answer


@pytest.fixture
def other(stored_world: World, database_url: str) -> Iterator[OtherServer]:
    app = stored_world.app
    store = EventStore(app.settings.events_url, VALUES)
    yield OtherServer(store, app.bus.preparer, stored_world.clock, COMMANDS, NEWEST_POLICY, granted)
    store.close()


def request(caller: Caller) -> Request:
    return Request(caller)


def test_a_role_is_revoked_between_decision_and_save(
    stored_world: World, other: OtherServer
) -> None:
    world = stored_world
    submission = world.submitted()
    assessor = world.assessors[0]
    assert assessor.person is not None
    revoked = RevokeRole(person=assessor.person, role=RoleWithin(role="assessor", unit=NETWORK_ID))
    other.meanwhile = lambda: world.do(world.administrator, revoked)
    _is_refused(world, other, assessor, ClaimReview(submission=submission), "not-permitted")


def test_a_version_is_retired_between_decision_and_save(
    stored_world: World, other: OtherServer
) -> None:
    world = stored_world
    submission = world.draft()
    retired = RetireMicroCredential(micro_credential=world.micro, number=1)
    other.meanwhile = lambda: world.do(world.manager, retired)
    submit = SubmitRound(submission=submission, attested=True)
    _is_refused(world, other, world.educator, submit, "version-retired")


def test_a_conflict_is_declared_between_decision_and_save(
    stored_world: World, other: OtherServer
) -> None:
    world = stored_world
    submission, assessor = world.submitted(), world.assessors[0]
    assert world.educator.person is not None
    conflict = DeclareConflict(educator=world.educator.person)
    other.meanwhile = lambda: world.do(assessor, conflict)
    _is_refused(world, other, assessor, ClaimReview(submission=submission), "not-found")


def test_the_first_conflict_of_all_is_declared_between_decision_and_save(
    stored_world: World, other: OtherServer
) -> None:
    """What a decision rests on may be that there is nothing."""
    world = stored_world
    newcomer = world.person("assessor", NETWORK_ID)
    submission = world.submitted()
    assert world.educator.person is not None
    conflict = DeclareConflict(educator=world.educator.person)
    other.meanwhile = lambda: world.do(newcomer, conflict)
    with pytest.raises(LedgerError) as refused:
        other.execute(request(newcomer), ClaimReview(submission=submission))
    assert refused.value.code in ("not-qualified", "not-found")
    assert examined(world) == []


def test_an_edition_is_adopted_between_decision_and_save(
    stored_world: World, other: OtherServer
) -> None:
    """The round is submitted all the same, with the words of the edition that is in force then."""
    world = stored_world
    submission = world.draft()
    other.meanwhile = lambda: world.do(SYSTEM, AdoptPolicy(policy=SECOND_EDITION))
    other.execute(request(world.educator), SubmitRound(submission=submission, attested=True))
    assert other.decided == 2
    adopted, submitted = events_of(world)[-2:]
    assert isinstance(adopted, PolicyInForce.Replaced)
    assert submitted.attestation == SECOND_EDITION.attestation
    assert examined(world) == []


def _is_refused(
    world: World, other: OtherServer, caller: Caller, command: Command[Any, Any], code: str
) -> None:
    before = world.app.store.position()
    with pytest.raises(LedgerError) as refused:
        other.execute(request(caller), command)
    assert refused.value.code == code
    assert other.decided == 1, "it was permitted when it was decided"
    assert world.app.store.position() == before + 1, "only what happened meanwhile"
    assert examined(world) == []


def test_eight_threads_on_two_servers_write_a_ledger_that_an_audit_passes(
    stored_world: World, other: OtherServer
) -> None:
    """All of them on one person, one micro-credential, and each on their own things."""
    world = stored_world
    world.clock.catch_up()
    names = iter(range(1000))

    def work(number: int) -> int:
        bus = (world.app.bus, other)[number % 2]
        refused = 0
        for turn in range(6):
            commands: list[tuple[Caller, Command[Any, Any]]] = [
                (world.educator, PublishProfile(public=bool((number + turn) % 2))),
                (world.educator, DraftSubmission(micro_credential=world.micro, number=1)),
                (
                    world.administrator,
                    RegisterPerson(
                        name="Sam", email=f"{next(names)}@threads.example.org", home=world.campus
                    ),
                ),
            ]
            for caller, command in commands:
                try:
                    bus.execute(request(caller), command)
                except LedgerError as error:
                    assert error.code == "busy", error
                    refused += 1
        return refused

    before = world.app.store.position()
    with ThreadPoolExecutor(8) as threads:
        refused = sum(threads.map(work, range(8)))
    assert world.app.store.position() - before >= 8 * 6 * 2 - refused
    assert examined(world) == []
