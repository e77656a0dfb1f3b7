"""Replay against the rules: each command is decided once more, by the code that decided it.

The events of a command are taken together; the command and its findings are rebuilt from them and
decided over the aggregates as they were; what it would record now must be what was recorded then.
Where a rule forbids it, its events should not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from ledger.aggregate import Aggregate, PublicEvent
from ledger.audit.chronology import Chronology
from ledger.audit.history import History
from ledger.bus import CommandReceipt, perform
from ledger.command import Command, CommandEvents, Repository
from ledger.context import PROCESS, SYSTEM, Authority, Caller, Context
from ledger.errors import Breach, LedgerError
from ledger.inputs import digest_of
from ledger.policy import POLICY_ID, Policy
from ledger.policy_in_force import PolicyInForce
from ledger.processes import ProcessManager

Problem = tuple[int, str]
"""A position of the log, and what is wrong with the event there."""

StatementCheck = Callable[[History, Sequence[Any], Mapping[UUID, Any]], list[tuple[Any, str]]]
"""Holds the documents that a command signed against what its events state; takes the command's
events and the aggregates' documents before it, gives events with what is wrong."""

_METADATA = ("actor", "acting_role", "acting_unit", "command", "cause", "inputs", "timestamp")
_metadata = attrgetter(*_METADATA)


class Examiner:
    """Takes events in the order of the log and says what is wrong with each."""

    def __init__(
        self,
        commands: Mapping[str, type[Command[Any, Any]]],
        authority: Callable[[Repository], Authority],
        processes: Sequence[ProcessManager],
        editions: Sequence[Policy],
        check_statements: StatementCheck | None = None,
        chronology: Chronology | None = None,
    ) -> None:
        """``commands`` by their names; ``editions`` are those of the rules that are known here."""
        self.chronology = chronology or Chronology()
        self.history = History()
        self._commands = commands
        self._authority = authority(self.history)
        self._answering = _names_by_event(processes)
        self._editions = {policy.edition: policy for policy in editions}
        self._check_statements = check_statements
        self._group: list[tuple[int, Any]] = []

    def examine(self, position: int, event: Any) -> list[Problem]:
        """What is wrong with the command before, once an event of the next one has come."""
        self.chronology.take(position, event)
        if isinstance(event, PublicEvent) or (
            self._group and _command_of(self._group[0][1]) == _command_of(event) is not None
        ):
            self._group.append((position, event))
            return []
        problems = self.finish()
        self._group = [(position, event)]
        return problems

    def finish(self) -> list[Problem]:
        """What is wrong with the last command."""
        group, self._group = self._group, []
        if not group:
            return []
        problems = self._problems(group)
        if problems:
            self.history.take_back()
            for _, event in group:
                self.history.force(event)
        self.history.keep()
        for _, event in group:
            self._note_answered(event)
        return problems

    def follow(self, position: int, event: Any) -> None:
        """Take an event as it is, and ask nothing: of a log that was examined so far before."""
        self.chronology.take(position, event)
        self.history.force(event)
        self._note_answered(event)

    def _note_answered(self, event: Any) -> None:
        for process in self._answering.get(type(event), ()):
            self.history.answer(process, event.originator_id, event.originator_version)

    def _problems(self, group: list[tuple[int, Any]]) -> list[Problem]:
        first, event = group[0]
        if isinstance(event, PublicEvent):
            return [(first, "nothing decided it: it follows from no command")]
        try:
            problems = list(self._misplaced(group))
            return problems or self._decided_otherwise(group)
        except LedgerError as error:
            return [(first, str(error))]
        except Exception as error:  # events that no code of ours could have written
            return [(first, f"it makes no sense to the rules: {type(error).__name__} {error}")]

    def _misplaced(self, group: list[tuple[int, Any]]) -> list[Problem]:
        """Events that do not continue their streams, or do not agree on who did it."""
        problems = []
        versions: dict[int, int] = {}
        _, first = group[0]
        whose = _metadata(first)
        for position, event in group:
            stream = event.originator_id.int
            before = versions.get(stream)
            if before is None:
                found = self.history.peek(event.originator_id)
                before = found.version if found else 0
            versions[stream] = before + 1
            if event.originator_version != before + 1:
                words = f"version {event.originator_version} of its stream follows {before}"
                problems.append((position, words))
            elif isinstance(event, PublicEvent):
                if event.timestamp != first.timestamp:
                    problems.append((position, "it is dated otherwise than its command"))
            else:
                if event is not first and _metadata(event) != whose:
                    wrong = [n for n in _METADATA if getattr(event, n) != getattr(first, n)]
                    problems.append((position, f"its {', '.join(wrong)} is not its command's"))
        return problems

    def _decided_otherwise(self, group: list[tuple[int, Any]]) -> list[Problem]:
        events = [event for _, event in group]
        first = events[0]
        kind = self._commands.get(first.command)
        if kind is None:
            raise Breach("nothing decided it: there is no such command")
        command, found = kind.rebuild(CommandEvents(events))
        context = self._context(first, events)
        before = {
            event.originator_id: getattr(self.history.peek(event.originator_id), "document", None)
            for event in events
            if "document" in event.__dict__
        }
        command.authorize(self.history, context)
        answer = perform(command, self.history, context, found)
        if first.cause is not None:
            self._must_rest_on(first.cause)
        if kind.IN_TIME and self._rests_on_later(context.at):
            raise Breach("it is dated before what it rests on")
        receipt = None
        for event in events:
            if isinstance(event, CommandReceipt.Given):
                receipt = stream, request = event.originator_id, event.request
                self.history.add(CommandReceipt.give(context, stream, request, answer))
        decided = {_place(event): event for event in self.history.recorded()}
        problems = []
        for position, event in group:
            wanted = decided.pop(_place(event), None)
            if wanted is None:
                problems.append((position, "nothing in its command asks for it"))
            elif words := _difference(event, wanted):
                problems.append((position, words))
        problems += [
            (group[0][0], f"the {type(missing).__qualname__} that belongs to it is missing")
            for missing in decided.values()
        ]
        if not problems and self._check_statements is not None:
            places = {id(event): position for position, event in group}
            wrong = self._check_statements(self.history, events, before)
            problems += [(places[id(event)], words) for event, words in wrong]
        if not problems and digest_of(command, found, context, receipt) != first.inputs:
            problems.append((group[0][0], "what it was given is not what its digest was made of"))
        return problems

    def _rests_on_later(self, at: datetime) -> bool:
        """Whether the decision read what is dated later. What is newer than the log was changed
        before the clock was put right."""
        return at < self.history.newest <= self.chronology.newest

    def _context(self, first: Any, events: list[Any]) -> Context:
        _must_be_somebody(first)
        return Context(
            caller=Caller(first.actor, first.acting_role, first.acting_unit),
            at=first.timestamp,
            command=first.command,
            command_id=first.command_id,
            policy=self._policy(events),
            authority=self._authority,
            entropy=bytes,
            cause=first.cause,
            inputs=first.inputs,
        )

    def _policy(self, events: list[Any]) -> Policy:
        adopted = None
        for event in events:
            if isinstance(event, PolicyInForce.Adopted | PolicyInForce.Replaced):
                adopted = event.policy
                if self._editions.get(adopted.edition) != adopted:
                    raise Breach(f"edition {adopted.edition} of the rules is not known like this")
        found = self.history.peek(POLICY_ID)
        if isinstance(found, PolicyInForce):
            return found.policy
        if adopted is None:
            raise Breach("no rules were in force yet")
        return adopted

    def _must_rest_on(self, cause: str) -> None:
        """The cause is an event that its process answers, and the decision looked at what it
        happened to."""
        try:
            process, stream, version = cause.split(":")
            happened = self.history.is_answered(process, UUID(stream), int(version))
        except ValueError:
            happened = False
        if not happened or not self.history.has_read(UUID(stream)):
            raise Breach("it does not follow from the event that it names as its cause")


