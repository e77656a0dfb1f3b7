"""Where the bytes of evidence lie: outside the log, sealed, named by what they hold.

The event carries the SHA-256 of the sealed bytes, so that anyone can check that they were not
exchanged, and nobody can guess at what they say.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

from ledger.errors import NotFound


class FileStore(Protocol):
    """Keeps bytes under the name of what they hold: sealed evidence, pictures of badges."""

    def put(self, data: bytes) -> str:
        """Keep ``data`` durably; gives its name, the hex SHA-256."""

    def get(self, name: str) -> bytes:
        """The bytes. Raises NotFound."""

    def remove(self, name: str) -> None:
        """Let go of the bytes for good; does nothing a second time."""


class ObjectStore(FileStore, Protocol):
    """Keeps files that are too large to hold: sealed evidence."""

    def take(self, draft: Path, name: str) -> None:
        """Keep a finished file of this machine, of which ``name`` is the hex SHA-256, durably and
        in one step. Does nothing when the draft is gone and the object there."""

    def size(self, name: str) -> int:
        """How many bytes it has. Raises NotFound."""

    def read(self, name: str, start: int, length: int) -> bytes:
        """At most ``length`` bytes from ``start`` on. Raises NotFound."""


class FileFolder:
    """Files in a folder, each written in one step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        path = self._path(name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, delete=False) as draft:  # each writer its own
                draft.write(data)
                draft.flush()
                os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        return name

    def get(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            raise NotFound("file") from None

    def take(self, draft: Path, name: str) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if draft.exists() or not path.exists():
            draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def size(self, name: str) -> int:
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            raise NotFound("file") from None

    def read(self, name: str, start: int, length: int) -> bytes:
        try:
            with self._path(name).open("rb") as file:
                file.seek(start)
                return file.read(length)
        except FileNotFoundError:
            raise NotFound("file") from None

    def remove(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name
