"""What a capability's package states of itself, in one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.aggregate import Aggregate, PublicAggregate
from ledger.command import Command
from ledger.processes import ProcessManager
from ledger.value import Value


@dataclass(frozen=True)
class Capability:
    """``permissions`` gives the roles that may take each action: commands by their names, and what
    is only read. ``values`` are the types of value that its events hold; ``problems`` the titles
    of the problem types that its rules raise; ``processes`` what follows by itself."""

    name: str
    aggregates: Sequence[type[Aggregate | PublicAggregate]]
    commands: Sequence[type[Command[Any, Any]]]
    permissions: Mapping[str, tuple[str, ...]]
    problems: Mapping[str, str] = field(default_factory=dict)
    values: Sequence[type[Value]] = ()
    processes: Sequence[ProcessManager] = ()
