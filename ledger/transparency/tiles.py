"""Tiles: the tree as static files (C2SP tlog-tiles), 256 hashes wide.

A full tile never changes. The one at the right edge of a level is partial: a prefix of what it
will be, so that every earlier width can be cut from the present one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ledger.transparency.tree import EMPTY_ROOT, HASH, Nodes, root_of

WIDTH = 256
"""Hashes in a full tile; entries in a full bundle."""

ENTRY = 32
"""Bytes of an entry of ours: the SHA-256 of an event's canonical record."""

ENTRIES = -1
"""The "level" of entry bundles, which lie below the leaf hashes."""

_PREFIX = ENTRY.to_bytes(2)
_NAME = re.compile(r"((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")


@dataclass(frozen=True, order=True)
class Tile:
    """The ``number``-th tile of a level, of ``width`` hashes; or bundle of that many entries."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def first(self) -> int:
        """The position of the first entry below it."""
        return self.number * WIDTH * self._each

    @property
    def span(self) -> int:
        """How many entries lie below it."""
        return self.width * self._each

    def widest(self, size: int) -> int:
        """How wide this tile is in a tree of ``size``."""
        return min(WIDTH, size // self._each - self.number * WIDTH)

    @property
    def _each(self) -> int:
        """Entries below each of its hashes."""
        return 1 << (8 * max(self.level, 0))

    @property
    def path(self) -> str:
        """``tile/<L>/<N>[.p/<W>]``, or ``tile/entries/<N>[.p/<W>]``."""
        level = "entries" if self.level == ENTRIES else self.level
        return f"tile/{level}/{number_path(self.number, self.width)}"

    @classmethod
    def parse(cls, path: str) -> Tile | None:
        """The tile at a path; None for anything but the one way to write it."""
        tile, _, rest = path.partition("/")
        level, _, name = rest.partition("/")
        numbered = parse_number(name)
        if tile != "tile" or numbered is None:
            return None
        if level == "entries":
            return cls(ENTRIES, *numbered)
        if not (level.isascii() and level.isdigit()) or int(level) > 63:
            return None
        found = cls(int(level), *numbered)
        return found if found.path == path else None


ReadTile = Callable[[Tile], bytes]
"""The hashes of a tile, concatenated. Raises LookupError when it is not there."""


def number_path(number: int, width: int = WIDTH) -> str:
    """``<N>[.p/<W>]`` in elements of three digits: 1234067 is ``x001/x234/067``."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return name if width == WIDTH else f"{name}.p/{width}"


def parse_number(path: str) -> tuple[int, int] | None:
    """Number and width of a tile's path; None for anything but the one way to write it."""
    match = _NAME.fullmatch(path)
    if match is None:
        return None
    number = int(match[1].replace("x", "").replace("/", ""))
    width = int(match[2] or WIDTH)
    return (number, width) if number_path(number, width) == path else None


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """Every bundle and tile of a tree of ``size`` that one of ``since`` leaves did not have."""
    level = ENTRIES
    yield from _row(level, size, since)
    while size:
        level += 1
        yield from _row(level, size, since)
        size, since = size // WIDTH, since // WIDTH


def _row(level: int, size: int, since: int) -> Iterator[Tile]:
    for number in range(since // WIDTH, size // WIDTH):
        yield Tile(level, number)
    if size % WIDTH and size != since:
        yield Tile(level, size // WIDTH, size % WIDTH)


def nodes_from(read: ReadTile, size: int) -> Nodes:
    """Subtree hashes out of the tiles of a tree of ``size``; a proof asks for few, and often."""
    held = lru_cache(maxsize=64)(read)

    def node(level: int, index: int) -> bytes:
        height, inside = divmod(level, 8)
        first = (index << inside) % WIDTH
        number = (index << inside) // WIDTH
        data = held(Tile(height, number, Tile(height, number).widest(size)))
        return root_of([_hash(data, first + i) for i in range(1 << inside)])

    return node


def root_from(read: ReadTile, size: int) -> bytes:
    """The root of a tree of ``size``, from the tiles at its right edge."""
    level, root = 0, b""
    while size:
        width = size % WIDTH
        data = read(Tile(level, size // WIDTH, width)) if width else b""
        row = [_hash(data, i) for i in range(width)]
        if root:
            row.append(root)
        root = root_of(row) if row else b""
        level, size = level + 1, size // WIDTH
    return root or EMPTY_ROOT


def bundle_of(entries: bytes) -> bytes:
    """An entry bundle: each entry after its length, as 16 bits (C2SP tlog-tiles)."""
    return b"".join(_PREFIX + entries[i : i + ENTRY] for i in range(0, len(entries), ENTRY))


def entries_of(bundle: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError for one that is cut short."""
    entries, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2])
        if end > len(bundle) or at + 2 > len(bundle):
            raise ValueError("the entry bundle is cut short")
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


@dataclass
class Edge:
    """The growing right edge of a tree: its partial tile on each level.

    ``append`` gives the tiles that it completed; the cost is O(1) amortised, two hashes a leaf.
    """

    size: int = 0
    partial: list[bytearray] = field(default_factory=list)

    def append(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Add a leaf hash."""
        self.size += 1
        completed: list[tuple[Tile, bytes]] = []
        level, hashed = 0, leaf
        while True:
            if level == len(self.partial):
                self.partial.append(bytearray())
            row = self.partial[level]
            row += hashed
            if len(row) < WIDTH * HASH:
                return completed
            number = (self.size >> (8 * (level + 1))) - 1
            data = bytes(row)
            completed.append((Tile(level, number), data))
            hashed = root_of([_hash(data, i) for i in range(WIDTH)])
            row.clear()
            level += 1

    def tiles(self) -> Iterator[tuple[Tile, bytes]]:
        """The partial tiles as they are."""
        for level, row in enumerate(self.partial):
            if row:
                yield Tile(level, self.size >> (8 * (level + 1)), len(row) // HASH), bytes(row)

    def root(self) -> bytes:
        """The root of the tree as it is."""
        held = {tile.level: data for tile, data in self.tiles()}
        return root_from(lambda tile: held[tile.level], self.size)


def _hash(data: bytes, index: int) -> bytes:
    return data[index * HASH : (index + 1) * HASH]
