"""Read models that follow the ledger.

A projection's rows and its position are written in one transaction of its own, so that each event
counts once after any crash, with any number of processes following, and so that no projection stops
another: one that fails at an event is set aside there with its error, tried again after growing
pauses, and goes on from there once it is mended. One whose shape changed is made again beside the
old one while the others follow. `eventsourcing`'s own runner has no subscription on SQLite and
commits event by event; this one reads pages of thousands (docs/decisions/0005-projections.md).
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from eventsourcing.persistence import Notification
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from ledger.errors import Unavailable
from ledger.store import PAGE, EventStore
from projections.batch import Batch
from projections.copies import Copy, begin_beside, open_copies, positions, take_place
from projections.database import PATIENCE, connect, file_of, inode, writing
from projections.projection import Projection

logger = logging.getLogger("testamur")

_SHORTEST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
"""Seconds until a read model that failed is tried again: at first, and at most."""

_A_MOMENT = 2.0
"""Seconds that a question waits for the read models that it rests on."""

_LOOK_AGAIN = 0.02

_SWAP_PATIENCE = 0.5
"""Seconds that a swap waits for readers: less than PostgreSQL's ``deadlock_timeout``, so that it is
the swap that gives way."""


@dataclass(frozen=True)
class Fault:
    """Why a read model is set aside. ``error`` holds no value of any event; ``position`` is that
    of the event at which it failed, 0 where none did; ``again`` is on the monotonic clock."""

    error: str
    position: int
    tries: int
    again: float


@dataclass(frozen=True)
class State:
    """How far a read model is: its position, how many behind the ledger, and what stops it.

    While it ``is_rebuilt``, it cannot be asked: position and fault are those of the new copy.
    """

    name: str
    position: int
    lag: int
    fault: Fault | None
    is_rebuilt: bool


class BehindTheLedger(Unavailable):
    """What is asked rests on a read model that is set aside, being rebuilt, or not there yet."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__("behind-the-ledger", f"the read model {name} {words}")


class _Page:
    """Some events in the order of the ledger, each decoded once for all and only if wanted."""

    def __init__(self, store: EventStore, after: int, until: int | None) -> None:
        self.after = after
        self.notifications = store.page(after, until)
        self._decode = store.mapper.to_domain_event
        self._decoded: dict[int, Any] = {}

    @property
    def last(self) -> int:
        return self.notifications[-1].id if self.notifications else self.after

    @property
    def is_full(self) -> bool:
        """Whether there may be more."""
        return len(self.notifications) >= PAGE

    def before(self, notification: Notification) -> int:
        """The position of the event before this one."""
        return max((n.id for n in self.notifications if n.id < notification.id), default=self.after)

    def event(self, notification: Notification) -> Any:
        """What happened."""
        if notification.id not in self._decoded:
            self._decoded[notification.id] = self._decode(notification)
        return self._decoded[notification.id]


def _never() -> bool:
    return False


