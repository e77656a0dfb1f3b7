"""What a read model is made of: its tables, and what each kind of event writes into them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.utils import get_topic
from sqlalchemy import MetaData, Table, UniqueConstraint

from keys.vault import Sealed, Vault
from projections.batch import Batch

PREFIX = "view_"
"""How the names of read models' tables begin, and no others: what nobody owns is cleared."""

Handler = Callable[[Batch, Any, int], None]
"""Writes what one event means; takes the event and its position in the ledger."""

tables = MetaData()


@dataclass(frozen=True)
class Projection:
    """A read model: its tables and, for each kind of event, what to write.

    Handlers read and write these tables and no others, by the batch alone: it may stand for others
    of the same columns, in which the read model is made again. ``version`` is that of their
    meaning: with another one, or other columns, the rows are made again.
    """

    name: str
    tables: Sequence[Table]
    handlers: Mapping[type, Handler]
    version: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError for a table that is not named as a read model's."""
        if strange := [t.name for t in self.tables if not t.name.startswith(PREFIX)]:
            raise ValueError(f"{', '.join(strange)}: the name does not begin with {PREFIX}")

    def handlers_by_topic(self) -> dict[str, Handler]:
        """The handlers by the names that events have in the ledger."""
        return {get_topic(kind): handler for kind, handler in self.handlers.items()}

    def shape(self) -> str:
        """The version, and a digest of the tables' columns: whoever forgets the one is found by the
        other."""
        columns = [
            [table.name, [_column(c) for c in table.columns], sorted(_keys(table))]
            for table in self.tables
        ]
        return f"{self.version}-{hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:32]}"


def _column(column: Any) -> list[Any]:
    return [column.name, repr(column.type), column.primary_key, column.nullable]


def _keys(table: Table) -> list[list[str]]:
    """Indexes and what is unique."""
    unique = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    return [
        *(["unique", *(c.name for c in each.columns)] for each in unique),
        *([f"{i.name} {i.unique}", *(c.name for c in i.columns)] for i in table.indexes),
    ]


def seal_out(sealed: Sealed) -> str:
    """A sealed value as a read model keeps it: still sealed."""
    return json.dumps([sealed.subject.hex, sealed.field, sealed.box])


def unseal(vault: Vault, kept: str) -> str | None:
    """The words of a sealed value in a read model; None when the person was erased."""
    subject, field, box = json.loads(kept)
    value = vault.open(Sealed(UUID(subject), field, box))
    return None if value is None else value.decode()


def unseal_all(vault: Vault, kept: Sequence[str]) -> list[str | None]:
    """The same for many, in their order."""
    sealed = [Sealed(UUID(subject), field, box) for subject, field, box in map(json.loads, kept)]
    values = vault.open_all(sealed)
    return [None if value is None else value.decode() for value in values]
