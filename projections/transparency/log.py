"""The transparency log, kept up by following the events: tiles, entries, checkpoints.

It is no read model: nothing here can be made again differently. An event's position in the tree is
decided once, by the transaction that takes it up, together with the number under which the store
has it; numbers may have gaps, positions have none.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from ledger.audit.log import Bundle
from ledger.store import EventStore
from ledger.transparency import (
    Checkpoint,
    EventRecord,
    LogError,
    Note,
    Receipt,
    VerifierKey,
    must_continue,
    open_checkpoint,
)
from ledger.transparency.errors import BadSignature, Contradiction
from ledger.transparency.note import Sign, sign
from ledger.transparency.tiles import ENTRIES, WIDTH, Tile, bundle_of, nodes_from, root_from
from ledger.transparency.tree import inclusion_proof
from projections.database import connect
from projections.transparency.rows import (
    ID,
    SignedCheckpoint,
    bundle_numbers,
    bundles,
    checkpoint_in,
    checkpoints,
    cosignatures,
    entry_rows,
    latest_checkpoint,
    numbers_of,
    put,
    states,
    tables,
    take_up,
    tile_rows,
    tiles,
)

_AT_ONCE = 8192
"""Events taken up in one transaction, at most."""

_MOST = 10_000
"""Events looked at between two of the tree's: more than that are strays anyway."""


@dataclass(frozen=True)
class LogKey:
    """By whom checkpoints are signed."""

    verifier: VerifierKey
    sign: Sign


