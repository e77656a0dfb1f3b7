"""Evidence on a page, safely: strangers' pictures and PDFs are drawn anew, elsewhere.

What a browser is given of a picture or a PDF was drawn by a process that is killed at a limit
(``drawing.py``); video and sound go out as they are, with headers that let no browser take them for
anything else; text is escaped on a page; everything else is a download (``kinds.py``).
"""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from api.deadline import Deadline
from api.viewing.kinds import Kind, file_name, is_streamed, kind_of, served_as
from api.workers import Killed, NoTurn, Workers

__all__ = [
    "CHARACTERS",
    "LARGEST",
    "PAGES",
    "Kind",
    "NotDrawn",
    "Picture",
    "Viewing",
    "file_name",
    "is_streamed",
    "kind_of",
    "served_as",
]

LARGEST = 64 * 1024 * 1024
"""Bytes of a picture or a PDF that is drawn; what is larger is only downloaded."""

PAGES = 200
"""Pages of a PDF that are shown."""

CHARACTERS = 200_000
"""Characters of a text that are shown on a page."""

_SECONDS = 10.0
_PATIENCE = 20.0
"""For one picture, in all, with the time in which others are drawn."""

_COUNTING = 2.0
"""Seconds to count pages, which a page waits for; in a process of its own."""

Why = Literal["busy", "too-large", "too-much", "unreadable", "locked", "no-such-page"]


class NotDrawn(Exception):
    """There is no picture of it. ``why`` is one of ``Why``; the file can still be downloaded."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class Picture(NamedTuple):
    """A picture drawn anew, as WebP. ``moves``: only its first frame was."""

    data: bytes
    moves: bool


class Viewing:
    """Draws evidence in ``most`` processes, and counts its pages in another one, so that whoever
    waits for a page of ours does not wait for pictures."""

    def __init__(self, most: int = 2, seconds: float = _SECONDS) -> None:
        self._drawing = Workers(_WORKER, most, seconds)
        self._counting = Workers(_WORKER, 1, _COUNTING)

    def close(self) -> None:
        """End the processes that are idle."""
        self._drawing.close()
        self._counting.close()

    def picture(self, data: bytes) -> Picture:
        """A picture, whatever its format. Raises NotDrawn."""
        told, drawn = _drawn(self._drawing, data, draw="picture")
        return Picture(drawn, told["moves"])

    def pages(self, data: bytes) -> int:
        """How many pages a PDF has. Raises NotDrawn."""
        told, _ = _drawn(self._counting, data, 3 * _COUNTING, draw="pages")
        return int(told["pages"])

    def page(self, data: bytes, number: int) -> bytes:
        """The page of a PDF with that number, from 1, as WebP. Raises NotDrawn."""
        if number > PAGES:
            raise NotDrawn("no-such-page")
        _, drawn = _drawn(self._drawing, data, draw="page", page=number)
        return drawn

    def words(self, data: bytes) -> list[str]:
        """The words on each page of a PDF, for whoever does not see them. Raises NotDrawn."""
        told, _ = _drawn(self._drawing, data, draw="words", pages=PAGES)
        return list(told["words"])


_WORKER = "api.viewing.drawing"


def _drawn(
    workers: Workers, data: bytes, patience: float = _PATIENCE, **asked: Any
) -> tuple[dict[str, Any], bytes]:
    """What a worker says, and the picture. Raises NotDrawn."""
    if len(data) > LARGEST:
        raise NotDrawn("too-large")
    request = json.dumps(asked).encode() + b"\n" + data
    try:
        answer = workers.ask(request, Deadline.after(patience))
    except NoTurn:
        raise NotDrawn("busy") from None
    except Killed:
        raise NotDrawn("too-much") from None
    head, _, drawn = answer.partition(b"\n")
    told = json.loads(head)
    if "refused" in told:
        raise NotDrawn(told["refused"])
    return told, drawn
