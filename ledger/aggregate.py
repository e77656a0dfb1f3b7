"""The base of every aggregate, and what every event says, but the public ones: who did it, in
which role, under which command, when, because of what; and a nonce that makes the event's hash
unguessable (design §6).

All of it is handed in by the command; replay decides nothing. Every class has a ``TOPIC``: topics
are hashed into the log's leaves, so a class may move to another file and its topic may not change.
"""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from eventsourcing.domain import Aggregate as _Aggregate
from eventsourcing.domain import CanInitAggregate, CanMutateAggregate
from eventsourcing.utils import get_topic

from ledger.context import Context


def _must_have_topic(kind: type) -> None:
    if "TOPIC" not in kind.__dict__:
        raise TypeError(f"{kind.__qualname__} has no TOPIC of its own")


class Aggregate(_Aggregate):
    """Base of the ledger's aggregates."""

    class Event(_Aggregate.Event):
        """``command`` is the command's name, ``command_id`` this one time that it was carried out;
        all events of one command have it in common. ``cause`` names the event that made a process
        manager issue the command. ``inputs`` is the digest of all that the command was given and
        found: whoever alters a part of it by hand leaves a digest that does not fit."""

        actor: UUID | None
        acting_role: str
        acting_unit: UUID | None
        command: str
        command_id: UUID
        cause: str | None
        inputs: str
        nonce: str

    def __init_subclass__(cls, **values: Any) -> None:
        """Raises TypeError for a class without a topic of its own."""
        _must_have_topic(cls)
        super().__init_subclass__(**values)

    @classmethod
    def begin(
        cls, event: type[CanInitAggregate[UUID]], context: Context, stream: UUID, **values: Any
    ) -> Self:
        """A new aggregate with its founding event.

        Here and below by hand what the library does with twice the work: an audit does it a
        million times.
        """
        kind: Any = event
        happened = kind(
            originator_topic=get_topic(cls),
            originator_id=stream,
            originator_version=1,
            timestamp=context.at,
            **metadata(context),
            **values,
        )
        made: Self = happened.mutate(None)
        made.pending_events.append(happened)
        return made

    def record(
        self, event: type[CanMutateAggregate[UUID]], context: Context, **values: Any
    ) -> None:
        """The next event of this aggregate."""
        kind: Any = event
        happened = kind(
            originator_id=self.id,
            originator_version=self.version + 1,
            timestamp=context.at,
            **metadata(context),
            **values,
        )
        happened.mutate(self)
        self.pending_events.append(happened)


class FoundingEvent(Aggregate.Event, _Aggregate.Created):
    """Base of the event that an aggregate begins with."""


class PublicAggregate(_Aggregate):
    """Base of what is recorded for the eyes of the public: its one event says nothing of who or
    what recorded it. Another event of the same command names its stream."""

    class Event(_Aggregate.Event):
        nonce: str

    def __init_subclass__(cls, **values: Any) -> None:
        """Raises TypeError for a class without a topic of its own."""
        _must_have_topic(cls)
        super().__init_subclass__(**values)

    @classmethod
    def begin(
        cls, event: type[CanInitAggregate[UUID]], context: Context, stream: UUID, **values: Any
    ) -> Self:
        """A new aggregate with its one event."""
        nonce = context.entropy(16).hex()
        return cls._create(event, id=stream, timestamp=context.at, nonce=nonce, **values)


class PublicEvent(PublicAggregate.Event, _Aggregate.Created):
    """Base of that event."""


# The library would give each aggregate a second founding event, without a topic.
del Aggregate.Created, PublicAggregate.Created


def metadata(context: Context) -> dict[str, Any]:
    """What every event says of the command that recorded it."""
    return {
        "actor": context.caller.person,
        "acting_role": context.caller.role,
        "acting_unit": context.caller.unit,
        "command": context.command,
        "command_id": context.command_id,
        "cause": context.cause,
        "inputs": context.inputs,
        "nonce": context.entropy(16).hex(),
    }
