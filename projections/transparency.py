"""The transparency log, kept up by following the events: tiles, entries, checkpoints.

It is no read model: nothing here can be made again differently. An event's position in the tree is
decided once, by the transaction that takes it up, together with the number under which the store
has it; numbers may have gaps, positions have none.
"""

from __future__ import annotations

import bisect
import logging
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from threading import Event as Flag
from threading import Thread
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    func,
    select,
)
from sqlalchemy.exc import IntegrityError

from ledger.audit.log import Bundle
from ledger.store import EventRow, EventStore
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
from ledger.transparency.entry import canonical_record
from ledger.transparency.errors import BadSignature, Contradiction
from ledger.transparency.note import Sign, Signature, parse_signatures, sign
from ledger.transparency.tiles import (
    ENTRIES,
    ENTRY,
    WIDTH,
    Edge,
    Tile,
    bundle_of,
    nodes_from,
    root_from,
)
from ledger.transparency.tree import HASH, inclusion_proof, leaf_hash
from projections.engine import connect

logger = logging.getLogger("testamur")

tables = MetaData()
states = Table(
    "log_state",
    tables,
    Column("id", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("signed", Integer, nullable=False),  # checkpoints: none can be taken out unseen
)
tiles = Table(
    "log_tiles",
    tables,
    Column("level", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
)
bundles = Table(
    "log_bundles",
    tables,
    Column("number", Integer, primary_key=True),
    Column("last", BigInteger, nullable=False, index=True),
    Column("ids", LargeBinary, nullable=False),
    Column("entries", LargeBinary, nullable=False),
)
checkpoints = Table(
    "log_checkpoints",
    tables,
    Column("size", Integer, primary_key=True),
    Column("note", Text, nullable=False),
    Column("signed", String(40), nullable=False),
)
cosignatures = Table(
    "log_cosignatures",
    tables,
    Column("size", Integer, primary_key=True),
    Column("witness", String(200), primary_key=True),
    Column("line", Text, nullable=False),
)

_AT_ONCE = 8192
"""Events taken up in one transaction, at most."""

_MOST = 10_000
"""Events looked at between two of the tree's: more than that are strays anyway."""

_ID = struct.Struct(">q")
_numbers = select(bundles.c.number)


@dataclass(frozen=True)
class LogKey:
    """By whom checkpoints are signed."""

    verifier: VerifierKey
    sign: Sign


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint as it was published, and when it was signed."""

    size: int
    note: Note
    signed: datetime


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
                _append(connection, size, page)

    def checkpoint(self) -> SignedCheckpoint:
        """The checkpoint over all events recorded so far; signed now unless there is one.

        A second one for its size cannot be: the row is the size's, and the tree below it was
        locked and compared with the checkpoint before. Raises Contradiction rather than sign what
        does not continue the last one.
        """
        self.grow()
        with self._writing() as connection:
            size, _ = self._locked_state(connection)
            last = _latest(connection)
            if last is not None and last.size == size:
                return last
            read = _reader(connection)
            new = Checkpoint(self.verifier.name, size, root_from(read, size))
            if last is not None:
                must_continue(Checkpoint.parse(last.note.text), new, nodes_from(read, size))
            note = Note(new.text, (sign(new.text, self.verifier, self._key.sign),))
            signed = self.clock()
            connection.execute(
                checkpoints.insert().values(size=size, note=str(note), signed=signed.isoformat())
            )
            connection.execute(states.update().values(signed=states.c.signed + 1))
        return SignedCheckpoint(size, note, signed)

    def latest(self) -> SignedCheckpoint | None:
        """The last checkpoint, with the witnesses' cosignatures; None before the first."""
        return next(iter(self.newest(1)), None)

    def newest(self, limit: int) -> list[SignedCheckpoint]:
        """The last checkpoints, the newest first."""
        query = select(checkpoints).order_by(checkpoints.c.size.desc()).limit(limit)
        with self.reading() as connection:
            return [_signed(connection, row) for row in connection.execute(query).all()]

    def checkpoints(self) -> list[SignedCheckpoint]:
        """Every checkpoint, in order."""
        with self.reading() as connection:
            rows = connection.execute(select(checkpoints).order_by(checkpoints.c.size)).all()
            return [_signed(connection, row) for row in rows]

    def strays(self) -> Iterator[str]:
        """Rows that are no part of the tree as it is now, and a size that is not the tree's."""
        with self.reading() as connection:
            state = connection.execute(select(states)).one()
            rows = connection.execute(select(tiles.c.level, tiles.c.number)).all()
            held = [Tile(row.level, row.number, 1) for row in rows]
            held += [Tile(ENTRIES, number, 1) for number in connection.scalars(_numbers)]
            newest = select(bundles).order_by(bundles.c.number.desc()).limit(1)
            last = connection.execute(newest).first()
        for tile in held:
            if tile.first + tile.span > state.size:
                yield tile.path
        ids = numbers_of(last.ids) if last and len(last.ids) % _ID.size == 0 else []
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
                _put(
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
                return bundle_of(_entries(connection, tile))
            return _reader(connection)(tile)

    def receipt(self, number: int, last: SignedCheckpoint | None = None) -> Receipt | None:
        """The receipt of the event that the store has under ``number``, against the last
        checkpoint; None for an event that is not under it."""
        last = last or self.latest()
        position = self.position_of(number)
        found = self._store.rows(number - 1, number)
        if last is None or position is None or position >= last.size or not found:
            return None
        with self.reading() as connection:
            nodes = nodes_from(_reader(connection), last.size)
            proof = inclusion_proof(nodes, position, last.size)
        return Receipt(EventRecord.of(position, found[0]), tuple(proof), last.note)

    def bundle(self, number: int) -> Bundle:
        """The events of a bundle as the store has them now, and those that the tree does not know.

        Raises LookupError.
        """
        with self.reading() as connection:
            row = connection.execute(select(bundles).where(bundles.c.number == number)).first()
            before = connection.scalar(select(bundles.c.ids).where(bundles.c.number == number - 1))
        if row is None or not row.ids or len(row.ids) % _ID.size or (number and not before):
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
            for position in range(number * WIDTH, number * WIDTH + len(row.ids) // _ID.size):
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
            read = _reader(connection)
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
                _put(connection, checkpoints, {"size": item.size}, values)
                for line in note.signatures[1:]:
                    key = {"size": item.size, "witness": line.name}
                    _put(connection, cosignatures, key, {"line": line.line})
            counted = select(func.count()).select_from(checkpoints).scalar_subquery()
            connection.execute(states.update().values(signed=counted))

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


class Keeper:
    """A thread that takes events up and signs a checkpoint, every so often and only if any."""

    def __init__(self, log: TransparencyLog, seconds: float) -> None:
        self._log = log
        self._seconds = seconds
        self._stop = Flag()
        self._thread = Thread(target=self._keep, name="transparency", daemon=True)

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._stop.is_set():
            try:
                self._log.checkpoint()
            except Exception:  # the database may be away for a while
                logger.exception("the transparency log could not follow; trying again")
            self._stop.wait(self._seconds)


def numbers_of(ids: bytes) -> list[int]:
    """The store's numbers of a bundle's events."""
    return [number for (number,) in _ID.iter_unpack(ids)]


def _append(connection: Connection, size: int, page: Sequence[EventRow]) -> None:
    """Take a page of events up, in the order of the store."""
    edge = _edge(connection, size)
    first = size // WIDTH
    row = connection.execute(select(bundles).where(bundles.c.number == first)).first()
    ids, entries = bytearray(row.ids if row else b""), bytearray(row.entries if row else b"")
    completed: list[tuple[Tile, bytes]] = []
    for position, (number, stream, version, topic, state) in enumerate(page, size):
        entry = sha256(canonical_record(position, stream, version, topic, state)).digest()
        ids += _ID.pack(number)
        entries += entry
        completed += edge.append(leaf_hash(entry))
    rows: list[dict[str, Any]] = [
        {"level": tile.level, "number": tile.number, "hashes": hashes}
        for tile, hashes in [*completed, *edge.tiles()]
    ]
    _put_all(connection, tiles, rows, lambda row: row["number"] == size >> 8 * (row["level"] + 1))
    rows = []
    for at in range(0, len(ids) // _ID.size, WIDTH):
        part = bytes(ids[at * _ID.size : (at + WIDTH) * _ID.size])
        last = _ID.unpack(part[-_ID.size :])[0]
        held = bytes(entries[at * ENTRY : (at + WIDTH) * ENTRY])
        rows.append({"number": first + at // WIDTH, "last": last, "ids": part, "entries": held})
    _put_all(connection, bundles, rows, lambda row: row["number"] == first)
    connection.execute(states.update().values(size=edge.size, last=page[-1].number))


def _put_all(
    connection: Connection,
    table: Table,
    rows: list[dict[str, Any]],
    may_be_there: Callable[[dict[str, Any]], bool],
) -> None:
    """Write rows, of which few may be there already."""
    keys = [column.name for column in table.primary_key]
    for row in filter(may_be_there, rows):
        key = {name: row[name] for name in keys}
        _put(connection, table, key, {n: v for n, v in row.items() if n not in key})
    if new := [row for row in rows if not may_be_there(row)]:
        connection.execute(table.insert(), new)


def _put(connection: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Write a row, over the partial one that may be there."""
    this = [table.c[name] == value for name, value in key.items()]
    if connection.execute(table.update().where(*this).values(values)).rowcount == 0:
        connection.execute(table.insert().values(key | values))


def _edge(connection: Connection, size: int) -> Edge:
    read = _reader(connection)
    partial, left, level = [], size, 0
    while left:
        width = left % WIDTH
        partial.append(bytearray(read(Tile(level, left // WIDTH, width)) if width else b""))
        level, left = level + 1, left // WIDTH
    return Edge(size, partial)


def _reader(connection: Connection) -> Callable[[Tile], bytes]:
    def read(tile: Tile) -> bytes:
        query = select(tiles.c.hashes).where(
            tiles.c.level == tile.level, tiles.c.number == tile.number
        )
        hashes = connection.scalar(query)
        if hashes is None or len(hashes) < tile.width * HASH:
            raise LookupError(tile.path)
        return bytes(hashes[: tile.width * HASH])

    return read


def _entries(connection: Connection, tile: Tile) -> bytes:
    query = select(bundles.c.entries).where(bundles.c.number == tile.number)
    entries = connection.scalar(query)
    if entries is None or len(entries) < tile.width * ENTRY:
        raise LookupError(tile.path)
    return bytes(entries[: tile.width * ENTRY])


def _latest(connection: Connection) -> SignedCheckpoint | None:
    newest = select(func.max(checkpoints.c.size)).scalar_subquery()
    row = connection.execute(select(checkpoints).where(checkpoints.c.size == newest)).first()
    return None if row is None else _signed(connection, row)


def _signed(connection: Connection, row: Any) -> SignedCheckpoint:
    query = select(cosignatures.c.line).where(cosignatures.c.size == row.size)
    added: list[Signature] = []
    for line in connection.scalars(query.order_by(cosignatures.c.witness)):
        added += parse_signatures(line)
    note = Note.parse(row.note.encode()).with_signatures(added)
    return SignedCheckpoint(row.size, note, datetime.fromisoformat(row.signed))
