"""The runner of process managers: follows the ledger for each on its own, with a durable position.

An event whose handling fails is set aside with its error and tried again with growing pauses; the
others go on. What is due later waits in the same place. Two runners may look at the same event:
the command is carried out once.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from eventsourcing.utils import get_topic
from sqlalchemy import Column, Integer, MetaData, String, Table, select
from sqlalchemy.exc import IntegrityError

from ledger.bus import CommandBus, Request
from ledger.command import Command
from ledger.context import PROCESS
from ledger.errors import LedgerError, Unavailable
from ledger.processes import Facts, Handler, ProcessManager, Step, cause_of
from ledger.store import EventStore
from projections.database import connect, writing
from projections.transparency.rows import put

logger = logging.getLogger("testamur")

tables = MetaData()
_positions = Table(
    "process_positions",
    tables,
    Column("process", String(40), primary_key=True),
    Column("position", Integer, nullable=False),
)
_waiting = Table(
    "process_waiting",
    tables,
    Column("process", String(40), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("due", String(40), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", String(200), nullable=False),
)

_LONGEST_PAUSE = 600
"""Seconds until an event that could not be answered is tried again, at most; at first, one."""

_AT_ONCE = 200


@dataclass(frozen=True)
class SetAside:
    """An event that a process manager could not answer yet, and why; for the operator. ``error``
    holds no value of any event; ``due`` is when it is tried again."""

    process: str
    position: int
    due: str
    tries: int
    error: str


class ProcessRunner:
    """Runs process managers over a deployment's ledger."""

    def __init__(
        self,
        url: str,
        store: EventStore,
        bus: CommandBus,
        facts: Facts,
        processes: Sequence[ProcessManager],
        clock: Callable[[], datetime],
    ) -> None:
        """``url`` is of a database that loses nothing; tables that are missing are made. Were they
        lost all the same, the ledger is looked at again and nothing is done twice."""
        self._store = store
        self._bus = bus
        self._facts = facts
        self._processes = processes
        self._handlers = {process.name: _by_topic(process) for process in processes}
        self.clock = clock
        self._engine = connect(url, durable=True)
        tables.create_all(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    def catch_up(self, *names: str, stop: Callable[[], bool] = lambda: False) -> int:
        """Answer what was recorded since, and what is due now, with all process managers or those
        named; gives how many events were looked at. Returns when nothing is left to do at this
        moment, or ``stop`` says so."""
        wanted = [process for process in self._processes if not names or process.name in names]
        return sum(self._follow(process, stop) for process in wanted)

    def set_aside(self) -> list[SetAside]:
        """What failed and is tried again later."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(_waiting).where(_waiting.c.tries > 0).order_by(_waiting.c.position)
            )
            return [SetAside(*row) for row in rows]

    def _follow(self, process: ProcessManager, stop: Callable[[], bool]) -> int:
        looked = 0
        for position, tries in self._due(process):
            if stop():
                return looked
            self._answer(process, position, tries)
            looked += 1
        position = self._position(process)
        handlers = self._handlers[process.name]
        while page := self._store.page(position):
            for notification in page:
                if stop():
                    return looked
                if notification.topic in handlers:
                    self._answer(process, notification.id, 0)
                    self._remember(process, notification.id)
                    looked += 1
            position = page[-1].id
            self._remember(process, position)
        return looked

    def _answer(self, process: ProcessManager, position: int, tries: int) -> None:
        """Issue what follows from the event at a position, or let it wait."""
        try:
            later = self._issue(process, position)
        except Exception as error:  # whatever it is, it stops this event and nothing else
            logger.exception("process %s could not answer event %s", process.name, position)
            pause = min(2 ** min(tries, 10), _LONGEST_PAUSE)
            due = self.clock() + timedelta(seconds=pause)
            self._let_wait(process, position, due, tries + 1, _words(error))
            return
        if later is None:
            self._finish(process, position)
        else:
            self._let_wait(process, position, later, 0, "")

    def _issue(self, process: ProcessManager, position: int) -> datetime | None:
        """Carry out what is due; gives when the next is, if any is left."""
        (notification,) = self._store.page(position - 1, position)
        event: Any = self._store.mapper.to_domain_event(notification)
        handler = self._handlers[process.name][notification.topic]
        steps: Iterable[Step] = handler(event, self._facts)
        cause = cause_of(process, event.originator_id, event.originator_version)
        later: datetime | None = None
        for step in steps:
            if step.due is not None and step.due > self.clock():
                later = min(later or step.due, step.due)
                continue
            try:
                request = Request(PROCESS, key=_key(cause, step.command), cause=cause)
                self._bus.execute(request, step.command)
            except Unavailable:
                raise
            except LedgerError as refusal:
                if refusal.code == "busy":
                    raise
                logger.info("process %s: %s: %s", process.name, step.command.NAME, refusal)
        return later

    def _due(self, process: ProcessManager) -> list[tuple[int, int]]:
        query = select(_waiting.c.position, _waiting.c.tries).where(
            _waiting.c.process == process.name, _waiting.c.due <= _written(self.clock())
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_waiting.c.due).limit(_AT_ONCE))
            return [(row.position, row.tries) for row in rows]

    def _position(self, process: ProcessManager) -> int:
        query = select(_positions.c.position).where(_positions.c.process == process.name)
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

    def _remember(self, process: ProcessManager, position: int) -> None:
        self._put(_positions, {"process": process.name}, {"position": position})

    def _let_wait(
        self, process: ProcessManager, position: int, due: datetime, tries: int, error: str
    ) -> None:
        values = {"due": _written(due), "tries": tries, "error": error}
        self._put(_waiting, {"process": process.name, "position": position}, values)

    def _finish(self, process: ProcessManager, position: int) -> None:
        this = (_waiting.c.process == process.name, _waiting.c.position == position)
        with writing(self._engine) as connection:
            connection.execute(_waiting.delete().where(*this))

    def _put(self, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        try:
            with writing(self._engine) as connection:
                put(connection, table, key, values)
        except IntegrityError:  # another runner wrote the row first
            with writing(self._engine) as connection:
                put(connection, table, key, values)


def _by_topic(process: ProcessManager) -> Mapping[str, Handler]:
    """The handlers by the names that events have in the ledger: of others this software need know
    nothing."""
    return {get_topic(kind): handler for kind, handler in process.handlers.items()}


def _key(cause: str, command: Command[Any, Any]) -> str:
    """Under which a command is carried out once. By what it says, not by its number: when an event
    is looked at again, the first of its commands may be needed no more."""
    said = json.dumps([command.NAME, command.values()], sort_keys=True)
    return f"{cause}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def _words(error: Exception) -> str:
    kind = type(getattr(error, "orig", None) or error).__name__
    return f"{kind}: {error.code}" if isinstance(error, LedgerError) else kind


def _written(at: datetime) -> str:
    """As text that sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
