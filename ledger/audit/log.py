"""The log's files held against each other, and against the events where these are at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ledger.audit.report import Divergence
from ledger.transparency.checkpoint import Checkpoint, must_continue
from ledger.transparency.entry import EventRecord
from ledger.transparency.errors import LogError
from ledger.transparency.tiles import (
    ENTRIES,
    ENTRY,
    WIDTH,
    ReadTile,
    Tile,
    nodes_from,
    root_from,
)
from ledger.transparency.tree import HASH, leaf_hash, root_of


@dataclass(frozen=True)
class Bundle:
    """The events of one bundle, by position, and what else was found among them."""

    records: Mapping[int, EventRecord]
    strays: tuple[str, ...] = ()


def bundles_in(size: int) -> int:
    """How many bundles a log of ``size`` has."""
    return -(-size // WIDTH)


def check_bundle(
    read: ReadTile, size: int, number: int, events: Bundle | None
) -> Iterator[Divergence]:
    """Events → entries → leaf hashes → the hash in the tile above, for one bundle."""
    start = number * WIDTH
    width = min(WIDTH, size - start)
    entries_at, leaves_at = Tile(ENTRIES, number, width), Tile(0, number, width)
    entries, leaves = _read(read, entries_at), _read(read, leaves_at)
    for tile, data in ((entries_at, entries), (leaves_at, leaves)):
        if data is None:
            yield Divergence(start, "tile-missing", tile.path, "missing, or cut short")
    if leaves is not None and width == WIDTH:
        yield from _check_parent(read, size, leaves_at, leaves)
    for stray in events.strays if events else ():
        yield Divergence(start, "event-inserted", stray, "it has no place in the log")
    if _all_fits(start, width, entries, leaves, events):
        return
    for offset in range(width):
        at = start + offset
        record = events.records.get(at) if events else None
        entry = entries[offset * ENTRY : (offset + 1) * ENTRY] if entries else None
        leaf = leaves[offset * HASH : (offset + 1) * HASH] if leaves else None
        if events is not None and record is None:
            yield Divergence(at, "event-missing", f"event {at}", "it is in the log and not here")
        yield from _check_entry(at, record.entry if record else None, entry, leaf, number)


def check_upper_tiles(read: ReadTile, size: int) -> Iterator[Divergence]:
    """Each full tile above the leaves against its hash one level higher."""
    level, left = 1, size // WIDTH
    while left:
        for number in range(left // WIDTH):
            tile = Tile(level, number)
            data = _read(read, tile)
            if data is None:
                yield _missing(tile)
            else:
                yield from _check_parent(read, size, tile, data)
        level, left = level + 1, left // WIDTH


def check_root(read: ReadTile, checkpoint: Checkpoint) -> Iterator[Divergence]:
    """Whether the tiles at the right edge make the signed root."""
    place = f"checkpoint of {checkpoint.size}"
    try:
        root = root_from(read, checkpoint.size)
    except (LookupError, ValueError) as error:
        yield Divergence(
            checkpoint.size, "tile-missing", str(error), "a tile at the edge is missing"
        )
        return
    if root != checkpoint.root:
        words = "the tree at this size has another root than the one that was signed"
        yield Divergence(checkpoint.size, "log-rewritten", place, words)


def check_history(
    read: ReadTile, checkpoint: Checkpoint, earlier: Iterable[Checkpoint]
) -> Iterator[Divergence]:
    """Whether the tree of ``checkpoint`` continues each earlier one."""
    nodes = nodes_from(read, checkpoint.size)
    for old in earlier:
        try:
            must_continue(old, checkpoint, nodes)
        except (LogError, LookupError, ValueError) as error:
            yield Divergence(old.size, "log-rewritten", f"checkpoint of {old.size}", str(error))


def _all_fits(
    start: int, width: int, entries: bytes | None, leaves: bytes | None, events: Bundle | None
) -> bool:
    """The quick answer for a whole bundle, which is nearly always that all is well."""
    if entries is None or leaves is None:
        return False
    if events is not None:
        records = [events.records.get(at) for at in range(start, start + width)]
        if b"".join(record.entry for record in records if record is not None) != entries:
            return False
    hashed = (leaf_hash(entries[at : at + ENTRY]) for at in range(0, len(entries), ENTRY))
    return b"".join(hashed) == leaves


def _check_entry(
    at: int, recorded: bytes | None, entry: bytes | None, leaf: bytes | None, number: int
) -> Iterator[Divergence]:
    """Of three that must agree, the one that does not agree with the other two is named."""
    fits = entry is None or leaf is None or leaf_hash(entry) == leaf
    if recorded is not None and recorded != entry:
        if leaf is not None and leaf_hash(recorded) == leaf:
            if entry is not None:
                yield Divergence(at, "entry-changed", f"entry {at}", "it is not the event's")
            return
        words = "it is not what was recorded"
        if entry is not None or leaf is not None:
            yield Divergence(at, "event-changed", f"event {at}", words)
    if not fits:
        if recorded is not None and recorded != entry:
            yield Divergence(at, "entry-changed", f"entry {at}", "it is not the leaf's")
        elif recorded is None:
            yield Divergence(at, "entry-changed", f"entry {at}", "it and its leaf hash differ")
        else:
            tile = Tile(0, number).path
            yield Divergence(at, "tile-changed", tile, "its leaf hash is not the entry's")


def _check_parent(read: ReadTile, size: int, tile: Tile, data: bytes) -> Iterator[Divergence]:
    """The root over a full tile stands in the tile above it."""
    parent = Tile(tile.level + 1, tile.number // WIDTH)
    parent = replace(parent, width=parent.widest(size))
    hashes = _read(read, parent)
    start = tile.first
    if hashes is None:
        yield Divergence(start, "tile-missing", parent.path, "missing, or cut short")
        return
    at = tile.number % WIDTH * HASH
    root = root_of([data[i : i + HASH] for i in range(0, len(data), HASH)])
    if root != hashes[at : at + HASH]:
        words = f"it does not fit its hash in {parent.path}"
        yield Divergence(start, "tile-changed", tile.path, words)


def _read(read: ReadTile, tile: Tile) -> bytes | None:
    try:
        return read(tile)
    except (LookupError, ValueError):
        return None


def _missing(tile: Tile) -> Divergence:
    return Divergence(tile.first, "tile-missing", tile.path, "missing, or cut short")
