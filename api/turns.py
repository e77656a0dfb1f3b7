"""Turns: strangers' work waits in a line of its own, and holds up nobody else.

Work that may take long, because somebody else's server takes long, runs in a few threads that
nothing else runs in; before them stands a short line, and who finds it full is told so at once.
Only two of the threads *think* at a time: whoever waits for a server or for another process lets
the next one think. So the interpreter has time for everything else, however long the line is.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

_THINKING = 2
_here = threading.local()


class Busy(Exception):
    """The line is full, or the turn did not come in time."""


class Turns:
    """A line before ``at_once`` threads. Threads end with the process, whatever they do then."""

    def __init__(self, at_once: int, waiting: int, patience: float) -> None:
        """``waiting`` may stand in the line, each for at most ``patience`` seconds."""
        self._line: queue.Queue[tuple[Future[Any], Callable[[], Any]]] = queue.Queue(waiting)
        self._at_once = at_once
        self._patience = patience
        self._threads = 0
        self._lock = threading.Lock()
        self._thinking = threading.BoundedSemaphore(_THINKING)

    async def take(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, once it had its turn. Raises Busy, or what ``work`` raises."""
        future: Future[T] = Future()
        with self._lock:
            if self._threads < self._at_once:
                threading.Thread(target=self._serve, name="turns", daemon=True).start()
                self._threads += 1
            try:
                self._line.put_nowait((future, work))
            except queue.Full:
                raise Busy from None
        late = False

        def give_up() -> None:
            nonlocal late
            late = future.cancel()  # not once it is running

        timer = asyncio.get_running_loop().call_later(self._patience, give_up)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if late:
                raise Busy from None
            raise
        finally:
            timer.cancel()

    def _serve(self) -> None:
        while True:
            self._carry_out(*self._line.get())

    def _carry_out(self, future: Future[Any], work: Callable[[], Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        _here.thinking = self._thinking
        try:
            with self._thinking:
                result = work()
        except BaseException as error:  # it belongs to whoever waits for it
            future.set_exception(error)
        else:
            future.set_result(result)


@contextmanager
def elsewhere() -> Iterator[None]:
    """While it waits for somebody else: a thread with a turn lets another think."""
    thinking: threading.BoundedSemaphore | None = getattr(_here, "thinking", None)
    if thinking is None:
        yield
        return
    thinking.release()
    try:
        yield
    finally:
        thinking.acquire()
