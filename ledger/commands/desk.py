"""The desk at which every command is carried out: who may, once only, all or nothing.

A command method takes an :class:`Act` and gives an :class:`Outcome`; :func:`command` makes of it
what callers see: the same method taking an :class:`Order`, idempotent under the client's key,
tried again when it loses a race, and recorded in one transaction.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic_core import to_jsonable_python

from badges.verification import Verifier
from keys.errors import KeyNotFound
from keys.keystore import KeyStore
from keys.vault import Sealed, Vault
from ledger.authority import Authority
from ledger.clock import TOLERANCE
from ledger.errors import KeyReused, RuleBroken, StaleVersion
from ledger.evidence import FileStore
from ledger.organizations import Organization
from ledger.people import Person
from ledger.record import Act, Caller, Entropy, Record
from ledger.site import Site
from ledger.store import ClaimTaken, EventStore
from ledger.text import fitted, line

_TRIES = 5


@dataclass(frozen=True)
class Order:
    """A client's request to carry out a command.

    ``key`` makes it idempotent for this caller; ``expected_version`` is the version of the
    thing as the client last saw it (HTTP's If-Match).
    """

    caller: Caller
    key: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What a command comes to: the aggregates to save, and the answer to the client.

    The first record is the thing that the command is about, whose version the client may have
    seen. ``told_once`` joins the first answer only and is never recorded (a token's secret).
    """

    records: tuple[Record, ...]
    answer: dict[str, Any]
    told_once: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, subject: Record, *others: Record, **answer: Any) -> Self:
        """The usual answer: the subject's id and its version."""
        records = (subject, *others)
        return cls(records, {"id": str(subject.id), "version": subject.version, **answer})


class CommandReceipt(Record):
    """That a command under a client's key was carried out, and with what answer."""

    class Given(Record.Created):
        request: str
        answer: dict[str, Any]

    def __init__(self, *, request: str, answer: dict[str, Any]) -> None:
        self.request = request
        self.answer = answer

    @staticmethod
    def id_for(caller: Caller, key: str) -> UUID:
        """Where the receipt for this caller's key stands."""
        return uuid5(caller.person or NAMESPACE_URL, f"testamur:command:{key}")


@dataclass(frozen=True)
class Desk:
    """All that commands work with, handed in by the composition root."""

    store: EventStore
    vault: Vault
    keys: KeyStore
    evidence: FileStore
    images: FileStore
    site: Site
    clock: Callable[[], datetime]
    entropy: Entropy
    verifier: Callable[[datetime], Verifier]
    """For what others signed, at a time; one verifier for each verification."""

    def authorize(self, act: Act, action: str, unit: UUID) -> None:
        """Raises NotPermitted unless the caller holds the role, it allows the action, and
        ``unit`` is the role's unit or lies below it."""
        self.authority.authorize(act, action, unit)

    def path(self, unit: UUID) -> tuple[UUID, ...]:
        """``unit`` and every unit above it."""
        return self.authority.path(unit)

    @functools.cached_property
    def authority(self) -> Authority:
        """Who may do what, by the records as they are now."""
        return Authority(self.store)

    def organization(self, unit: UUID) -> Organization:
        """The unit, to be read. Raises NotFound."""
        return self.store.look(Organization, unit, "organization")

    def person(self, person: UUID) -> Person:
        """The person, to be changed. Raises NotFound, or RuleBroken for one who was erased."""
        found = self.store.load(Person, person, "person")
        found.must_remain()
        return found

    def seal_text(self, person: UUID, field_name: str, text: str) -> Sealed:
        """``text`` sealed for ``person``. Raises RuleBroken when they were erased."""
        try:
            return self.vault.seal(person, field_name, text.encode())
        except KeyNotFound:
            raise RuleBroken("person-erased", "the person's data was erased") from None


class AtDesk(Protocol):
    """A group of commands."""

    @property
    def desk(self) -> Desk: ...


S = TypeVar("S", bound=AtDesk)
P = ParamSpec("P")


def command(
    name: str, in_time: bool = True
) -> Callable[
    [Callable[Concatenate[S, Act, P], Outcome]],
    Callable[Concatenate[S, Order, P], dict[str, Any]],
]:
    """Make a command called ``name`` of a method. See the module's text.

    ``in_time`` is False for the one that puts the log's own time right.
    """

    def decorate(
        method: Callable[Concatenate[S, Act, P], Outcome],
    ) -> Callable[Concatenate[S, Order, P], dict[str, Any]]:
        parameters = inspect.signature(method)
        decide = cast("Callable[..., Outcome]", method)  # by name, once the texts are fitted

        @functools.wraps(method)
        def carry_out(
            group: S, order: Order, /, *args: P.args, **kwargs: P.kwargs
        ) -> dict[str, Any]:
            desk = group.desk
            bound = parameters.bind(group, order, *args, **kwargs).arguments
            values = fitted(method, dict(list(bound.items())[2:]))
            key = line(order.key, "/Idempotency-Key") if order.key else None
            request = _digest(key, name, values) if key else ""
            earliest = None
            for _ in range(_TRIES):
                if key and (given := _receipt(desk, order.caller, key)):
                    if given.request != request:
                        raise KeyReused
                    return given.answer
                now = desk.clock()
                at = desk.store.moment(now) if in_time else now
                at = max(at, earliest or at)
                act = Act(order.caller, at, name, desk.entropy)
                with desk.store.looking() as seen:
                    outcome = decide(group, act, **values)
                _refuse_stale(outcome, order)
                if in_time and at < seen.newest <= at + TOLERANCE:
                    earliest = seen.newest  # what it rests on happened after it began
                    continue  # further ahead is only what an operator put right since
                records = list(outcome.records)
                if key:
                    records.append(_receipt_for(act, key, request, outcome.answer))
                try:
                    desk.store.commit(*records, in_time=in_time)
                except ClaimTaken:
                    continue
                return {**outcome.answer, **outcome.told_once}
            raise RuleBroken("busy", "others are changing the same thing; try again")

        return carry_out

    return decorate


def _refuse_stale(outcome: Outcome, order: Order) -> None:
    subject = outcome.records[0]
    seen = subject.version - len(subject.pending_events)
    if order.expected_version is not None and order.expected_version != seen:
        raise StaleVersion(f"it is at version {seen} now, not {order.expected_version}")


def _receipt(desk: Desk, caller: Caller, key: str) -> CommandReceipt | None:
    return desk.store.find(CommandReceipt, CommandReceipt.id_for(caller, key))


def _receipt_for(act: Act, key: str, request: str, answer: dict[str, Any]) -> CommandReceipt:
    receipt = CommandReceipt.id_for(act.caller, key)
    return CommandReceipt.begin(CommandReceipt.Given, act, receipt, request=request, answer=answer)


def _digest(*parts: object) -> str:
    """SHA-256 of a command with its values. The client's key goes in first, so that nobody who
    reads the log can try out what a person's name or address was."""
    values = to_jsonable_python(parts, bytes_mode="base64", fallback=repr)
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
