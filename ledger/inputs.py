"""The digest of what a command was given and found, which each of its events repeats.

It makes an event that was altered by hand contradict itself and its neighbours, whichever field it
is: the audit rebuilds command and findings from the events and digests them again. It is no
signature. Whoever signs the log anew can make it again as well, and has then written another
history that the rules allow; that is found by whoever holds an older checkpoint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from keys.vault import Sealed
from ledger.command import Command
from ledger.context import Context
from ledger.value import Value


def digest_of(
    command: Command[Any, Any], found: Any, context: Context, receipt: tuple[UUID, str] | None
) -> str:
    """SHA-256 over the prepared ``command``, its findings, who asked for it when and why, and the
    stream and request digest of its ``receipt``, if it was asked for under a key."""
    caller = context.caller
    unrecorded = command.UNRECORDED
    given = command.__dict__
    if unrecorded:
        given = {name: value for name, value in given.items() if name not in unrecorded}
    whole = [
        context.command,
        context.command_id,
        context.at,
        caller.person,
        caller.role,
        caller.unit,
        context.cause,
        given,
        found,
        receipt,
    ]
    return hashlib.sha256(_written(whole).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """What JSON has no word for, as an event would hold it. Raises TypeError for what none can."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, Sealed):
        return [value.subject.hex, value.field, value.box]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Value) or is_dataclass(value):
        return value.__dict__
    raise TypeError(f"no event holds a {type(value).__name__}")


_written = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain).encode
