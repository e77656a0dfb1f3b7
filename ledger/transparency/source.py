"""A log as files, wherever they lie: the whole of it checked by reading nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ledger.transparency.checkpoint import Checkpoint, open_checkpoint
from ledger.transparency.errors import LogError
from ledger.transparency.note import Note, VerifierKey
from ledger.transparency.tiles import ENTRIES, WIDTH, ReadTile, Tile, entries_of
from ledger.transparency.tree import HASH


class LogSource(Protocol):
    """Reads a log's files."""

    def read(self, path: str) -> bytes:
        """The file at ``path`` below the log's address, such as ``checkpoint``.

        Raises LookupError when there is none.
        """


class FolderLog:
    """A log's files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes:
        try:
            return (self._folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise LookupError(path) from None


def signed_checkpoint(source: LogSource, log: VerifierKey) -> tuple[Checkpoint, Note]:
    """The source's checkpoint, signed by the log. Raises LogError, also for none."""
    try:
        data = source.read("checkpoint")
    except LookupError:
        raise LogError("there is no checkpoint") from None
    return open_checkpoint(data, log)


def tile_reader(source: LogSource) -> ReadTile:
    """Tiles from files; a partial one may have been replaced by the full one (tlog-tiles).

    What is read raises LookupError when missing or too short.
    """

    def read(tile: Tile) -> bytes:
        try:
            data = source.read(tile.path)
        except LookupError:
            if tile.width == WIDTH:
                raise
            data = source.read(Tile(tile.level, tile.number).path)
        if tile.level == ENTRIES:
            entries = entries_of(data)[: tile.width]
            if len(entries) < tile.width or any(len(entry) != HASH for entry in entries):
                raise LookupError(f"{tile.path} does not hold {tile.width} entries")
            return b"".join(entries)
        if len(data) < tile.width * HASH:
            raise LookupError(f"{tile.path} does not hold {tile.width} hashes")
        return data[: tile.width * HASH]

    return read
