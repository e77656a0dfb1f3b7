"""Who calls, and in what circumstances a command is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ledger.policy import Policy

Entropy = Callable[[int], bytes]
"""Gives that many random bytes."""


@dataclass(frozen=True)
class Caller:
    """Who calls: a person acting in one role for one unit and what lies below it.

    ``person`` and ``unit`` are None for the deployment itself (``system``) and its process
    managers (``process``). ``token`` is the access token that speaks for the person, if one does.
    """

    person: UUID | None
    role: str
    unit: UUID | None
    token: UUID | None = None


SYSTEM = Caller(None, "system", None)
"""The operator at the command line: founds, adopts policy, and can do little else."""

PROCESS = Caller(None, "process", None)
"""A process manager: does what follows by itself from what was recorded."""


class Authority(Protocol):
    """Says whether the caller may. Answered from aggregates, never from a read model."""

    def require(self, context: Context, action: str, unit: UUID | None) -> None:
        """Raises NotPermitted unless policy lets the caller's role take ``action``, and the caller
        is the deployment itself, or holds the role and ``unit`` is the role's unit or lies below
        it. What belongs to no unit is for the deployment alone."""

    def path(self, unit: UUID) -> tuple[UUID, ...]:
        """``unit`` and every unit above it. Raises NotFound."""


@dataclass(frozen=True)
class Context:
    """One command being decided: all that its decision rests on beside the aggregates.

    ``entropy`` gives the nonces of its events and nothing else; ``inputs`` is the digest of what
    the command was given and found (``inputs.py``), which its events repeat.
    """

    caller: Caller
    at: datetime
    command: str
    command_id: UUID
    policy: Policy
    authority: Authority
    entropy: Entropy
    cause: str | None = None
    inputs: str = ""
