"""A command: a frozen value with typed fields, and one decision.

The command bus (``bus.py``) prepares it, has it decided and saves what was recorded; the audit
rebuilds it from its events and has it decided again. ``decide`` draws, opens and fetches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar
from uuid import UUID

from keys.vault import Sealed
from ledger.aggregate import Aggregate, PublicAggregate
from ledger.context import Context
from ledger.deployment import DEPLOYMENT_ID, Deployment
from ledger.errors import Breach
from ledger.preparer import Preparer
from ledger.private import SealedAs
from ledger.site import Site
from ledger.value import Value

A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Aggregate.Event)
Found = TypeVar("Found")
Told = TypeVar("Told", bound="Answer")


class Repository(Protocol):
    """Where a decision reads aggregates and leaves those that it changed."""

    def find(self, kind: type[A], stream: UUID) -> A | None:
        """The aggregate, to be changed; None if there is none of that kind."""

    def get(self, kind: type[A], stream: UUID, what: str) -> A:
        """The aggregate, to be changed. Raises NotFound, naming it as ``what``."""

    def read(self, kind: type[A], stream: UUID, what: str) -> A:
        """The aggregate, only to be read: others may hold the same. Raises NotFound."""

    def add(self, aggregate: Aggregate | PublicAggregate) -> None:
        """A new aggregate."""


def site_of(repository: Repository) -> Site:
    """Our public addresses, as the ledger has them."""
    return repository.read(Deployment, DEPLOYMENT_ID, "deployment").site


class Answer(Value):
    """What a client is told: the thing that the command was about, and its version now."""

    id: UUID
    version: int

    @classmethod
    def of(cls, subject: Aggregate, **further: Any) -> Self:
        """The usual answer, with what a command's own answer adds."""
        return cls.rebuilt(id=subject.id, version=subject.version, **further)


class Command(Value, Generic[Found, Told]):
    """Base of all commands. ``Found`` is the type of its findings: what only the moment gives,
    such as drawn ids and the signed document; None for most. ``Told`` is the type of its answer."""

    NAME: ClassVar[str]
    """As it stands in each of its events."""

    ANSWER: ClassVar[type[Answer]] = Answer

    UNRECORDED: ClassVar[frozenset[str]] = frozenset()
    """Fields that no event holds: what became of them stands in the findings."""

    IN_TIME: ClassVar[bool] = True
    """False for the one that puts the ledger's own time right."""

    @classmethod
    def __pydantic_init_subclass__(cls, **values: Any) -> None:
        """Raises TypeError for a field that would hide what every command does."""
        super().__pydantic_init_subclass__(**values)
        if hidden := sorted(cls.model_fields.keys() & vars(Command).keys()):
            raise TypeError(f"{cls.__qualname__}: a field cannot be called {', '.join(hidden)}")

    def unit(self, repository: Repository, context: Context) -> UUID | None:
        """The unit to which the thing belongs, within which the caller must be permitted; None for
        what the deployment itself does: its operator, or a process manager."""
        raise NotImplementedError

    def authorize(self, repository: Repository, context: Context) -> None:
        """Raises NotPermitted, or NotFound for what the caller may not know of."""
        context.authority.require(context, self.NAME, self.unit(repository, context))

    def sealed_for(self, repository: Repository, context: Context, found: Found) -> UUID:
        """Whose data key seals the private fields."""
        raise NotImplementedError

    def prepare(self, _preparer: Preparer, _repository: Repository, _context: Context) -> Found:
        """Make the findings; the only step that may draw, open, sign or fetch."""
        return None  # type: ignore[return-value]

    def decide(self, repository: Repository, context: Context, found: Found) -> Told:
        """Change aggregates, or raise a LedgerError."""
        raise NotImplementedError

    def subject(self, answer: Answer) -> UUID:
        """The thing whose version the client may have seen."""
        return answer.id

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, Found]:
        """The command and its findings, from the events that it recorded: what was prepared, field
        by field but for ``UNRECORDED``, since its digest must be the same. Raises Breach."""
        raise NotImplementedError

    def values(self) -> Mapping[str, Any]:
        """What makes this command the same as another, as JSON."""
        return self.model_dump(mode="json")

    def sealed(
        self, preparer: Preparer, repository: Repository, context: Context, found: Found
    ) -> Self:
        """The command with its private fields sealed. Raises RuleBroken for an erased person."""
        fields = private_fields(type(self))
        if not fields:
            return self
        person = self.sealed_for(repository, context, found)
        boxes = {
            name: _sealed(preparer, person, field, getattr(self, name))
            for name, field in fields.items()
        }
        return self.model_copy(update=boxes)

    def check_seals(self, repository: Repository, context: Context, found: Found) -> None:
        """Raises Breach for a private field that is sealed for somebody else, or as another."""
        fields = private_fields(type(self))
        if not fields:
            return
        person = self.sealed_for(repository, context, found)
        for name, field in fields.items():
            for box in _boxes(getattr(self, name)):
                if (box.subject, box.field) != (person, field):
                    raise Breach(f"its {name} is sealed for somebody, or as something, else")


class CommandEvents:
    """The events of one command, in the order of the ledger."""

    def __init__(self, events: Iterable[Any]) -> None:
        self.events = list(events)

    def maybe(self, kind: type[E]) -> E | None:
        """Its event of that kind, if it has one. Raises Breach for several."""
        found = self.all(kind)
        if len(found) > 1:
            raise Breach(f"it recorded {kind.__qualname__} more than once")
        return found[0] if found else None

    def one(self, kind: type[E]) -> E:
        """Its one event of that kind. Raises Breach."""
        found = self.maybe(kind)
        if found is None:
            raise Breach(f"it recorded no {kind.__qualname__}")
        return found

    def all(self, kind: type[E]) -> list[E]:
        """Its events of that kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def first(self) -> Any:
        return self.events[0]


@cache
def private_fields(command: type[Command[Any, Any]]) -> Mapping[str, str]:
    """The names of a command's private fields, each with what it is sealed as."""
    return {
        name: mark.field
        for name, info in command.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, SealedAs)
    }


def _sealed(preparer: Preparer, person: UUID, field: str, value: Any) -> Any:
    if isinstance(value, str):
        return preparer.seal(person, field, value)
    if isinstance(value, Mapping):
        return {name: _sealed(preparer, person, field, item) for name, item in value.items()}
    return value


def _boxes(value: Any) -> Iterator[Sealed]:
    if isinstance(value, Sealed):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _boxes(item)