def _command_of(event: Any) -> UUID | None:
    """None for what no code of ours wrote: it stands alone, and is named."""
    return getattr(event, "command_id", None)


def _names_by_event(processes: Sequence[ProcessManager]) -> Mapping[type, list[str]]:
    """The events that process managers answer, each with their names."""
    found: dict[type, list[str]] = {}
    for process in processes:
        for kind in process.handlers:
            found.setdefault(kind, []).append(process.name)
    return found


def _must_be_somebody(event: Any) -> None:
    """Raises Breach for what no caller can be."""
    if (event.acting_role == "process") != (event.cause is not None):
        raise Breach("a process names the event that made it act, and nobody else does")
    nobody = event.acting_role in (SYSTEM.role, PROCESS.role)
    if (event.actor is None) != nobody or (event.acting_unit is None) != nobody:
        raise Breach("a person acts in a role for a unit, and the deployment itself for none")


def _place(event: Any) -> tuple[int, int]:
    return event.originator_id.int, event.originator_version


def _difference(event: Any, wanted: Aggregate.Event) -> str:
    if type(event) is not type(wanted):
        return f"{type(wanted).__qualname__} should stand here"
    found, right = event.__dict__, wanted.__dict__ | {"nonce": event.nonce}
    if found == right:
        return ""
    names = [n for n in found.keys() | right.keys() if found.get(n) != right.get(n)]
    return f"its {', '.join(sorted(names))} is not what the rules give"