class TransparencyLog:
    """The log of one ledger. Open one for each process; they may race."""

    def __init__(
        self, url: str, store: EventStore, key: LogKey, clock: Callable[[], datetime]
    ) -> None:
        """``url`` is an SQLAlchemy URL; tables that are missing are made."""
        self._store = store
        self._key = key
        self.clock = clock
        self.engine = connect(url, durable=True)
        tables.create_all(self.engine)
        try:
            with self._writing() as connection:
                if connection.execute(select(states)).first() is None:
                    connection.execute(states.insert().values(id=1, size=0, last=0, signed=0))
        except IntegrityError:
            pass  # another process was quicker
        if (last := self.latest()) is not None:
            store.checkpoint_signed(last.signed)

    @property
    def verifier(self) -> VerifierKey:
        """The log's public key, under its name."""
        return self._key.verifier

    def close(self) -> None:
        self.engine.dispose()

    def size(self) -> int:
        """Events in the tree."""
        with self.reading() as connection:
            size: int = connection.execute(select(states.c.size)).scalar_one()
        return size

    def grow(self) -> int:
        """Take up every event that was recorded since; gives the size reached."""
        while True:
            with self._writing() as connection:
                size, last = self._locked_state(connection)
                page = self._store.rows(last, limit=_AT_ONCE)
                if not page:
                    return size
                take_up(connection, size, page)

    def checkpoint(self) -> SignedCheckpoint:
        """The checkpoint over all events recorded so far; signed now unless there is one.

        A second one for its size cannot be: the row is the size's, and the tree below it was
        locked and compared with the checkpoint before. Raises Contradiction rather than sign what
        does not continue the last one, ClockBehind when this clock is behind the ledger.
        """
        self.grow()
        with self._writing() as connection:
            size, _ = self._locked_state(connection)
            last = latest_checkpoint(connection)
            if last is not None:
                self._store.checkpoint_signed(last.signed)
                if last.size == size:
                    return last
            read = tile_rows(connection)
            new = Checkpoint(self.verifier.name, size, root_from(read, size))
            if last is not None:
                must_continue(Checkpoint.parse(last.note.text), new, nodes_from(read, size))
            note = Note(new.text, (sign(new.text, self.verifier, self._key.sign),))
            signed = self._store.moment(self.clock(), fresh=True)
            connection.execute(
                checkpoints.insert().values(size=size, note=str(note), signed=signed.isoformat())
            )
            connection.execute(states.update().values(signed=states.c.signed + 1))
        self._store.checkpoint_signed(signed)
        return SignedCheckpoint(size, note, signed)

    def latest(self) -> SignedCheckpoint | None:
        """The last checkpoint, with the witnesses' cosignatures; None before the first."""
        return next(iter(self.newest(1)), None)

    def newest(self, limit: int, before: int | None = None) -> list[SignedCheckpoint]:
        """The last checkpoints, the newest first; those of fewer events than ``before``."""
        query = select(checkpoints).order_by(checkpoints.c.size.desc()).limit(limit)
        if before is not None:
            query = query.where(checkpoints.c.size < before)
        with self.reading() as connection:
            return [checkpoint_in(connection, row) for row in connection.execute(query).all()]

    def checkpoints(self) -> list[SignedCheckpoint]:
        """Every checkpoint, in order."""
        with self.reading() as connection:
            rows = connection.execute(select(checkpoints).order_by(checkpoints.c.size)).all()
            return [checkpoint_in(connection, row) for row in rows]

    def strays(self) -> Iterator[str]:
        """Rows that are no part of the tree as it is now, and a size that is not the tree's."""
        with self.reading() as connection:
            state = connection.execute(select(states)).one()
            rows = connection.execute(select(tiles.c.level, tiles.c.number)).all()
            held = [Tile(row.level, row.number, 1) for row in rows]
            held += [Tile(ENTRIES, number, 1) for number in connection.scalars(bundle_numbers)]
            newest = select(bundles).order_by(bundles.c.number.desc()).limit(1)
            last = connection.execute(newest).first()
        for tile in held:
            if tile.first + tile.span > state.size:
                yield tile.path
        ids = numbers_of(last.ids) if last and len(last.ids) % ID.size == 0 else []
        size = last.number * WIDTH + len(ids) if last else 0
        if (state.size, state.last) != (size, ids[-1] if ids else 0) or (
            last and last.last != state.last
        ):
            yield f"the size {state.size}"

    def signed(self) -> int:
        """How many checkpoints were ever signed."""
        with self.reading() as connection:
            signed: int = connection.execute(select(states.c.signed)).scalar_one()
        return signed

    def number_at(self, size: int) -> int:
        """The store's number of the last event in a tree of ``size``; 0 for the empty one."""
        if size == 0:
            return 0
        query = select(bundles.c.ids).where(bundles.c.number == (size - 1) // WIDTH)
        with self.reading() as connection:
            ids = connection.scalar(query)
        return numbers_of(ids)[(size - 1) % WIDTH] if ids else 0

    def cosign(self, note: Note, witnesses: Sequence[VerifierKey]) -> list[str]:
        """Keep cosignatures of known witnesses on a checkpoint of ours; gives their names.

        Raises Contradiction for a checkpoint that this log never signed, BadSignature without a
        cosignature of a known witness.
        """
        size = Checkpoint.parse(note.text).size
        with self._writing() as connection:
            self._locked_state(connection)
            row = connection.execute(select(checkpoints).where(checkpoints.c.size == size)).first()
            if row is None or Note.parse(row.note.encode()).text != note.text:
                raise Contradiction(f"this log signed no such checkpoint of size {size}")
            found = {w.name: s for w in witnesses if (s := note.signed_by(w)) is not None}
            if not found:
                raise BadSignature("no witness that this log knows has cosigned it")
            for name, signature in found.items():
                put(
                    connection,
                    cosignatures,
                    {"size": size, "witness": name},
                    {"line": signature.line},
                )
        return list(found)

    def read(self, path: str) -> bytes:
        """A file of the log as the world sees it: ``checkpoint``, ``vkey`` or one of
        ``tile/…``. Raises LookupError."""
        if path == "checkpoint":
            return str((self.latest() or self.checkpoint()).note).encode()
        if path == "vkey":
            return f"{self.verifier.vkey}\n".encode()
        tile = Tile.parse(path)
        if tile is None:
            raise LookupError(path)
        with self.reading() as connection:
            if tile.level == ENTRIES:
                return bundle_of(entry_rows(connection, tile))
            return tile_rows(connection)(tile)

    def receipt(self, number: int, last: SignedCheckpoint | None = None) -> Receipt | None:
        """The receipt of the event that the store has under ``number``, against the last
        checkpoint; None for an event that is not under it."""
        last = last or self.latest()
        position = self.position_of(number)
        found = self._store.rows(number - 1, number)
        if last is None or position is None or position >= last.size or not found:
            return None
        with self.reading() as connection:
            nodes = nodes_from(tile_rows(connection), last.size)
            proof = inclusion_proof(nodes, position, last.size)
        return Receipt(EventRecord.of(position, found[0]), tuple(proof), last.note)

    def bundle(self, number: int) -> Bundle:
        """The events of a bundle as the store has them now, and those that the tree does not know.

        Raises LookupError.
        """
        with self.reading() as connection:
            row = connection.execute(select(bundles).where(bundles.c.number == number)).first()
            before = connection.scalar(select(bundles.c.ids).where(bundles.c.number == number - 1))
        if row is None or not row.ids or len(row.ids) % ID.size or (number and not before):
            raise LookupError(f"bundle {number}")
        places = {event: number * WIDTH + at for at, event in enumerate(numbers_of(row.ids))}
        after = numbers_of(before)[-1] if before else None
        found, strays = {}, []
        for stored in self._store.rows(after, max(places), _MOST):
            place = places.get(stored.number)
            if place is not None:
                found[place] = EventRecord.of(place, stored)
            else:
                strays.append(f"event number {stored.number} of the store")
        return Bundle(found, tuple(strays))

    def records(self, first_bundle: int = 0) -> Iterator[EventRecord]:
        """The events of the tree from a bundle on, in order. Raises LogError for a missing one."""
        number = first_bundle
        while True:
            with self.reading() as connection:
                row = connection.execute(select(bundles).where(bundles.c.number == number)).first()
            if row is None:
                return
            found = self.bundle(number).records
            for position in range(number * WIDTH, number * WIDTH + len(row.ids) // ID.size):
                if position not in found:
                    raise LogError(f"event {position} is in the tree and no more in the store")
                yield found[position]
            number += 1

    def adopt(self, earlier: Iterable[SignedCheckpoint]) -> None:
        """Take over the checkpoints that this log signed elsewhere, each of which the tree must
        have. Raises Contradiction, BadSignature."""
        self.grow()
        with self._writing() as connection:
            self._locked_state(connection)
            read = tile_rows(connection)
            for item in earlier:
                checkpoint, note = open_checkpoint(str(item.note).encode(), self.verifier)
                try:
                    root = root_from(read, checkpoint.size)
                except LookupError:
                    root = b""
                if root != checkpoint.root:
                    raise Contradiction(f"the checkpoint of {item.size} events is of another log")
                own = note.signatures[:1]
                signed = item.signed.isoformat()
                values = {"note": str(Note(note.text, own)), "signed": signed}
                put(connection, checkpoints, {"size": item.size}, values)
                for line in note.signatures[1:]:
                    key = {"size": item.size, "witness": line.name}
                    put(connection, cosignatures, key, {"line": line.line})
            counted = select(func.count()).select_from(checkpoints).scalar_subquery()
            connection.execute(states.update().values(signed=counted))
        if (last := self.latest()) is not None:
            self._store.checkpoint_signed(last.signed)

    def logged_since(self, position: int) -> datetime | None:
        """When the first checkpoint that covers the position was signed."""
        query = select(checkpoints.c.signed).where(checkpoints.c.size > position)
        with self.reading() as connection:
            found = connection.scalar(query.order_by(checkpoints.c.size).limit(1))
        return None if found is None else datetime.fromisoformat(found)

    def position_of(self, number: int) -> int | None:
        """The tree's position of the event with that number in the store; None if not taken up."""
        query = select(bundles).where(bundles.c.last >= number).order_by(bundles.c.last).limit(1)
        with self.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        ids = numbers_of(row.ids)
        at = bisect.bisect_left(ids, number)
        return row.number * WIDTH + at if ids[at] == number else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    @staticmethod
    def _locked_state(connection: Connection) -> tuple[int, int]:
        row = connection.execute(select(states).with_for_update()).one()
        return row.size, row.last
