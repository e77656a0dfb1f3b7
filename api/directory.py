"""People by name and address. In events and read models both are sealed, so that nobody can search
there: each process keeps them opened in memory, never on disk, and follows the read model.

Who was erased is found no more: whoever shows a result takes it from the read model, and what is
not there leaves this memory with the next question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from keys.vault import Vault
from ledger.errors import Unavailable
from ledger.text import folded
from projections import Views, unseal_all
from projections.people import persons

MOST = 100_000
"""People whose names are kept in memory, about a kilobyte for each."""

_AT_ONCE = 1000


@dataclass(frozen=True)
class Known:
    """Somebody, as they are looked for."""

    id: str
    home: str
    sorted_by: str
    text: str


class Directory:
    """The people of a deployment."""

    def __init__(self, views: Views, vault: Vault, most: int = MOST) -> None:
        self._views = views
        self._vault = vault
        self._most = most
        self._lock = Lock()
        self._known: dict[str, Known] = {}
        self._in_order: list[Known] = []
        self._followed = 0

    def find(
        self, words: str, homes: Collection[str], among: Collection[str] | None = None
    ) -> list[str]:
        """The ids of those at one of ``homes``, and among these if given, in whose name or address
        each of the words occurs, in the order of their names. Without words, all of them.

        Raises BehindTheLedger; Unavailable with more people than are kept.
        """
        wanted = folded(words).split()
        return [
            known.id
            for known in self._everybody()
            if known.home in homes
            and (among is None or known.id in among)
            and all(word in known.text for word in wanted)
        ]

    def in_order(self, among: Collection[str]) -> list[str]:
        """These people, wherever they work, in the order of their names."""
        return [known.id for known in self._everybody() if known.id in among]

    def names(self, wanted: Iterable[str]) -> dict[str, str]:
        """What these people are called; without whoever was erased. Raises BehindTheLog."""
        with self._views.reading("persons") as connection:
            rows = persons.these(connection, list(set(wanted)))
        opened = unseal_all(self._vault, [row.name for row in rows.values()])
        return {who: name for who, name in zip(rows, opened, strict=True) if name is not None}

    def _everybody(self) -> list[Known]:
        with self._lock, self._views.reading("persons") as connection:
            changed = self._take_up(connection)
            if persons.count(connection) != len(self._known):
                gone = self._known.keys() - persons.ids(connection)
                for person in gone:
                    del self._known[person]
                changed = True
            if changed:
                self._in_order = sorted(self._known.values(), key=lambda k: (k.sorted_by, k.id))
            return self._in_order

    def _take_up(self, connection: Connection) -> bool:
        """Open what came since the last time."""
        if persons.count(connection) > self._most:
            raise Unavailable("too-many-people", "there are too many people to search by name")
        before = self._followed
        while rows := persons.named_after(connection, self._followed, _AT_ONCE):
            opened = unseal_all(self._vault, [box for row in rows for box in (row.name, row.email)])
            for row, name, email in zip(rows, opened[::2], opened[1::2], strict=True):
                if name is not None:
                    text = folded(f"{name} {email or ''}")
                    self._known[row.id] = Known(row.id, row.home, folded(name), text)
            self._followed = rows[-1].named
        return self._followed != before
