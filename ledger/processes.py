"""Process managers: "when this happened, do that".

A process manager follows the ledger like a read model and issues ordinary commands, whose events
name the one that made it act. Under the same process, stream and version a command is carried out
once, however often the event is looked at; a refusal by rule is final.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from ledger.command import A, Command


class Facts(Protocol):
    """What a process manager may look at: the present."""

    def read(self, kind: type[A], stream: UUID, what: str) -> A:
        """The aggregate as it is now, to be read only. Raises NotFound."""

    def open_reviews(self, assessor: UUID) -> list[UUID]:
        """The reviews that an assessor has taken on and not completed."""


@dataclass(frozen=True)
class Step:
    """A command to issue, not before ``due``."""

    command: Command[Any, Any]
    due: datetime | None = None


Handler = Callable[[Any, Facts], Iterable[Step]]
"""What follows from an event. Looked at again for what is due later, so it must say the same."""


@dataclass(frozen=True)
class ProcessManager:
    """``handlers`` by the events that they answer. ``name`` stands in the events that it causes."""

    name: str
    handlers: Mapping[type, Handler]


def cause_of(process: ProcessManager, stream: UUID, version: int) -> str:
    """How an event is named as the cause of what a process manager does."""
    return f"{process.name}:{stream}:{version}"
