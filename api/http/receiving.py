"""Large bodies on their way in and out: a piece at a time, in a thread, and never whole."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from keys.pieces import PIECE
from ledger.sealed_files import OpenedFile

_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})", re.ASCII)


async def pass_on(chunks: AsyncIterator[bytes], write: Callable[[bytes], None]) -> None:
    """Give what comes to ``write``, a piece at a time."""
    piece = bytearray()
    async for chunk in chunks:
        piece += chunk
        if len(piece) >= PIECE:
            await run_in_threadpool(write, bytes(piece))
            piece.clear()
    if piece:
        await run_in_threadpool(write, bytes(piece))


def sent(request: Request, file: OpenedFile, etag: str, headers: dict[str, str]) -> Response:
    """A file as an answer: whole, or the one range that was asked for (RFC 9110 §14), so that a
    video can be moved about in."""
    headers = {**headers, "Accept-Ranges": "bytes", "ETag": etag}
    span = _asked_range(request, etag, file.size)
    if span is None:
        headers["Content-Length"] = str(file.size)
        return StreamingResponse(_pieces(request, file, 0, file.size), headers=headers)
    first, stop = span
    if first >= stop:
        headers["Content-Range"] = f"bytes */{file.size}"
        return Response(status_code=416, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{stop - 1}/{file.size}"
    headers["Content-Length"] = str(stop - first)
    return StreamingResponse(_pieces(request, file, first, stop), 206, headers=headers)


def _pieces(request: Request, file: OpenedFile, first: int, stop: int) -> Iterator[bytes]:
    return iter(()) if request.method == "HEAD" else file.read(first, stop)


def _asked_range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last; None for all of it: also when several ranges are
    asked for, or another state of the file."""
    if request.headers.get("if-range", etag) != etag:
        return None
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        return max(0, size - int(match["last"])), size
    first = int(match["first"])
    if match["last"] and int(match["last"]) < first:
        return None
    return first, min(int(match["last"] or size), size - 1) + 1
