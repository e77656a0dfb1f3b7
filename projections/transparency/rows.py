"""The log's rows: tiles, bundles of entries, checkpoints, and how far it is."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
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

from ledger.store import EventRow
from ledger.transparency import Note
from ledger.transparency.entry import canonical_record
from ledger.transparency.note import Signature, parse_signatures
from ledger.transparency.tiles import ENTRY, WIDTH, Edge, Tile
from ledger.transparency.tree import HASH, leaf_hash

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

ID = struct.Struct(">q")
bundle_numbers = select(bundles.c.number)


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint as it was published, and when it was signed."""

    size: int
    note: Note
    signed: datetime


def numbers_of(ids: bytes) -> list[int]:
    """The store's numbers of a bundle's events."""
    return [number for (number,) in ID.iter_unpack(ids)]


def take_up(connection: Connection, size: int, page: Sequence[EventRow]) -> None:
    """Take a page of events up, in the order of the store."""
    edge = _edge(connection, size)
    first = size // WIDTH
    row = connection.execute(select(bundles).where(bundles.c.number == first)).first()
    ids, entries = bytearray(row.ids if row else b""), bytearray(row.entries if row else b"")
    completed: list[tuple[Tile, bytes]] = []
    for position, (number, stream, version, topic, state) in enumerate(page, size):
        entry = sha256(canonical_record(position, stream, version, topic, state)).digest()
        ids += ID.pack(number)
        entries += entry
        completed += edge.append(leaf_hash(entry))
    rows: list[dict[str, Any]] = [
        {"level": tile.level, "number": tile.number, "hashes": hashes}
        for tile, hashes in [*completed, *edge.tiles()]
    ]
    _put_all(connection, tiles, rows, lambda row: row["number"] == size >> 8 * (row["level"] + 1))
    rows = []
    for at in range(0, len(ids) // ID.size, WIDTH):
        part = bytes(ids[at * ID.size : (at + WIDTH) * ID.size])
        last = ID.unpack(part[-ID.size :])[0]
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
        put(connection, table, key, {n: v for n, v in row.items() if n not in key})
    if new := [row for row in rows if not may_be_there(row)]:
        connection.execute(table.insert(), new)


def put(connection: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Write a row, over the partial one that may be there."""
    this = [table.c[name] == value for name, value in key.items()]
    if connection.execute(table.update().where(*this).values(values)).rowcount == 0:
        connection.execute(table.insert().values(key | values))


def _edge(connection: Connection, size: int) -> Edge:
    read = tile_rows(connection)
    partial, left, level = [], size, 0
    while left:
        width = left % WIDTH
        partial.append(bytearray(read(Tile(level, left // WIDTH, width)) if width else b""))
        level, left = level + 1, left // WIDTH
    return Edge(size, partial)


def tile_rows(connection: Connection) -> Callable[[Tile], bytes]:
    """Reads tiles; raises LookupError for one that is missing or narrower than asked."""

    def read(tile: Tile) -> bytes:
        query = select(tiles.c.hashes).where(
            tiles.c.level == tile.level, tiles.c.number == tile.number
        )
        hashes = connection.scalar(query)
        if hashes is None or len(hashes) < tile.width * HASH:
            raise LookupError(tile.path)
        return bytes(hashes[: tile.width * HASH])

    return read


def entry_rows(connection: Connection, tile: Tile) -> bytes:
    """The entries of a bundle, without their lengths. Raises LookupError."""
    query = select(bundles.c.entries).where(bundles.c.number == tile.number)
    entries = connection.scalar(query)
    if entries is None or len(entries) < tile.width * ENTRY:
        raise LookupError(tile.path)
    return bytes(entries[: tile.width * ENTRY])


def latest_checkpoint(connection: Connection) -> SignedCheckpoint | None:
    """The checkpoint of the largest size."""
    newest = select(func.max(checkpoints.c.size)).scalar_subquery()
    row = connection.execute(select(checkpoints).where(checkpoints.c.size == newest)).first()
    return None if row is None else checkpoint_in(connection, row)


def checkpoint_in(connection: Connection, row: Any) -> SignedCheckpoint:
    """A row's checkpoint, with its cosignatures."""
    query = select(cosignatures.c.line).where(cosignatures.c.size == row.size)
    added: list[Signature] = []
    for line in connection.scalars(query.order_by(cosignatures.c.witness)):
        added += parse_signatures(line)
    note = Note.parse(row.note.encode()).with_signatures(added)
    return SignedCheckpoint(row.size, note, datetime.fromisoformat(row.signed))
