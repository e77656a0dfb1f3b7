"""The attack: a server whose clock stood two years back recorded an event dated before a checkpoint
that was already signed, and no audit said so. And its reverse: honest threads were said to date
their events before others', and a clock that was once ahead would have frozen the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from api.audit import audit
from api.cli import app as command_line
from api.wiring import Testamur as Deployment
from api.witness import witness_of
from ledger.assessment import DeclareConflict
from ledger.audit.chronology import Chronology
from ledger.audit.report import AuditReport
from ledger.bus import Request
from ledger.clock import TOLERANCE, Clock, ClockBehind
from ledger.context import SYSTEM, Caller
from ledger.errors import LedgerError, NotPermitted, RuleBroken
from ledger.people import (
    NETWORK_ID,
    ClockPutRight,
    Organization,
    Person,
    PublishProfile,
    PutClockRight,
)
from ledger.transparency import VerifierKey
from tests.journeys.test_tampering_is_found import Opened
from tests.world import World

TWO_YEARS = timedelta(days=730)


def audited(world: World, witnesses: Sequence[VerifierKey] = ()) -> AuditReport:
    app = world.app
    again = Deployment.around(app.settings, app.keys, world.clock)  # which the audit closes
    now = datetime(2100, 1, 1, tzinfo=UTC)
    return audit(Opened(again), app.log.verifier, now, witnesses=witnesses, jobs=1)


def publish(world: World, public: bool) -> None:
    world.do(world.educator, PublishProfile(public=public))


def backdate(world: World, by: timedelta) -> None:
    """What an insider writes past the commands, in a stream of its own."""
    at = world.clock.now - by
    context = world.context(world.administrator, "organization.register", at)
    above = world.app.store.get(Organization, NETWORK_ID, "network")
    west = Organization.register(context, uuid4(), "West", "district", above)
    world.app.store.commit(west, in_time=False)


def put_right(world: World, caller: Caller = SYSTEM) -> ClockPutRight:
    answer = world.do(caller, PutClockRight())
    assert isinstance(answer, ClockPutRight)
    return answer


def test_a_clock_that_is_behind_records_nothing_and_says_so(stored_world: World) -> None:
    world = stored_world
    world.app.log.checkpoint()
    before, right = world.app.store.position(), world.clock.now
    world.clock.now = right - TWO_YEARS
    for app in (world.app, Deployment.around(world.app.settings, world.app.keys, world.clock)):
        with pytest.raises(ClockBehind, match=r"clock says 2024.* the ledger is already at 2026"):
            app.bus.execute(Request(world.educator), PublishProfile(public=True))
        assert app.store.ahead_of(world.clock.now) > TWO_YEARS - TOLERANCE
        if app is not world.app:
            app.close()
    assert world.app.store.position() == before
    world.clock.now = right
    publish(world, True)
    assert not world.app.store.ahead_of(world.clock.now)
    assert audited(world).passed


def test_within_the_tolerance_time_stands_still(stored_world: World) -> None:
    world = stored_world
    newest = world.clock.now
    world.clock.now -= TOLERANCE - timedelta(seconds=20)
    for public in (True, False, True):
        publish(world, public)
    assert world.educator.person is not None
    person = world.app.store.get(Person, world.educator.person, "person")
    assert person.modified_on == newest
    world.app.log.checkpoint()
    assert audited(world).passed


def test_an_event_dated_before_one_that_precedes_it_is_found(world: World) -> None:
    world.award()
    at = world.app.store.position()
    backdate(world, TWO_YEARS)
    publish(world, True)
    world.app.log.checkpoint()
    report = audited(world)
    found = report.findings["events.times"].divergences
    assert [(d.position, d.kind) for d in found] == [(at, "misdated")]
    assert not report.passed


@pytest.mark.parametrize("written", [None, {"_type_": "x"}, 7, "2026", datetime(2026, 1, 1)])  # noqa: DTZ001
def test_what_is_no_time_is_told_and_ends_no_audit(written: object) -> None:
    """Whoever writes into a database or an export writes anything there."""
    chronology = Chronology()
    chronology.take(0, SimpleNamespace(timestamp=datetime(2026, 3, 1, tzinfo=UTC)))
    chronology.take(1, SimpleNamespace(timestamp=written))
    chronology.take(2, SimpleNamespace())
    assert [told.position for told in chronology.divergences()] == [1, 2]


def test_checkpoints_hold_events_from_both_sides(world: World) -> None:
    """The log's own time signs before and after; a witness's time bounds what it covers."""
    world.award()
    size = world.app.log.checkpoint().size
    world.clock.now += timedelta(hours=1)
    with world.app.log._writing() as connection:  # an insider claims to have signed it later
        connection.exec_driver_sql(
            "UPDATE log_checkpoints SET signed = ?", ((world.clock.now + TWO_YEARS).isoformat(),)
        )
    backdate(world, timedelta())
    found = audited(world).findings["events.times"].divergences
    assert {d.position for d in found} == {size}
    assert "a checkpoint that precedes it" in found[0].detail
    with world.app.log._writing() as connection:  # or earlier
        connection.exec_driver_sql(
            "UPDATE log_checkpoints SET signed = ?", ((world.clock.now - TWO_YEARS).isoformat(),)
        )
    found = audited(world).findings["events.times"].divergences
    assert len(found) == size
    assert "a checkpoint that covers it" in found[0].detail


def test_a_witness_who_had_it_earlier_is_believed(world: World) -> None:
    """The server's clock was two years ahead; the witness's was right."""
    world.clock.now += TWO_YEARS
    publish(world, True)
    signed = world.app.log.checkpoint()
    witness = witness_of(world.app)
    world.clock.now -= TWO_YEARS
    note = witness.follow(world.app.log, world.app.log.verifier)
    world.app.log.cosign(note, [witness.key])
    assert audited(world).passed  # the log alone is in order
    found = audited(world, [witness.key]).findings["events.times"].divergences
    last = signed.size
    assert {d.place for d in found} == {f"event {last - 1}", f"checkpoint of {last}"}
    assert put_right(world).ledger_time == signed.signed
    world.app.log.checkpoint()
    report = audited(world, [witness.key])
    assert report.passed, report.divergences
    assert len(report.notes) == 1


def test_a_clock_that_was_ahead_is_put_right_and_the_audit_tells(stored_world: World) -> None:
    world = stored_world
    right = world.clock.now
    world.clock.now += TWO_YEARS
    publish(world, True)
    world.app.log.checkpoint()
    world.clock.now = right
    other = Deployment.around(world.app.settings, world.app.keys, world.clock)
    with pytest.raises(ClockBehind):
        publish(world, False)
    with pytest.raises(NotPermitted):
        put_right(world, world.administrator)
    assert put_right(world).ledger_time - right >= TWO_YEARS
    with pytest.raises(RuleBroken, match="not ahead"):
        put_right(world)
    publish(world, False)  # a person whose last event is dated two years ahead
    other.bus.execute(Request(world.educator), PublishProfile(public=True))  # another server, too
    other.close()
    world.award()
    world.app.log.checkpoint()
    report = audited(world)
    assert report.passed, report.divergences[:5]
    assert [note for note in report.notes if "put right" in note]
    assert report.document()["notes"] == report.notes
    world.clock.now += TWO_YEARS  # it happens once more
    publish(world, False)
    world.clock.now -= TWO_YEARS
    put_right(world)
    publish(world, True)
    world.app.log.checkpoint()
    report = audited(world)
    assert report.passed, report.divergences[:5]
    assert len(report.notes) == 2


def test_after_it_was_put_right_backdating_is_found_as_before(world: World) -> None:
    world.clock.now += TWO_YEARS
    publish(world, True)
    world.clock.now -= TWO_YEARS
    put_right(world)
    at = world.app.store.position()
    backdate(world, timedelta(days=30))
    world.app.log.checkpoint()
    report = audited(world)
    assert [d.position for d in report.findings["events.times"].divergences] == [at]


def test_an_operator_who_names_another_time_than_the_logs_is_found(world: World) -> None:
    world.clock.now += TWO_YEARS
    publish(world, True)
    named = world.clock.now - timedelta(days=400)
    context = world.context(SYSTEM, "clock.put-right", world.clock.now - TWO_YEARS)
    at = world.app.store.position()
    world.app.store.commit(Clock.first(context, named), in_time=False)
    world.clock.now -= TWO_YEARS
    world.app.log.checkpoint()
    found = audited(world).findings["events.times"].divergences
    assert (at, "it names another time than the log's") in [(d.position, d.detail) for d in found]


def test_honest_threads_and_servers_pass_the_audit(tmp_path: Path, database_url: str) -> None:
    """Eight threads on one person, half of them on another server whose clock is a bit off."""
    world = World.build(tmp_path / "home", database_url)
    settings, keys = world.app.settings, world.app.keys
    off = timedelta(seconds=20)
    ahead = Deployment.around(settings, keys, lambda: datetime.now(UTC) + off)
    true = Deployment.around(settings, keys, lambda: datetime.now(UTC))
    refused: set[str] = set()

    def write(number: int) -> None:
        app = (true, ahead)[number % 2]
        for turn in range(12):
            try:
                profile = PublishProfile(public=turn % 2 == 0)
                app.bus.execute(Request(world.educator), profile)
                other = world.assessors[1 + turn % 3].person
                conflict = DeclareConflict(educator=other or NETWORK_ID)
                app.bus.execute(Request(world.assessors[0]), conflict)
            except LedgerError as error:
                refused.add(error.code)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert refused <= {"busy", "too-many-conflicts"}
    true.log.checkpoint()
    report = audited(world)
    assert report.passed, report.divergences[:5]
    for app in (true, ahead, world.app):
        app.close()


def test_an_operator_asks_and_puts_right_on_the_command_line(world: World) -> None:
    run = CliRunner()
    env = {"TESTAMUR_HOME": str(world.app.settings.home), "TESTAMUR_KEY_PASSPHRASE": "a passphrase"}
    assert run.invoke(command_line, ["clock", "show"], env=env).exit_code == 0
    needless = run.invoke(command_line, ["clock", "put-right"], env=env)
    assert needless.exit_code == 1
    assert "the ledger is not ahead" in str(needless.exception)
    assert "Is it" not in needless.output, "nobody is asked to confirm what is refused anyway"
    world.clock.now = datetime.now(UTC) + TWO_YEARS
    publish(world, True)
    shown = run.invoke(command_line, ["clock", "show", "--json"], env=env)
    assert (shown.exit_code, json.loads(shown.stdout)["refused"]) == (1, True)
    unasked = run.invoke(command_line, ["clock", "put-right"], env=env, input="n\n")
    assert unasked.exit_code == 1
    answer = run.invoke(command_line, ["clock", "put-right", "--yes"], env=env)
    assert (answer.exit_code, "Put right" in answer.stdout) == (0, True)
    assert run.invoke(command_line, ["clock", "show"], env=env).exit_code == 0
    audited_by = run.invoke(command_line, ["audit"], env=env)
    assert audited_by.exit_code == 0, audited_by.stdout
    assert "the clock was put right" in audited_by.stdout
