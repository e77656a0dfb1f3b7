"""Processes for what strangers hand in: what a piece of work costs is cut off from outside.

Nothing inside an interpreter can stop a computation that has gone wrong, and a fault in a library
that reads pictures or documents is the whole process's. So such work is done in processes with a
limit on their memory and time; one that reaches either is killed and replaced. Requests and answers
are bytes, each after their length (8 bytes). A worker is handed no settings and no secrets, and
writes no files.

A module of workers ends with ``serve(answer)`` when it is run.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from api.deadline import Deadline
from api.turns import elsewhere

_MEMORY = 512 * 1024 * 1024
_OPEN_FILES = 64


class NoTurn(Exception):
    """No worker was free in time."""


class Killed(Exception):
    """The work took more time or memory than it is given, or ended the process."""


class Workers:
    """Up to ``most`` processes that run ``module``, started when first needed."""

    def __init__(
        self, module: str, most: int = 2, seconds: float = 5.0, memory: int = _MEMORY
    ) -> None:
        """``seconds`` and ``memory`` (bytes) are what one piece of work may take."""
        self._module = module
        self._free = threading.BoundedSemaphore(most)
        self._idle: list[_Process] = []
        self._seconds = seconds
        self._memory = memory

    def close(self) -> None:
        """End the processes that are idle; a busy one ends with its work."""
        while self._idle:
            self._idle.pop().end()

    @property
    def idle(self) -> list[int]:
        """The ids of the processes that wait for work."""
        return [process.id for process in self._idle]

    def ask(self, request: bytes, deadline: Deadline) -> bytes:
        """What a worker answers. Raises NoTurn or Killed."""
        with elsewhere():
            if not self._free.acquire(timeout=deadline.left):
                raise NoTurn
            try:
                process = self._process(deadline)
                answer = process.answer(request, min(self._seconds, deadline.left))
                self._idle.append(process)
            finally:
                self._free.release()
        return answer

    def _process(self, deadline: Deadline) -> _Process:
        while True:
            try:
                process = self._idle.pop()
            except IndexError:
                return _Process(self._module, self._memory, self._seconds, deadline)
            if process.is_alive:
                return process
            process.end()


class _Process:
    """Raises Killed where it does not answer in time, and is gone then."""

    def __init__(self, module: str, memory: int, seconds: float, deadline: Deadline) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TESTAMUR_")}
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-P", "-m", module, str(memory), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self.answer(b"", deadline.left)  # beginning takes half a second, and is no request's

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def answer(self, request: bytes, seconds: float) -> bytes:
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None
        assert told is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            _write(asked, request)
            return _read(told)
        except (OSError, EOFError, ValueError):
            self.end()
            raise Killed from None
        finally:
            timer.cancel()

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()


def serve(answer: Callable[[bytes], bytes]) -> None:
    """Answer requests until there are no more; an empty one asks only whether it is ready.
    Whatever ``answer`` raises ends the process."""
    memory, seconds = int(sys.argv[1]), float(sys.argv[2])
    never = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        resource.setrlimit(kind, (most, most))
    while True:
        try:
            request = _read(sys.stdin.buffer)
        except EOFError:
            return
        spent = resource.getrusage(resource.RUSAGE_SELF)
        until = math.ceil(spent.ru_utime + spent.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (until, never))
        _write(sys.stdout.buffer, answer(request) if request else b"")


def _write(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(len(data).to_bytes(8))
    pipe.write(data)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes:
    """Raises EOFError."""
    head = pipe.read(8)
    data = pipe.read(int.from_bytes(head)) if len(head) == 8 else b""
    if len(head) < 8 or len(data) < int.from_bytes(head):
        raise EOFError
    return data
