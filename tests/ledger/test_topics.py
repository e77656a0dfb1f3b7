"""Names in the log are explicit and for ever: files may move, a topic may not change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.domain import CanInitAggregate, ProgrammingError
from eventsourcing.utils import get_topic

from ledger.aggregate import Aggregate, FoundingEvent, PublicAggregate, PublicEvent
from ledger.assessment import Submission
from tests.ledger.whole_log import AGGREGATES, EVENTS, write_every_kind
from tests.world import World

TOPICS = Path(__file__).with_name("topics.txt")


def test_the_topics_are_those_of_every_ledger_so_far() -> None:
    """A topic is hashed into the log. Add a new one to the list; one that is gone or renamed can be
    read in no ledger that has it."""
    found = {get_topic(kind) for kind in [*AGGREGATES, *EVENTS]}
    listed = TOPICS.read_text(encoding="utf-8").split()
    assert sorted(found) == listed
    assert len(found) == len(AGGREGATES) + len(EVENTS), "two classes with one topic"


def test_topics_say_where_a_thing_belongs() -> None:
    for aggregate in AGGREGATES:
        events = [kind for kind in EVENTS if kind.__qualname__.startswith(f"{aggregate.__name__}.")]
        assert events, aggregate
        assert sum(issubclass(kind, CanInitAggregate) for kind in events) == 1
        for event in events:
            assert get_topic(event) == f"{get_topic(aggregate)}.{event.__qualname__.split('.')[-1]}"


def test_every_aggregate_of_this_software_is_some_capability_s() -> None:
    defined = {*_below(Aggregate), *_below(PublicAggregate)}
    ours = {kind for kind in defined if kind.__module__.startswith("ledger.")}
    assert ours == set(AGGREGATES)


def test_no_module_path_stands_in_any_stored_state(world: World) -> None:
    write_every_kind(world)
    path = re.compile(r"\b(ledger|api|keys|badges|projections)\.[a-z_]+(\.[a-z_]+)*[.:][A-Z]")
    for row in world.app.store.rows(None):
        assert ":" not in row.topic
        assert row.topic in TOPICS.read_text(encoding="utf-8").split()
        assert not path.search(row.state.decode()), row.state
        assert b"ledger.people" not in row.state, row.state


def test_an_aggregate_without_a_topic_is_refused() -> None:
    with pytest.raises(TypeError, match="Nameless has no TOPIC of its own"):

        class Nameless(Aggregate):
            pass

    with pytest.raises(TypeError, match="Heir has no TOPIC of its own"):

        class Heir(Submission):
            pass

    with pytest.raises(TypeError, match="Nobody has no TOPIC of its own"):

        class Nobody(PublicAggregate):
            pass


def test_an_event_without_a_topic_is_refused() -> None:
    with pytest.raises(ProgrammingError, match=r"topic not defined on .*Happened"):

        class WithoutName(Aggregate):
            TOPIC = "tests.WithoutName"

            class Began(FoundingEvent):
                TOPIC = "tests.WithoutName.Began"

            class Happened(Aggregate.Event):
                pass

    with pytest.raises(ProgrammingError, match=r"topic not defined on .*Began"):

        class Founded(Aggregate):
            TOPIC = "tests.Founded"

            class Began(FoundingEvent):
                pass

    with pytest.raises(ProgrammingError, match=r"topic not defined on .*Recorded"):

        class Public(PublicAggregate):
            TOPIC = "tests.Public"

            class Recorded(PublicEvent):
                pass


def _below(kind: type[Any]) -> set[type[Any]]:
    found = set(kind.__subclasses__())
    return found.union(*(_below(each) for each in found))
