"""The events themselves as files, for auditors and for moving house. They are private.

Bundles of 256 canonical records lie under the names of the log's own entry bundles, each record
after its length as 32 bits: what the log shows as a hash, this folder has in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ledger.transparency.entry import EventRecord
from ledger.transparency.errors import LogError
from ledger.transparency.tiles import WIDTH, number_path

_LENGTH = 4


class EventArchive:
    """A folder of events, written and read in the order of the log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "events"

    def exists(self) -> bool:
        return self._folder.is_dir()

    def whole(self) -> int:
        """Full bundles that are there from the first on: they never change."""
        number = 0
        while self._path(number, WIDTH).is_file():
            number += 1
        return number

    def write(self, bundle: int, records: Iterable[EventRecord]) -> None:
        """Write events from the first of ``bundle`` on, over a partial bundle that was there."""
        left = iter(records)
        while some := list(islice(left, WIDTH)):
            data = b"".join(len(r.data).to_bytes(_LENGTH) + r.data for r in some)
            path = self._path(bundle, len(some))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self._forget_partial(bundle, len(some))
            bundle += 1

    def has(self, number: int) -> bool:
        """Whether there is a bundle of that number."""
        return self._file(number) is not None

    def bundle(self, number: int) -> list[EventRecord]:
        """A bundle's events. Raises LogError where the file is missing or not a bundle."""
        path = self._file(number)
        if path is None:
            raise LogError(f"there is no bundle {number} of events")
        records = list(_records_of(path.read_bytes(), path))
        for position, record in enumerate(records, number * WIDTH):
            if record.position != position:
                raise LogError(f"{path}: event {record.position} stands at {position}")
        return records

    def records(self) -> Iterator[EventRecord]:
        """Every event. Raises LogError where the files are not a gapless log of events."""
        number = 0
        while self.has(number):
            yield from self.bundle(number)
            number += 1

    def _file(self, number: int) -> Path | None:
        whole = self._path(number, WIDTH)
        if whole.is_file():
            return whole
        parts = [path for path in self._partial(number).glob("*") if path.name.isdigit()]
        return max(parts, key=lambda path: int(path.name), default=None)

    def _forget_partial(self, number: int, width: int) -> None:
        for path in self._partial(number).glob("*"):
            if width == WIDTH or path.name != str(width):
                path.unlink()

    def _partial(self, number: int) -> Path:
        whole = self._path(number, WIDTH)
        return whole.with_name(f"{whole.name}.p")

    def _path(self, number: int, width: int) -> Path:
        return self._folder / number_path(number, width)


def _records_of(data: bytes, path: Path) -> Iterator[EventRecord]:
    at = 0
    while at < len(data):
        start = at + _LENGTH
        at = start + int.from_bytes(data[at:start])
        if at > len(data):
            raise LogError(f"{path} is cut short")
        yield EventRecord.parse(data[start:at])
