"""Process managers: what follows by itself follows once, whatever stops in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.utils import get_topic

from ledger.assessment import Review, Submission
from ledger.audit.examiner import Examiner, Problem
from ledger.awards import Award
from ledger.clock import ClockBehind
from ledger.context import Caller
from ledger.errors import LedgerError
from ledger.people import (
    GrantedAuthority,
    GrantRole,
    Person,
    Proposal,
    RevokeRole,
    RoleWithin,
    StopProposal,
)
from ledger.processes import ProcessManager
from projections import Follower
from projections.database import writing
from projections.process_facts import ProcessFacts
from projections.processes import ProcessRunner, SetAside, _positions
from tests.projections.ledger_world import CAPABILITIES, Ledger, broken, definition, until

PROCESSES = tuple(process for each in CAPABILITIES for process in each.processes)


@contextmanager
def runner(ledger: Ledger, processes: Sequence[ProcessManager] = PROCESSES) -> Iterator[Any]:
    url = ledger.views_url.replace("views.db", "log.db")
    facts = ProcessFacts(ledger.store, ledger.views)
    running = ProcessRunner(
        url, ledger.store, ledger.bus, facts, processes, lambda: ledger.clock.now
    )
    try:
        yield running
    finally:
        running.close()


def by_itself(ledger: Ledger) -> UUID:
    """A micro-credential that is awarded by itself."""
    return ledger.publish(definition(name="By itself", awarded_by="itself"))


def events(ledger: Ledger, kind: type) -> list[Any]:
    return [event for event in _log(ledger) if isinstance(event, kind)]


def audited(ledger: Ledger, log: list[Any] | None = None) -> list[Problem]:
    """What the audit finds wrong with the whole ledger."""
    commands = {c.NAME: c for each in CAPABILITIES for c in each.commands}
    rules = [ledger.bus.policy()]
    examiner = Examiner(
        commands, lambda repository: GrantedAuthority(repository, {}), PROCESSES, rules
    )
    problems: list[Problem] = []
    for number, event in enumerate(log or _log(ledger)):
        problems += examiner.examine(number, event)
    return problems + examiner.finish()


def _log(ledger: Ledger) -> list[Any]:
    """Every event that this software knows."""
    known = [n for n in ledger.store.page(0) if not n.topic.startswith("tests.")]
    return [ledger.store.mapper.to_domain_event(n) for n in known]


def test_what_is_accepted_is_awarded_once_by_two_runners_at_once(stored_ledger: Ledger) -> None:
    micro = by_itself(stored_ledger)
    people = [stored_ledger.person("educator", stored_ledger.oak) for _ in range(3)]
    submissions = {stored_ledger.accepted(person, micro) for person in people}
    another = stored_ledger.accepted()  # this one is awarded by a person
    with runner(stored_ledger) as one, runner(stored_ledger) as two, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda running: running.catch_up(), [one, two]))
        assert one.set_aside() == two.set_aside() == []
    issued = events(stored_ledger, Award.Issued)
    assert len(issued) == 3
    assert {event.submission for event in issued} == submissions
    assert another not in submissions
    accepted = {e.originator_id: e for e in events(stored_ledger, Submission.Accepted)}
    for event in issued:
        cause = accepted[event.submission]
        assert event.acting_role == "process"
        assert event.cause == f"awards:{cause.originator_id}:{cause.originator_version}"
    assert audited(stored_ledger) == []


def test_a_runner_that_is_killed_after_its_command_repeats_nothing(
    stored_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_ledger.accepted(micro=by_itself(stored_ledger))

    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    with runner(stored_ledger) as running, monkeypatch.context() as patched:
        patched.setattr(running, "_finish", dies)
        with pytest.raises(Killed):
            running.catch_up()
    assert len(events(stored_ledger, Award.Issued)) == 1
    newest = stored_ledger.store.position()
    with runner(stored_ledger) as running:
        assert running.catch_up() > 0
        assert running.set_aside() == []
        with writing(running._engine) as connection:  # its database is lost
            connection.execute(_positions.delete())
        running.catch_up()
        assert running.catch_up() == 0
    assert stored_ledger.store.position() == newest
    assert audited(stored_ledger) == []


def test_places_of_an_assessor_who_is_none_any_more_are_freed(
    stored_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two of them, the second is freed all the same."""
    others = [stored_ledger.person("educator", stored_ledger.oak) for _ in range(3)]
    reviews = {stored_ledger.claim(stored_ledger.submitted(person)) for person in others[:2]}
    kept = stored_ledger.claim(stored_ledger.submitted(others[2]), assessor=1)
    with runner(stored_ledger) as running:
        running.catch_up()
        assert events(stored_ledger, Review.Recused) == []
        _revoke(stored_ledger, stored_ledger.assessors[0])
        execute = stored_ledger.bus.execute

        def once(*given: Any) -> Any:
            monkeypatch.undo()
            execute(*given)
            raise KeyboardInterrupt

        monkeypatch.setattr(stored_ledger.bus, "execute", once)
        with pytest.raises(KeyboardInterrupt):
            running.catch_up()
        assert len(events(stored_ledger, Review.Recused)) == 1
    with runner(stored_ledger) as running:
        running.catch_up()
        assert running.set_aside() == []
    freed = {event.originator_id for event in events(stored_ledger, Review.Recused)}
    assert freed == reviews and kept not in freed
    assert audited(stored_ledger) == []


