"""HTTP connections that nobody holds open for nothing.

Uvicorn's own protocol waits for a header without end, and for a client that takes no answer. Here
a header comes within ten seconds, an answer moves on within thirty, and where too many headers
are on their way the one that has been longest gives way.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
_STALLED_SECONDS = 30.0
_MOST_WITHOUT_HEADER = 200


class BoundedConnection(H11Protocol):
    """A connection whose silences end."""

    _without_header: dict[BoundedConnection, None] = {}
    """Of this process, the longest first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._header_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_header()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_header()
        else:
            self._have_header()

    def connection_lost(self, exc: Exception | None) -> None:
        self._have_header()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(_STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _await_header(self) -> None:
        if self._header_timer is not None:
            return
        self._header_timer = self.loop.call_later(HEADER_SECONDS, self.transport.abort)
        self._without_header[self] = None
        if len(self._without_header) > _MOST_WITHOUT_HEADER:
            longest = next(iter(self._without_header))
            longest._have_header()
            longest.transport.abort()

    def _have_header(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None
        self._without_header.pop(self, None)
