"""The command bus: once only, decided on what is true, all or nothing.

A request is prepared, decided and saved with its receipt in one transaction, in which every
aggregate that was read must still have the version that was read; else it is decided again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from ledger.aggregate import Aggregate, FoundingEvent, PublicAggregate
from ledger.clock import TOLERANCE
from ledger.command import Answer, Command, Repository, Told
from ledger.context import Authority, Caller, Context
from ledger.errors import KeyReused, LedgerError, NotFound, RuleBroken, StaleVersion
from ledger.inputs import digest_of
from ledger.policy import POLICY_ID, Policy
from ledger.policy_in_force import PolicyInForce
from ledger.preparer import Preparer
from ledger.recorders import NO_TIME, ClaimTaken
from ledger.store import EventStore
from ledger.text import line

_TRIES = 5

A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True)
class Request:
    """A client's request to carry out a command.

    ``key`` makes it idempotent for this caller; ``expected_version`` is the version of the thing
    as the client last saw it (HTTP's If-Match); ``cause`` names the event that a process manager
    answers.
    """

    caller: Caller
    key: str | None = None
    expected_version: int | None = None
    cause: str | None = None


class CommandReceipt(Aggregate):
    """That a command under a client's key was carried out, and with what answer."""

    TOPIC = "ledger.CommandReceipt"

    class Given(FoundingEvent):
        """``request`` is a digest that only a holder of the key can make again."""

        TOPIC = "ledger.CommandReceipt.Given"

        request: str
        answer: dict[str, Any]

    def __init__(self, *, request: str, answer: dict[str, Any]) -> None:
        self.request = request
        self.answer = answer

    @staticmethod
    def id_for(caller: Caller, key: str) -> UUID:
        """Where the receipt for this caller's key stands."""
        return uuid5(caller.person or NAMESPACE_URL, f"testamur:command:{caller.role}:{key}")

    @classmethod
    def give(cls, context: Context, stream: UUID, request: str, answer: Answer) -> CommandReceipt:
        """The receipt of the command that is being decided."""
        return cls.begin(
            cls.Given, context, stream, request=request, answer=answer.model_dump(mode="json")
        )


class UnitOfWork:
    """The aggregates of one decision: those that it read, with their versions, and those that it
    changed."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._held: dict[UUID, Aggregate | PublicAggregate] = {}
        self._versions: dict[UUID, int] = {}
        self.newest = NO_TIME
        """The time of the newest aggregate that was touched."""

    def find(self, kind: type[A], stream: UUID) -> A | None:
        if stream not in self._held:
            found = self._store.find_any(stream)  # an id of another kind is there, and no absence
            self._saw(stream, found)
            if found is None:
                return None
            self._held[stream] = found
        held = self._held[stream]
        return held if isinstance(held, kind) else None

    def get(self, kind: type[A], stream: UUID, what: str) -> A:
        found = self.find(kind, stream)
        if found is None:
            raise NotFound(what)
        return found

    def read(self, kind: type[A], stream: UUID, what: str) -> A:
        if stream in self._held:
            return self.get(kind, stream, what)
        try:
            found = self._store.read_as_seen(kind, stream, what)
        except NotFound:
            return self.get(kind, stream, what)  # which notes what does stand there
        self._saw(stream, found)
        return found

    def add(self, aggregate: Aggregate | PublicAggregate) -> None:
        self._held[aggregate.id] = aggregate
        self._versions.setdefault(aggregate.id, 0)

    def seen(self, stream: UUID) -> int:
        """The version that the aggregate had before this decision."""
        return self._versions.get(stream, 0)

    def rests_on_the_present(self) -> bool:
        """Whether everything that was read is still so."""
        return not self._versions or self._store.are_current(self._versions)

    def save(self, *, in_time: bool = True) -> None:
        """Save what was changed, if what was only read is still so. Raises ClaimTaken."""
        changed = [held for held in self._held.values() if held.pending_events]
        written = {aggregate.id for aggregate in changed}
        reads = {s: version for s, version in self._versions.items() if s not in written}
        self._store.commit(*changed, reads=reads, in_time=in_time)

    def _saw(self, stream: UUID, found: Aggregate | None) -> None:
        self._versions[stream] = found.version if found else 0
        if found and found.modified_on > self.newest:
            self.newest = found.modified_on


class Present:
    """The aggregates as they are now, for whoever only reads."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    def find(self, kind: type[A], stream: UUID) -> A | None:
        return self._store.find(kind, stream)

    def get(self, kind: type[A], stream: UUID, what: str) -> A:
        return self._store.get(kind, stream, what)

    def read(self, kind: type[A], stream: UUID, what: str) -> A:
        return self._store.read(kind, stream, what)

    def add(self, _aggregate: Aggregate | PublicAggregate) -> None:
        raise TypeError("nothing is recorded here")


@dataclass
class CommandBus:
    """Carries out ``commands``, by their names, and no others. ``authority`` makes, from a
    repository, what answers "may they?"."""

    store: EventStore
    preparer: Preparer
    clock: Callable[[], datetime]
    commands: Mapping[str, type[Command[Any, Any]]]
    newest_policy: Policy
    authority: Callable[[Repository], Authority]

    def execute(self, request: Request, command: Command[Any, Told]) -> Told:
        """Carry out a command; a second time under the same key, give the first answer.

        Raises LedgerError; nothing was recorded then. Raises TypeError for a command that no
        capability states: an audit could not decide it again.
        """
        if self.commands.get(command.NAME) is not type(command):
            raise TypeError(f"{type(command).__qualname__} is no command of any capability")
        if request.key:
            line(request.key, "/Idempotency-Key")
        digest = _digest(request.key, command) if request.key else ""
        at = None
        for _ in range(_TRIES):
            work = UnitOfWork(self.store)
            given = self._given(work, request, command, digest)
            if given is not None:
                return given
            try:
                context = self._context(work, request, command, at)
                answer = self._decide(work, context, request, command, digest)
                if command.IN_TIME and context.at < work.newest <= context.at + TOLERANCE:
                    at = work.newest  # what it rests on happened after it began
                    continue  # further ahead is only what an operator put right since
                work.save(in_time=command.IN_TIME)
            except ClaimTaken:
                self.store.forget()
                continue
            except LedgerError:
                if work.rests_on_the_present():
                    raise
                self.store.forget()  # refused on what was seen earlier: decide on what is true now
                continue
            return answer
        raise RuleBroken("busy", "others are changing the same thing; try again")

    def require(self, caller: Caller, action: str, unit: UUID) -> None:
        """Raises NotPermitted unless the caller may take ``action``, which records nothing, in
        ``unit``; NotFound for a unit that is none."""
        context = Context(
            caller=caller,
            at=self.clock(),
            command=action,
            command_id=self.preparer.new_id(),
            policy=self.policy(),
            authority=self.authority(Present(self.store)),
            entropy=self.preparer.entropy,
        )
        context.authority.require(context, action, unit)

    def policy(self) -> Policy:
        """The edition in force now; the newest while none was adopted."""
        try:
            return self.store.read(PolicyInForce, POLICY_ID, "policy").policy
        except NotFound:
            return self.newest_policy

    def _decide(
        self,
        work: UnitOfWork,
        context: Context,
        request: Request,
        command: Command[Any, Told],
        digest: str,
    ) -> Told:
        command.authorize(work, context)
        found = command.prepare(self.preparer, work, context)
        prepared = command.sealed(self.preparer, work, context, found)
        stream = CommandReceipt.id_for(request.caller, request.key) if request.key else None
        receipt = (stream, digest) if stream else None
        context = replace(context, inputs=digest_of(prepared, found, context, receipt))
        answer = perform(prepared, work, context, found)
        now = work.seen(command.subject(answer))
        if request.expected_version not in (None, now):
            raise StaleVersion(f"it is at version {now} now, not {request.expected_version}")
        if stream is not None:
            work.add(CommandReceipt.give(context, stream, digest, answer))
        return answer

    def _context(
        self, work: UnitOfWork, request: Request, command: Command[Any, Any], at: datetime | None
    ) -> Context:
        try:
            policy = work.read(PolicyInForce, POLICY_ID, "policy").policy
        except NotFound:
            policy = self.newest_policy
        return Context(
            caller=request.caller,
            at=self._time(command, at),
            command=command.NAME,
            command_id=self.preparer.new_id(),
            policy=policy,
            authority=self.authority(work),
            entropy=self.preparer.entropy,
            cause=request.cause,
        )

    def _time(self, command: Command[Any, Any], earliest: datetime | None) -> datetime:
        """Not before the ledger's own time. Raises ClockBehind."""
        now = self.clock()
        at = self.store.moment(now) if command.IN_TIME else now
        return max(at, earliest or at)

    def _given(
        self, work: UnitOfWork, request: Request, command: Command[Any, Told], digest: str
    ) -> Told | None:
        if not request.key:
            return None
        stream = CommandReceipt.id_for(request.caller, request.key)
        given = work.find(CommandReceipt, stream)
        if given is None:
            return None
        if given.request != digest:
            raise KeyReused
        return cast(Told, command.ANSWER.model_validate(given.answer))


def perform(
    command: Command[Any, Told], repository: Repository, context: Context, found: Any
) -> Told:
    """What the bus and the audit do alike, once the caller was found to be permitted."""
    command.check_seals(repository, context, found)
    return command.decide(repository, context, found)


def _digest(key: str | None, command: Command[Any, Any]) -> str:
    """SHA-256 of a command with its values. The client's key goes in first, so that nobody who
    reads the log can try out what a person's name or address was."""
    written = json.dumps([key, command.NAME, command.values()], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()
