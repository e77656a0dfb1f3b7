"""Whoever can sign the log anew alters one field of one event: the audit names it.

What no rule can know is listed, with the reason: another value there is another lawful input, and
whoever holds an older checkpoint finds it (docs/decisions/0020).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from keys.vault import Sealed
from ledger.value import Value
from tests.ledger.whole_log import (
    credential_audit,
    events_of,
    examined,
    examiner_of,
    missing_kinds,
    write_every_kind,
)
from tests.world import World

DRAWN = {
    "nonce": "random, so that the event's hash tells nothing",
    "command_id": "random; of a command with several events, each must have the same",
}

LAWFUL: dict[str, str] = {}

Place = tuple[int, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    built = World.build(Path(tmp_path_factory.mktemp("whole")) / "home")
    write_every_kind(built)
    yield built
    built.app.close()


@pytest.fixture(scope="module")
def events(world: World) -> list[Any]:
    return events_of(world)


def test_every_kind_of_event_happened_and_none_is_a_breach(
    world: World, events: list[Any]
) -> None:
    assert not missing_kinds(events)
    assert examined(world, events) == []
    audit = credential_audit(world)
    assert [problem for event in events if (problem := audit.problem(event))] == []


def test_a_field_that_is_altered_is_named(world: World, events: list[Any]) -> None:
    unnamed: dict[str, list[str]] = {}
    tried: set[str] = set()
    for position, event in _one_of_each(events):
        for name in sorted(event.__dict__):
            for field, value in _others(event, name, events):
                place = f"{type(event).__qualname__}.{field}"
                tried.add(field if field in DRAWN else place)
                altered = _altered(event, name, value)
                if not _is_named(world, events, position, altered) and field not in DRAWN:
                    unnamed.setdefault(place, []).append(f"{event.command} {position}: {value}"[:150])
    strange = {place: said for place, said in unnamed.items() if place not in LAWFUL}
    assert not strange, "\n".join(f"{place}: {said}" for place, said in sorted(strange.items()))
    assert unnamed.keys() >= LAWFUL.keys(), "it is named by now: take it off the list"


def _one_of_each(events: list[Any]) -> list[Place]:
    """The first event of each kind under each command."""
    first: dict[tuple[type, str], Place] = {}
    for position, event in enumerate(events):
        first.setdefault((type(event), getattr(event, "command", "")), (position, event))
    return list(first.values())


def _altered(event: Any, name: str, value: Any) -> Any:
    altered = copy.copy(event)
    altered.__dict__[name] = value
    return altered


def _is_named(world: World, events: list[Any], position: int, altered: Any) -> bool:
    """Whether an audit finds something; the events before are replayed as they are."""
    examiner = examiner_of(world.app.vault)
    start = position
    while start > 0 and _continues(events[start], events[start - 1]):
        start -= 1
    for at, event in enumerate(events[:start]):
        examiner.chronology.take(at, event)
        examiner.history.force(event)
    for at, event in enumerate(events[start:], start):
        if examiner.examine(at, altered if at == position else event):
            return True
    if examiner.finish() or list(examiner.chronology.divergences()):
        return True
    return credential_audit(world).problem(altered) is not None


def _continues(event: Any, before: Any) -> bool:
    whose = getattr(event, "command_id", None)
    return whose is None or getattr(before, "command_id", whose) == whose


def _others(event: Any, name: str, events: list[Any]) -> Iterator[tuple[str, Any]]:
    """Plausible other values of a field, each under the name of the field or of the part of it that
    is another: what the same field has elsewhere, and what is made up."""
    value = event.__dict__[name]
    known = []
    for other in events:
        found = other.__dict__.get(name) if type(other) is type(event) else None
        if found is not None and found != value and found not in known:
            known.append(found)
    if isinstance(value, Sealed):
        yield f"{name}.subject", replace(value, subject=uuid4())
        yield f"{name}.field", replace(value, field="person.phone")
        yield f"{name}.box", replace(value, box=value.box[:-8] + "AAAAAAA=")
        return
    if name == "timestamp":
        yield name, value + timedelta(days=30)
        yield name, value - timedelta(days=30)
        return
    for found in known[:2]:
        yield name, found
    if isinstance(value, Value):
        for field in type(value).model_fields:
            for other in _made_up(getattr(value, field)):
                yield f"{name}.{field}", value.model_copy(update={field: other})
    elif isinstance(value, dict):
        for key, held in value.items():
            yield f"{name}.{key}", {k: v for k, v in value.items() if k != key}
            for other in _made_up(held):
                yield f"{name}.{key}", {**value, key: other}
        yield name, {**value, "further": next(iter(value.values()), "x")}
    elif value is None and not known:
        yield name, _of_nothing(name, events)
    else:
        for other in _made_up(value):
            yield name, other


def _made_up(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, UUID):
        yield uuid4()
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, str):
        yield f"{value}x"
    elif isinstance(value, datetime):
        yield value + timedelta(days=1)
    elif isinstance(value, tuple) and value:
        yield value[1:]
    elif isinstance(value, Sealed):
        yield replace(value, subject=uuid4())
    elif isinstance(value, Value):
        field = next(iter(type(value).model_fields))
        yield value.model_copy(update={field: next(_made_up(getattr(value, field)))})


def _of_nothing(name: str, events: list[Any]) -> Any:
    """For a field that is empty: what a field of that name has in any event."""
    found = (event.__dict__.get(name) for event in events)
    return next((value for value in found if value is not None), uuid4())
