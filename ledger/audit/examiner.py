"""Replay against the rules: each event is decided once more, by the code that decided it.

For an event, the record is taken as it was before; the method that must have recorded the event is
called again with the event's own values, by the same caller at the same time; what it would record
now must be what was recorded then. Where a rule forbids it, the event should not exist.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import UUID

from ledger.audit.chronology import Chronology
from ledger.audit.history import History
from ledger.authority import Authority
from ledger.clock import Clock
from ledger.errors import LedgerError
from ledger.record import Act, Caller, Record

E = TypeVar("E", bound=Record.Event)

_PATIENCE = 64
"""Events within which a command's further events stand: they are saved together."""


class Breach(LedgerError):
    """An event that the rules do not allow; told by an audit, and never to a client."""

    def __init__(self, detail: str) -> None:
        super().__init__("breach", detail)


class Examiner:
    """Takes events in the order of the log and says what is wrong with each."""

    def __init__(self, chronology: Chronology | None = None) -> None:
        self.chronology = chronology or Chronology()
        self.history = History()
        self.authority = Authority(self.history)
        self.granted: dict[UUID, UUID] = {}
        """Awards that a submission was promised and that were not issued yet."""
        self.endorsable: dict[UUID, tuple[UUID, int]] = {}
        """Versions, by the stream of the endorsements that were accepted for them."""
        self._owed: dict[tuple[object, ...], int] = {}
        self._expected: dict[UUID, deque[Record.Event]] = {}
        self.position = 0

    def examine(self, position: int, event: Any) -> list[tuple[int, str]]:
        """What is wrong, each with the position of the event that is to blame."""
        self.position = position
        self.chronology.take(position, event)
        problems = [(position, words) for words in self._problems(event)]
        while self._owed and position - (at := next(iter(self._owed.values()))) > _PATIENCE:
            problems.append((at, self._missing()))
        return problems

    def finish(self) -> list[tuple[int, str]]:
        """What is still missing at the end of the log."""
        found = []
        while self._owed:
            at = next(iter(self._owed.values()))
            found.append((at, self._missing()))
        for stream, events in self._expected.items():
            if events:
                name = type(events[0]).__qualname__
                found.append((self.position, f"{name} of {stream} is missing"))
        return found

    def owe(self, *what: object) -> None:
        """A further event that the same command must record."""
        self._owed[what] = self.position

    def settle(self, *what: object) -> None:
        """That further event. Raises Breach when nothing asked for it."""
        if self._owed.pop(what, None) is None:
            raise Breach(f"nothing in the log asks for this {what[0]}")

    def _missing(self) -> str:
        what = next(iter(self._owed))
        del self._owed[what]
        return f"the {what[0]} that its command records with it is missing"

    def _problems(self, event: Any) -> list[str]:
        stream = event.originator_id
        record = self.history.get(stream)
        version = record.version if record else 0
        waiting = self._expected.get(stream)
        if waiting:
            awaited = waiting.popleft()
            if not waiting:
                del self._expected[stream]
            return _differences(event, awaited)
        if event.originator_version != version + 1:
            return [f"version {event.originator_version} of its stream follows version {version}"]
        if record is not None and type(event).__qualname__.split(".")[0] != type(record).__name__:
            return [f"its stream is that of a {type(record).__name__}"]
        if isinstance(event, Record.Created) and record is not None:
            return ["its stream began before"]
        redo = REDO.get(type(event))
        if redo is None:
            return ["nothing decided it: it follows from no command"]
        try:
            act = _act_of(event)
            if self._is_dated_before(event, record):
                raise Breach("it is dated before the event that it follows")
            decided = redo(self, record, event, act)
        except LedgerError as error:
            self._force(record, event)
            return [str(error)]
        except Exception as error:  # an event that no code of ours could have written
            self._force(record, event)
            return [f"it makes no sense to the rules: {type(error).__name__} {error}"]
        wanted, *further = decided.collect_events()
        self.history.put(decided)
        if further:
            self._expected[stream] = deque(cast("list[Record.Event]", further))
        return _differences(event, wanted)

    def _is_dated_before(self, event: Any, record: Record | None) -> bool:
        """Whether an event is dated before the one that it follows. A record that is newer than the
        log was changed before the clock was put right."""
        if record is None or isinstance(record, Clock):
            return False
        is_before: bool = event.timestamp < record.modified_on <= self.chronology.newest
        return is_before

    def _force(self, record: Record | None, event: Any) -> None:
        """Go on as replay does, rules or no rules."""
        try:
            if record is not None:
                record.collect_events()
            changed = event.mutate(record)
        except Exception:
            return
        if changed is not None:
            self.history.put(changed)


def _act_of(event: Any) -> Act:
    """The command being carried out, as the event says; what is drawn at random is the thing's id,
    which is the first to be drawn, and the nonce, which is not compared."""
    caller = Caller(event.actor, event.acting_role, event.acting_unit)
    drawn = event.originator_id.bytes
    return Act(caller, event.timestamp, event.command, lambda size: drawn.ljust(size, b"\0")[:size])


Redo = Callable[[Examiner, Any, Any, Act], Record]
REDO: dict[type, Redo] = {}


def redo(kind: type) -> Callable[[Redo], Redo]:
    """Names the function that decides an event of this kind once more."""

    def remember(function: Redo) -> Redo:
        REDO[kind] = function
        return function

    return remember


def _differences(event: Any, wanted: Any) -> list[str]:
    if type(event) is not type(wanted):
        return [f"{type(wanted).__qualname__} should stand here"]
    found, right = event.__dict__, wanted.__dict__
    names = [
        n for n in found.keys() | right.keys() if n != "nonce" and found.get(n) != right.get(n)
    ]
    return [f"its {', '.join(sorted(names))} is not what the rules give"] if names else []
