"""Large files of a person, sealed while they come in and opened while they go out, in pieces.

A draft grows by whole pieces; what was cut off goes on at the last whole one. It is locked while
somebody writes to it, so that whoever tidies up can tell a live one from one that was left behind.
"""

from __future__ import annotations

import codecs
import fcntl
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag

from keys.errors import KeysError
from keys.pieces import HEADER, PIECE, SEALED_PIECE, PieceSeal, count_pieces, new_header, plain_size
from keys.vault import Vault
from ledger.errors import NotFound, RuleBroken
from ledger.files import ObjectStore

HEAD = 64 * 1024
"""So many bytes of a file's beginning say what it is."""


class Inspection:
    """What is learned of a file's bytes as they pass."""

    def __init__(self) -> None:
        self.head = b""
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()

    @classmethod
    def of(cls, data: bytes) -> Inspection:
        """Of what is in memory."""
        made = cls()
        made.see(data)
        made.end()
        return made

    def see(self, data: bytes) -> None:
        """The next bytes."""
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        self.size += len(data)
        self._sha256.update(data)
        self._decode(data, final=False)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    @property
    def is_text(self) -> bool:
        """Whether all of it so far is UTF-8 without control characters."""
        return self._decoder is not None

    def end(self) -> None:
        """There are no more."""
        self._decode(b"", final=True)

    def _decode(self, data: bytes, *, final: bool) -> None:
        if self._decoder is None:
            return
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError:
            self._decoder = None
            return
        if text.translate(_CONTROLS) != text:
            self._decoder = None


_CONTROLS = dict.fromkeys({*range(32), 127} - {*map(ord, "\t\n\f\r")})


@dataclass(frozen=True)
class SealedFile:
    """A finished draft. ``digest`` is the SHA-256 of its sealed bytes, under which it is kept; what
    was inspected is of the file in clear."""

    draft: Path
    digest: str
    inspection: Inspection