def test_a_refusal_by_rule_is_final(ledger: Ledger) -> None:
    """The role was lost and given back before the runner came: nothing is freed, nothing waits."""
    ledger.claim(ledger.submitted())
    _revoke(ledger, ledger.assessors[0])
    _grant(ledger, ledger.assessors[0])
    with runner(ledger) as running:
        running.catch_up()
        assert running.set_aside() == []
        assert running.catch_up() == 0
    assert events(ledger, Review.Recused) == []


def test_an_erasure_is_carried_out_when_it_is_due(stored_ledger: Ledger) -> None:
    person = stored_ledger.person("educator", stored_ledger.elm)
    proposal = stored_ledger.erasure(person)
    with runner(stored_ledger) as running:
        running.catch_up()
        running.catch_up()
        assert events(stored_ledger, Person.Erased) == []
        assert running.set_aside() == []  # it waits for its time and failed at nothing
        stored_ledger.clock.now += timedelta(days=8)
        running.catch_up()
        assert running.catch_up() == 0
    (erased,) = events(stored_ledger, Person.Erased)
    assert erased.originator_id == person.person
    assert erased.cause == f"proposals:{proposal}:2"
    assert audited(stored_ledger) == []


def test_an_erasure_that_was_stopped_is_not_carried_out(ledger: Ledger) -> None:
    proposal = ledger.erasure(ledger.person("educator", ledger.elm))
    with runner(ledger) as running:
        running.catch_up()
        ledger.do(ledger.administrator, StopProposal(proposal=proposal, reason="A mistake."))
        ledger.clock.now += timedelta(days=8)
        running.catch_up()
        assert running.set_aside() == []
        assert running.catch_up() == 0
    assert events(ledger, Person.Erased) == []
    assert events(ledger, Proposal.CarriedOut) == []