class Views:
    """The database of read models, and what keeps them up to date."""

    def __init__(self, url: str, store: EventStore, projections: Sequence[Projection]) -> None:
        """``url`` is an SQLAlchemy URL; tables that are missing are made, those of other read
        models cleared: views of some projections only are for a database of their own. What has
        another shape is made again by ``catch_up``."""
        self._store = store
        self._projections = {projection.name: projection for projection in projections}
        self._handlers = {p.name: p.handlers_by_topic() for p in projections}
        self._asked = {p.name: Copy(p, p.shape()) for p in projections}
        self._beside = {p.name: Copy(p, p.shape(), beside=True) for p in projections}
        self._faults: dict[Copy, Fault] = {}
        self._engine = connect(url)
        self._in_step = Lock()
        self._opening = Lock()
        self._file = file_of(self._engine)
        self._open()

    @property
    def names(self) -> list[str]:
        return list(self._projections)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self, *names: str) -> Iterator[Connection]:
        """A connection for queries that rest on these read models: on all that was recorded until
        now. Without names, on whatever is there.

        Raises BehindTheLedger when one of them is set aside, being rebuilt, or not there in a
        moment.
        """
        self._begin_again_if_deleted()
        if names:
            self._wait_for(names)
        with self._engine.connect() as connection:
            yield connection

    def catch_up(
        self,
        progress: Callable[[int], None] | None = None,
        until: int | None = None,
        stop: Callable[[], bool] = _never,
    ) -> int:
        """Project what was recorded since, or as far as ``until``; gives the position reached.

        What is being rebuilt is taken along, and takes its place at the end. A read model that
        fails is set aside and does not stop the others; see ``must_follow``.
        """
        self._begin_again_if_deleted()
        copies = [*self._asked.values(), *self._beside.values()]
        while not stop() and (reached := self._round(copies, until, PATIENCE)) is not None:
            if progress is not None:
                progress(reached)
        return min(self._following(copies).values(), default=0)

    def must_follow(self, *names: str) -> None:
        """Raises BehindTheLedger when one of these read models, or of all, is set aside or not
        there in this software's shape."""
        with self.reading() as connection:
            found = positions(connection, list(self._asked.values()))
        for name in names or self._projections:
            copy = self._asked[name]
            if copy not in found:
                raise BehindTheLedger(name, self._why_rebuilt(name))
            if fault := self._fault(copy, found[copy]):
                raise BehindTheLedger(name, _stopped(fault))

    def retry(self) -> None:
        """Let what was set aside be tried again at once."""
        self._faults.update({c: replace(f, again=0.0) for c, f in self._faults.items()})

    def states(self) -> list[State]:
        """How far each read model is, and what stops it; in this process's eyes."""
        newest = self._store.position()
        with self.reading() as connection:
            found = positions(connection, [*self._asked.values(), *self._beside.values()])
        states = []
        for name, asked in self._asked.items():
            copy = asked if asked in found else self._beside[name]
            at = found.get(copy, 0)
            lag = max(newest - at, 0)
            states.append(State(name, at, lag, self._fault(copy, at), copy is not asked))
        return states

    def rebuild(self, name: str, progress: Callable[[int], None] | None = None) -> None:
        """Make a projection's rows again from the ledger, beside those that are there, which can be
        asked until the new ones take their place.

        Raises KeyError; BehindTheLedger when that fails.
        """
        copy = self._beside[name]
        with writing(self._engine) as connection:
            begin_beside(connection, copy)
        self._faults.pop(copy, None)
        while self._is_there(copy):
            reached = self._round([copy], None, PATIENCE)
            if fault := self._faults.get(copy):
                raise BehindTheLedger(name, _stopped(fault))
            if progress is not None and reached is not None:
                progress(reached)

    def digest(self, name: str) -> tuple[int, str]:
        """Rows of a projection, and the SHA-256 over all of them in the order of their keys."""
        rows = 0
        digest = hashlib.sha256()
        with self.reading() as connection:
            for table in self._projections[name].tables:
                for row in connection.execute(select(table).order_by(*table.primary_key)):
                    rows += 1
                    digest.update(json.dumps([table.name, *row], default=_plain).encode() + b"\n")
        return rows, digest.hexdigest()

    def positions(self, connection: Connection) -> dict[str, int]:
        """Where each projection is that is there in this software's shape."""
        found = positions(connection, list(self._asked.values()))
        return {copy.name: at for copy, at in found.items()}

    def lag(self) -> int:
        """Events recorded and not yet projected, by the read model that is furthest behind."""
        return max((state.lag for state in self.states()), default=0)

    def _open(self) -> None:
        with writing(self._engine) as connection:
            open_copies(connection, list(self._asked.values()))
        self._inode = inode(self._file)

    def _begin_again_if_deleted(self) -> None:
        """A file of SQLite that was deleted goes on being read by whoever has it open."""
        if inode(self._file) == self._inode:
            return
        with self._opening:
            if inode(self._file) != self._inode:
                logger.warning("the read models were deleted; they are built again")
                self._engine.dispose()
                self._faults.clear()
                self._open()

    def _wait_for(self, names: Sequence[str]) -> None:
        """Catch up with all that was recorded before the call, or wait for whoever does."""
        end = time.monotonic() + _A_MOMENT
        copies = [self._asked[name] for name in names]
        try:
            wanted = self._store.position()
            while behind := self._missing(copies, wanted):
                left = end - time.monotonic()
                if behind.cannot_come or left <= 0:
                    raise BehindTheLedger(behind.name, behind.words)
                if self._round(copies, wanted, left) is None:
                    time.sleep(min(left, _LOOK_AGAIN))
        except OperationalError as error:
            logger.warning("the database of read models does not answer", exc_info=error)
            raise BehindTheLedger(names[0], "cannot be asked now: its database is busy") from error

    def _missing(self, copies: Sequence[Copy], wanted: int) -> _Missing | None:
        with self._engine.connect() as connection:
            found = positions(connection, copies)
        for copy in copies:
            if copy not in found:
                return _Missing(copy.name, self._why_rebuilt(copy.name), cannot_come=True)
            if found[copy] < wanted:
                fault = self._fault(copy, found[copy])
                lag = f"is {wanted - found[copy]} events behind the ledger"
                words = _stopped(fault) if fault else lag
                waits = fault is not None and fault.again > time.monotonic()
                return _Missing(copy.name, words, cannot_come=waits)
        return None

    def _why_rebuilt(self, name: str) -> str:
        copy = self._beside[name]
        if fault := self._faults.get(copy):
            return f"is being rebuilt and {_stopped(fault)}"
        if self._is_there(copy):
            return "is being rebuilt"
        return "was rebuilt by another version of this software"

    def _fault(self, copy: Copy, position: int) -> Fault | None:
        """What stops a copy that is at a position; a fault that lies behind it is over."""
        fault = self._faults.get(copy)
        return fault if fault is not None and not 0 < fault.position <= position else None

    def _is_there(self, copy: Copy) -> bool:
        with self._engine.connect() as connection:
            return copy in positions(connection, [copy])

    def _following(self, copies: Sequence[Copy]) -> dict[Copy, int]:
        """Where each copy is that is not set aside, or is to be tried again."""
        with self._engine.connect() as connection:
            found = positions(connection, copies)
        now = time.monotonic()
        waiting = {copy for copy, fault in self._faults.items() if fault.again > now}
        return {copy: at for copy, at in found.items() if copy not in waiting}

    def _round(self, copies: Sequence[Copy], until: int | None, patience: float) -> int | None:
        """One page for each group of copies that are equally far, so that one far behind holds up
        nobody; gives how far the last group is now, None when there was nothing to do."""
        reached = []
        for after in sorted(set(self._following(copies).values())):
            if not self._in_step.acquire(timeout=patience):
                continue
            try:  # somebody may have been here while we waited
                group = [c for c, at in self._following(copies).items() if at == after]
                page = _Page(self._store, after, until)
                if page.notifications:
                    self._project(group, page, patience)
                    reached.append(page.last)
                if not page.is_full:
                    for copy in group:
                        self._let_take_place(copy)
            finally:
                self._in_step.release()
        return min(reached, default=None)

    def _project(self, group: Sequence[Copy], page: _Page, patience: float) -> None:
        """Take copies over a page, each in a transaction of its own."""
        idle = []
        for copy in group:
            handlers = self._handlers[copy.name]
            if any(n.topic in handlers for n in page.notifications):
                self._advance(copy, page, page.last, patience)
            else:
                idle.append(copy)
        if idle:
            with writing(self._engine, patience) as connection:
                for copy in idle:
                    copy.move_idle(connection, page.after, page.last)
            for copy in idle:
                self._faults.pop(copy, None)

    def _advance(
        self, copy: Copy, page: _Page, last: int, patience: float, *, one_by_one: bool = False
    ) -> None:
        """Take one copy over a page up to ``last``. What fails is set aside, with all that came
        before it done; rows that fail when they are written together are written event by event,
        to find the one. Raises OperationalError when it is not our turn for too long."""
        happening: Notification | None = None
        is_ours = False
        try:
            with writing(self._engine, patience) as connection:
                reached = copy.lock(connection)
                is_ours = True
                if reached is None or not page.after <= reached < last:  # another process was here
                    return
                handlers = self._handlers[copy.name]
                batch = Batch(connection, copy.instead)
                for notification in page.notifications:
                    handler = handlers.get(notification.topic)
                    if handler is None or not reached < notification.id <= last:
                        continue
                    happening = notification
                    handler(batch, page.event(notification), notification.id)
                    if one_by_one:
                        batch.write()
                happening = None
                batch.write()
                copy.move(connection, last)
        except Exception as error:  # whatever a handler or a driver raises
            if not is_ours:
                raise
            if happening is None and not one_by_one:
                self._advance(copy, page, last, patience, one_by_one=True)
                return
            if happening is not None and page.after < (before := page.before(happening)):
                self._advance(copy, page, before, patience)
            self._set_aside(copy, error, happening)
        else:
            if last == page.last and self._faults.pop(copy, None) is not None:
                logger.warning("the read model %s follows the ledger again", copy.name)

    def _let_take_place(self, copy: Copy) -> None:
        if not copy.beside:
            return
        try:
            newest = self._store.position()
            with writing(self._engine, _SWAP_PATIENCE) as connection:
                is_done = take_place(connection, copy, newest)
        except Exception as error:  # readers may hold the old tables for a while
            self._set_aside(copy, error, None)
            return
        if is_done:
            self._faults.pop(copy, None)
            self._faults.pop(self._asked[copy.name], None)
            logger.info("the read model %s was rebuilt", copy.name)

    def _set_aside(self, copy: Copy, error: Exception, happening: Notification | None) -> None:
        earlier = self._faults.get(copy)
        at = happening.id if happening else 0
        tries = earlier.tries + 1 if earlier and earlier.position == at else 1
        pause = min(_SHORTEST_PAUSE * 2 ** min(tries - 1, 10), _LONGEST_PAUSE)
        what = happening.topic if happening else "the ledger"
        cause = type(getattr(error, "orig", None) or error).__name__
        fault = Fault(f"{cause} at {what}", at, tries, time.monotonic() + pause)
        self._faults[copy] = fault
        if tries == 1:
            logger.error(
                "the read model %s is set aside: %s", copy.name, fault.error, exc_info=error
            )


@dataclass(frozen=True)
class _Missing:
    """A read model that is not as far as is asked, in words; it may come by waiting, or not."""

    name: str
    words: str
    cannot_come: bool


def _stopped(fault: Fault) -> str:
    return f"stopped at event number {fault.position}: {fault.error}"


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