class Draft:
    """A sealed file that is being written. Use it in one thread at a time, and close it."""

    def __init__(self, path: Path, vault: Vault, subject: UUID, field: str) -> None:
        """Begin it, or go on with the one that lies at ``path``.

        Raises RuleBroken when somebody else writes to it, or the person was erased.
        """
        self.path = path
        self._file = path.open("r+b" if path.exists() else "x+b")
        try:
            _lock(self._file.fileno())
            if os.fstat(self._file.fileno()).st_nlink == 0:  # tidied up just now
                raise RuleBroken("upload-busy", "this upload was ended; please begin again")
            header = self._file.read(HEADER)
            if len(header) < HEADER:
                header = new_header()
                self._file.seek(0)
                self._file.truncate()
                self._file.write(header)
            seal = vault.pieces(subject, field, header)
            if seal is None:
                raise RuleBroken("person-erased", "the person's data was erased")
        except BaseException:
            self._file.close()
            raise
        self._seal = seal
        self._tail = bytearray()
        self._pieces = self._whole_pieces()
        self._digest = hashlib.sha256(header)
        self.inspection: Inspection | None = None if self._pieces else Inspection()
        """Of what came; None until the end when it was begun earlier."""

    @property
    def kept(self) -> int:
        """How many bytes lie in whole pieces: from there it goes on after a break."""
        return self._pieces * PIECE

    @property
    def size(self) -> int:
        """How many bytes came."""
        return self.kept + len(self._tail)

    def write(self, data: bytes) -> None:
        """Seal what has become a whole piece."""
        if self.inspection is not None:
            self.inspection.see(data)
        self._tail += data
        while len(self._tail) > PIECE:  # of exactly one, nobody knows yet whether it is the last
            self._put(self._tail[:PIECE], last=False)
            del self._tail[:PIECE]

    def keep(self) -> int:
        """Let whole pieces survive a power cut; what is not one has to come again. Gives how many
        bytes are kept."""
        if len(self._tail) == PIECE:
            self._put(self._tail, last=False)
        self._tail.clear()
        self.inspection = None  # it may have seen what is not kept
        self._file.flush()
        os.fsync(self._file.fileno())
        return self.kept

    def finish(self) -> SealedFile:
        """Seal the last piece. Raises RuleBroken when what was kept earlier is damaged."""
        if not self._tail and self._pieces:  # the last piece is never an empty one
            self._pieces -= 1
            self._tail += self._piece(self._pieces)
            self._cut()
            self.inspection = None
        self._put(self._tail, last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        if self.inspection is None:
            self._look_again()
        assert self.inspection is not None
        self.inspection.end()
        return SealedFile(self.path, self._digest.hexdigest(), self.inspection)

    def close(self) -> None:
        """Let go of it; the file stays."""
        self._file.close()

    def discard(self) -> None:
        """Nothing of it stays."""
        self.path.unlink(missing_ok=True)
        self._file.close()

    def _put(self, data: bytes | bytearray, *, last: bool) -> None:
        piece = self._seal.seal(self._pieces, data, last=last)
        self._file.write(piece)
        self._digest.update(piece)
        self._pieces += 1

    def _whole_pieces(self) -> int:
        """The number of whole pieces; what is torn after them, or was sealed as the last, goes."""
        size = self._file.seek(0, os.SEEK_END)
        self._pieces = (size - HEADER) // SEALED_PIECE
        if self._pieces:
            try:
                self._piece(self._pieces - 1)
            except InvalidTag:
                self._pieces -= 1
        self._cut()
        return self._pieces

    def _cut(self) -> None:
        self._file.seek(HEADER + self._pieces * SEALED_PIECE)
        self._file.truncate()

    def _piece(self, number: int, *, last: bool = False) -> bytes:
        self._file.seek(HEADER + number * SEALED_PIECE)
        return self._seal.open(number, self._file.read(SEALED_PIECE), last=last)

    def _look_again(self) -> None:
        """Read all of it once: the beginning passed in an earlier request."""
        self.inspection = Inspection()
        self._file.seek(0)
        self._digest = hashlib.sha256(self._file.read(HEADER))
        for number in range(self._pieces):
            piece = self._file.read(SEALED_PIECE)
            self._digest.update(piece)
            try:
                data = self._seal.open(number, piece, last=number == self._pieces - 1)
            except InvalidTag:
                words = "what was kept of it is damaged; please send it from its beginning"
                raise RuleBroken("upload-damaged", words) from None
            self.inspection.see(data)


class OpenedFile:
    """A sealed file that is kept. It is read in pieces, and never whole."""

    def __init__(self, seal: PieceSeal, objects: ObjectStore, name: str, sealed_size: int) -> None:
        self._seal = seal
        self._objects = objects
        self._name = name
        self._count = count_pieces(sealed_size)
        self.size = plain_size(sealed_size)

    @classmethod
    def of(
        cls, vault: Vault, objects: ObjectStore, subject: UUID, field: str, name: str
    ) -> OpenedFile:
        """The object ``name``. Raises NotFound, also when the person was erased."""
        size = objects.size(name)
        seal = vault.pieces(subject, field, objects.read(name, 0, HEADER))
        if seal is None:
            raise NotFound("file")
        return cls(seal, objects, name, size)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from ``start`` up to ``stop``, a piece at a time. Raises KeysError when it is
        not what was sealed."""
        stop = self.size if stop is None else min(stop, self.size)
        for number in range(start // PIECE, -(-stop // PIECE)):
            piece = self._objects.read(self._name, HEADER + number * SEALED_PIECE, SEALED_PIECE)
            try:
                data = self._seal.open(number, piece, last=number == self._count - 1)
            except InvalidTag:
                raise KeysError(f"the file {self._name} is not what was sealed") from None
            at = number * PIECE
            yield data[max(0, start - at) : stop - at]


def remove_if_left(path: Path) -> bool:
    """Remove a draft unless somebody writes to it; gives whether it is gone."""
    try:
        with path.open("rb") as file:
            _lock(file.fileno())
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return True
    except RuleBroken:
        return False
    return True


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        words = "this upload is going on elsewhere; try again in a moment"
        raise RuleBroken("upload-busy", words) from None
