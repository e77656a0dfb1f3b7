"""From sealed evidence to what is drawn of it."""

from __future__ import annotations

import threading

from api.viewing import LARGEST, NotDrawn, Viewing
from ledger.assessment import EvidenceItem
from ledger.sealed_files import OpenedFile

_KEPT = 1000
_pages: dict[str, int] = {}
_lock = threading.Lock()


def head(file: OpenedFile, most: int) -> bytes:
    """The first ``most`` bytes."""
    return b"".join(file.read(0, most))


def whole(file: OpenedFile) -> bytes:
    """All bytes. Raises NotDrawn for more than are ever drawn."""
    if file.size > LARGEST:
        raise NotDrawn("too-large")
    return b"".join(file.read())


def pages_of(viewing: Viewing, file: OpenedFile, item: EvidenceItem) -> int:
    """How many pages a PDF has; looked at once. Raises NotDrawn."""
    found = _pages.get(item.digest)
    if found is None:
        found = viewing.pages(whole(file))
        with _lock:
            if len(_pages) >= _KEPT:
                _pages.clear()
            _pages[item.digest] = found
    return found
