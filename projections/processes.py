"""The runner of process managers: follows the log for each on its own, with a durable position.

An event whose handling fails is set aside with its error and tried again with growing pauses; the
others go on. What is due later waits in the same place. Two runners may look at the same event:
the command is carried out once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eventsourcing.utils import resolve_topic
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, select
from sqlalchemy.dialects import postgresql, sqlite

from ledger.bus import CommandBus, Request
from ledger.context import PROCESS
from ledger.errors import LedgerError
from ledger.processes import Facts, ProcessManager, Step, cause_of
from ledger.store import EventStore
from projections.engine import connect

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
    Column("error", Text, nullable=False),
)
_LONGEST_PAUSE = timedelta(minutes=10)
_AT_ONCE = 200


@dataclass(frozen=True)
class SetAside:
    """An event that a process manager could not answer yet, and why; for the operator."""

    process: str
    position: int
    due: str
    tries: int
    error: str


class ProcessRunner:
    """Runs process managers over a deployment's log."""

    def __init__(
        self,
        url: str,
        store: EventStore,
        bus: CommandBus,
        facts: Facts,
        processes: Sequence[ProcessManager],
        clock: Callable[[], datetime],
    ) -> None:
        """``url`` is of a database that loses nothing; tables that are missing are made."""
        self._store = store
        self._bus = bus
        self._facts = facts
        self._processes = processes
        self.clock = clock
        self._engine = connect(url, durable=True)
        tables.create_all(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    def run(self, *names: str) -> int:
        """Answer what was recorded since, and what is due now, with all process managers or those
        named; gives how many events were looked at. Returns when nothing is left to do at this
        moment."""
        wanted = [process for process in self._processes if not names or process.name in names]
        return sum(self._run(process) for process in wanted)

    def set_aside(self) -> list[SetAside]:
        """What failed and is tried again later."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(_waiting).where(_waiting.c.tries > 0).order_by(_waiting.c.position)
            )
            return [SetAside(*row) for row in rows]

    def _run(self, process: ProcessManager) -> int:
        looked = 0
        for position, tries in self._due(process):
            self._answer(process, position, tries)
        position = self._position(process)
        while page := self._store.page(position):
            for notification in page:
                kind = resolve_topic(notification.topic)
                if kind in process.handlers:
                    self._answer(process, notification.id, 0)
                    looked += 1
                    self._remember(process, notification.id)
            position = page[-1].id
            self._remember(process, position)
        return looked

    def _answer(self, process: ProcessManager, position: int, tries: int) -> None:
        """Issue what follows from the event at a position, or let it wait."""
        try:
            later = self._issue(process, position)
        except Exception as error:  # whatever it is, it stops this event and nothing else
            logger.exception("process %s could not answer event %s", process.name, position)
            pause = min(timedelta(seconds=2**tries), _LONGEST_PAUSE)
            self._let_wait(process, position, self.clock() + pause, tries + 1, repr(error)[:500])
            return
        if later is None:
            self._finish(process, position)
        else:
            self._let_wait(process, position, later, 0, "")

    def _issue(self, process: ProcessManager, position: int) -> datetime | None:
        """Carry out what is due; gives when the next is, if any is left."""
        (notification,) = self._store.page(position - 1, position)
        event: Any = self._store.mapper.to_domain_event(notification)
        steps: Iterable[Step] = process.handlers[type(event)](event, self._facts)
        cause = cause_of(process, event.originator_id, event.originator_version)
        later: datetime | None = None
        for number, step in enumerate(steps):
            if step.due is not None and step.due > self.clock():
                later = min(later or step.due, step.due)
                continue
            try:
                request = Request(PROCESS, key=f"{cause}:{number}", cause=cause)
                self._bus.execute(request, step.command)
            except LedgerError as refusal:
                if refusal.code == "busy":
                    raise
                logger.info("process %s: %s: %s", process.name, step.command.NAME, refusal)
        return later

    def _due(self, process: ProcessManager) -> list[tuple[int, int]]:
        query = select(_waiting.c.position, _waiting.c.tries).where(
            _waiting.c.process == process.name, _waiting.c.due <= self.clock().isoformat()
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
        values = {"due": due.isoformat(), "tries": tries, "error": error}
        self._put(_waiting, {"process": process.name, "position": position}, values)

    def _finish(self, process: ProcessManager, position: int) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                _waiting.delete().where(
                    _waiting.c.process == process.name, _waiting.c.position == position
                )
            )

    def _put(self, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        with self._engine.execution_options(writes=True).begin() as connection:
            _upsert(connection, table, key, values)


def _upsert(
    connection: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]
) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