@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError("of Sam Synthetic"),
        LedgerError("busy", "others are changing the same thing"),
        ClockBehind.__new__(ClockBehind),
    ],
    ids=["broken", "busy", "unavailable"],
)
def test_a_fault_sets_its_event_aside_and_others_go_on(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    if isinstance(fault, ClockBehind):
        fault.__init__(ledger.clock.now, ledger.clock.now)  # type: ignore[misc]
    micro = by_itself(ledger)
    first = ledger.accepted(ledger.person("educator", ledger.oak), micro)
    second = ledger.accepted(ledger.person("educator", ledger.oak), micro)
    execute = ledger.bus.execute
    tried = [0]

    def fails(request: Any, command: Any) -> Any:
        if getattr(command, "submission", None) == first:
            tried[0] += 1
            raise fault
        return execute(request, command)

    with runner(ledger) as running:
        with monkeypatch.context() as patched:
            patched.setattr(ledger.bus, "execute", fails)
            running.catch_up()
            assert [e.submission for e in events(ledger, Award.Issued)] == [second]
            pauses = []
            for tries in range(2, 8):
                (waits,) = running.set_aside()
                assert (waits.process, waits.tries) == ("awards", tries - 1)
                assert "Sam" not in waits.error and type(fault).__name__ in waits.error
                now = ledger.clock.now = max(_due(waits), ledger.clock.now)
                running.catch_up()
                running.catch_up()
                assert tried[0] == tries  # and not again before it is due
                pauses.append((_due(running.set_aside()[0]) - now).total_seconds())
            assert pauses == sorted(pauses) and pauses[-1] > 30
        ledger.clock.now += timedelta(hours=1)
        running.catch_up()
        assert running.set_aside() == []
    assert {e.submission for e in events(ledger, Award.Issued)} == {first, second}
    assert audited(ledger) == []


def test_pauses_end_at_ten_minutes(ledger: Ledger) -> None:
    def breaks(*_: object) -> list[Any]:
        raise RuntimeError

    always = ProcessManager("always", {Submission.Accepted: breaks})
    ledger.accepted()
    with runner(ledger, [always]) as running:
        running.catch_up()
        (waits,) = running.set_aside()
        running._answer(always, waits.position, 5000)
        (waits,) = running.set_aside()
        assert waits.tries == 5001
        assert _due(waits) - ledger.clock.now <= timedelta(minutes=10)


@pytest.mark.parametrize("number", range(len(PROCESSES)))
def test_a_broken_process_manager_stops_no_other(ledger: Ledger, number: int) -> None:
    def breaks(*_: object) -> list[Any]:
        raise RuntimeError

    ledger.accepted(micro=by_itself(ledger))
    ledger.claim(ledger.submitted(ledger.person("educator", ledger.oak)))
    _revoke(ledger, ledger.assessors[0])
    ledger.erasure(ledger.person("educator", ledger.elm))
    whole = PROCESSES[number]
    bad = replace(whole, name="broken", handlers=dict.fromkeys(whole.handlers, breaks))
    with runner(ledger, [bad, *PROCESSES]) as running:
        running.catch_up()
        assert {waits.process for waits in running.set_aside()} == {"broken"}
        ledger.clock.now += timedelta(days=8)
        running.catch_up()
    for kind in (Award.Issued, Review.Recused, Person.Erased):
        assert len(events(ledger, kind)) == 1


def test_a_read_model_that_is_behind_lets_its_process_wait(ledger: Ledger) -> None:
    ledger.views.catch_up()
    ledger.claim(ledger.submitted())
    ledger.accepted(ledger.person("educator", ledger.oak), by_itself(ledger))
    _revoke(ledger, ledger.assessors[0])
    with runner(ledger) as running:
        with broken(ledger, "submissions"):
            running.catch_up()
            (waits,) = running.set_aside()
            assert (waits.process, waits.error) == ("places", "BehindTheLedger: behind-the-ledger")
            assert len(events(ledger, Award.Issued)) == 1
        ledger.views.retry()
        ledger.clock.now += timedelta(seconds=30)
        running.catch_up()
        assert running.set_aside() == []
    assert len(events(ledger, Review.Recused)) == 1


def test_events_of_which_this_software_knows_nothing_stop_it_not(stored_ledger: Ledger) -> None:
    unknown = StoredEvent(uuid4(), 1, "tests.Nothing", b"{}")
    stored_ledger.store.recorder.insert_events([unknown])
    stored_ledger.accepted(micro=by_itself(stored_ledger))
    with runner(stored_ledger) as running:
        running.catch_up()
        assert running.set_aside() == []
    assert len(events(stored_ledger, Award.Issued)) == 1


def test_an_event_that_cannot_be_read_is_set_aside(ledger: Ledger) -> None:
    topic = get_topic(Submission.Accepted)
    ledger.store.recorder.insert_events([StoredEvent(uuid4(), 1, topic, b"no JSON")])
    ledger.accepted(micro=by_itself(ledger))
    with runner(ledger) as running:
        running.catch_up()
        (waits,) = running.set_aside()
        assert (waits.process, waits.error) == ("awards", "MapperDeserialisationError")
    topics = [n.topic for n in ledger.store.page(0)]
    assert topics.count(get_topic(Award.Issued)) == 1


def test_a_follower_runs_them(stored_ledger: Ledger) -> None:
    micro = by_itself(stored_ledger)
    with (
        runner(stored_ledger) as running,
        Follower(stored_ledger.views, stored_ledger.store),
        Follower(running, stored_ledger.store, every=5),
    ):
        stored_ledger.accepted(micro=micro)
        until(lambda: len(events(stored_ledger, Award.Issued)) == 1)


@pytest.mark.parametrize("cause", ["awards:{other}:1", "awards:{own}:99", "awards", "", None])
def test_the_audit_refuses_a_forged_cause(ledger: Ledger, cause: str | None) -> None:
    """An insider who writes what no process did."""
    submission = ledger.accepted(micro=by_itself(ledger))
    with runner(ledger) as running:
        running.catch_up()
    assert audited(ledger) == []
    forged = cause and cause.format(other=uuid4(), own=submission)
    (issued,) = events(ledger, Award.Issued)
    log = _log(ledger)
    for event in log:
        if getattr(event, "command_id", None) == issued.command_id:
            event.__dict__["cause"] = forged
    problems = audited(ledger, log)
    assert len(problems) == 1
    assert log[problems[0][0]].command_id == issued.command_id
    assert "cause" in problems[0][1] or "made it act" in problems[0][1]


def _due(waits: SetAside) -> datetime:
    return datetime.fromisoformat(waits.due)


def _revoke(ledger: Ledger, assessor: Caller) -> None:
    assert assessor.person is not None and assessor.unit is not None
    revoke = RevokeRole(
        person=assessor.person, role=RoleWithin(role="assessor", unit=assessor.unit)
    )
    ledger.do(ledger.administrator, revoke)


def _grant(ledger: Ledger, assessor: Caller) -> None:
    assert assessor.person is not None and assessor.unit is not None
    grant = GrantRole(person=assessor.person, role=RoleWithin(role="assessor", unit=assessor.unit))
    ledger.do(ledger.administrator, grant)
