"""A form with one file, read as it comes: the file is passed on in pieces and lies nowhere.

RFC 7578. The hidden fields stand before the file, so that who sends it is known before its first
byte is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.uploading import Incoming
from api.web.csrf import FIELD, check_form
from api.web.forms import Posted
from api.web.visitor import visitor_of
from keys.pieces import PIECE
from ledger.command import Answer
from ledger.errors import Invalid, LedgerError

_MOST_IN_FIELDS = 64 * 1024
_DRAINED = 64 * 1024 * 1024
"""Bytes of a refused file that are read all the same, so that a browser shows the answer."""

_Kind = Literal["headers", "data", "end"]


class NoFile(Exception):
    """No file was chosen."""


class _Parts:
    """What the parser found since it was last asked, in order."""

    def __init__(self, boundary: bytes) -> None:
        self.found: list[tuple[_Kind, bytes]] = []
        self.headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self.headers.clear,
                "on_header_field": self._on_name,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_headers_finished": lambda: self.found.append(("headers", self._disposition())),
                "on_part_data": self._on_data,
                "on_part_end": lambda: self.found.append(("end", b"")),
            },
        )

    def feed(self, chunk: bytes) -> list[tuple[_Kind, bytes]]:
        """Raises Invalid for what is no form."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise Invalid("invalid-request", "this is no form") from None
        found, self.found = self.found, []
        return found

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self.headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _disposition(self) -> bytes:
        return self.headers.get(b"content-disposition", b"")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self.found.append(("data", data[start:end]))


async def received_file(request: Request, begin: Callable[[str], Incoming]) -> Answer:
    """Take the form's file in; ``begin`` is called with its name once the form is known to be ours.

    Raises NoFile, LedgerError; ForgedForm for a form that is not ours.
    """
    reading = _Reading(request, begin)
    try:
        async for chunk in request.stream():
            await reading.take(chunk)
        return await reading.end()
    finally:
        await reading.close()


class _Reading:
    def __init__(self, request: Request, begin: Callable[[str], Incoming]) -> None:
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise Invalid("invalid-request", "this is no form with a file")
        self._request = request
        self._begin = begin
        self._parts = _Parts(options[b"boundary"])
        self._fields: dict[str, str] = {}
        self._field: str | None = None
        self._value = bytearray()
        self._piece = bytearray()
        self._incoming: Incoming | None = None
        self._refusal: LedgerError | None = None
        self._is_file = False
        self._drained = 0

    async def take(self, chunk: bytes) -> None:
        """The next bytes of the body."""
        if self._refusal is not None:
            self._drained += len(chunk)
            if self._drained > _DRAINED:
                raise self._refusal
            return
        for kind, data in self._parts.feed(chunk):
            if kind == "headers":
                await self._part_begins(data)
            elif kind == "data":
                await self._part_goes_on(data)
            elif self._field is not None:
                self._fields[self._field] = self._value.decode("utf-8", "replace")
                self._field = None
            if self._refusal is not None:
                return

    async def end(self) -> Answer:
        """Hand the file in."""
        if self._refusal is not None:
            raise self._refusal
        if self._incoming is None:
            self._check()
            raise NoFile
        await self._pass_on()
        if self._refusal is not None:
            raise self._refusal
        visitor = visitor_of(self._request)
        asked = Posted(visitor, FormData(list(self._fields.items()))).asked
        return await run_in_threadpool(self._incoming.hand_in, asked)

    async def close(self) -> None:
        if self._incoming is not None:
            self._incoming.close()

    async def _part_begins(self, disposition: bytes) -> None:
        _, options = parse_options_header(disposition)
        self._value.clear()
        self._is_file = b"filename" in options
        if not self._is_file:
            self._field = options.get(b"name", b"").decode("utf-8", "replace")
            return
        self._check()
        name = options[b"filename"].decode("utf-8", "replace").replace("\\", "/")
        name = name.rpartition("/")[2].strip()[-200:]
        if not name or self._incoming is not None:
            self._is_file = False
            return
        try:
            self._incoming = await run_in_threadpool(self._begin, name)
        except LedgerError as refusal:
            self._refusal = refusal

    async def _part_goes_on(self, data: bytes) -> None:
        if self._is_file:
            self._piece += data
            if len(self._piece) >= PIECE:
                await self._pass_on()
        elif self._field is not None:
            self._value += data
            if len(self._value) > _MOST_IN_FIELDS:
                raise Invalid("invalid-request", "a field of the form is too long")

    async def _pass_on(self) -> None:
        if self._incoming is None or not self._piece:
            return
        piece = bytes(self._piece)
        self._piece.clear()
        try:
            await run_in_threadpool(self._incoming.write, piece)
        except LedgerError as refusal:
            self._refusal = refusal

    def _check(self) -> None:
        check_form(self._request, self._fields.get(FIELD, ""))
