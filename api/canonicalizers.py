"""Processes that canonicalize strangers' documents: what they cost is cut off from outside.

What expanding a document costs depends on the contexts that it brings along, labelling its blank
nodes holds the interpreter, and nothing inside an interpreter can stop a computation that has gone
wrong. So all but small documents in the standards' own contexts are canonicalized in a process
with a limit on its memory and its time; one that reaches either is killed and replaced.
``python -m api.canonicalizers`` is that process: it reads documents and answers, each as a length
(8 bytes) and JSON. It is handed no settings and no secrets.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO

import badges.errors
from api.deadline import Deadline
from api.turns import elsewhere
from badges.canonical import Canonicalize, canonical_nquads
from badges.document import Document
from badges.errors import BadgesError, MalformedDocument, TooMuchWork

SECONDS = 5.0
"""What a document may take."""

SMALL = 64 * 1024
"""Bytes of JSON. A document in the standards' own contexts that is no larger holds the interpreter
for some milliseconds, and is canonicalized here."""

_MEMORY = 512 * 1024 * 1024
_TOO_MUCH = "reading it takes more time or memory than this verifier gives to one document"


class Canonicalizers:
    """Up to ``most`` processes, started when first needed."""

    def __init__(self, most: int = 2, seconds: float = SECONDS, memory: int = _MEMORY) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._idle: list[_Process] = []
        self._seconds = seconds
        self._memory = memory

    def close(self) -> None:
        """End the processes that are idle; a busy one ends with its document."""
        while self._idle:
            self._idle.pop().end()

    def within(self, deadline: Deadline) -> Canonicalize:
        """How a verification that ends at ``deadline`` canonicalizes."""

        def canonicalize(document: Document) -> str:
            if not deadline.left:
                raise TooMuchWork("the time for this verification is over")
            request = json.dumps(document).encode()

            def there(_document: Document) -> str:
                return self._nquads(request, deadline)

            return there(document) if len(request) > SMALL else canonical_nquads(document, there)

        return canonicalize

    def nquads(self, document: Document, deadline: Deadline) -> str:
        """``canonical_nquads``, made in a process. Raises what that does, or TooMuchWork."""
        return self._nquads(json.dumps(document).encode(), deadline)

    def _nquads(self, request: bytes, deadline: Deadline) -> str:
        with elsewhere():
            if not self._free.acquire(timeout=deadline.left):
                raise TooMuchWork("this verifier had no time to read it; ask again later")
            try:
                process = self._process(deadline)
                answer = process.answer(request, min(self._seconds, deadline.left))
                self._idle.append(process)
            finally:
                self._free.release()
        return _told(answer)

    def _process(self, deadline: Deadline) -> _Process:
        while True:
            try:
                process = self._idle.pop()
            except IndexError:
                return _Process(self._memory, self._seconds, deadline)
            if process.is_alive:
                return process
            process.end()


class _Process:
    """Raises TooMuchWork where it does not answer in time, and is gone then."""

    def __init__(self, memory: int, seconds: float, deadline: Deadline) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TESTAMUR_")}
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-P", "-m", "api.canonicalizers", str(memory), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self.answer(b"{}", deadline.left)  # beginning takes half a second, and is no document's

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def answer(self, request: bytes, seconds: float) -> dict[str, str]:
        """What it answers to the JSON of a document."""
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None
        assert told is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            _write(asked, request)
            answer: dict[str, str] = json.loads(_read(told))
        except (OSError, EOFError, ValueError):
            self.end()
            raise TooMuchWork(_TOO_MUCH) from None
        finally:
            timer.cancel()
        return answer

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()


def _told(answer: dict[str, str]) -> str:
    if "nquads" in answer:
        return answer["nquads"]
    kind = getattr(badges.errors, answer["error"], MalformedDocument)
    raise kind(answer["words"])


def _write(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(len(data).to_bytes(8) + data)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes:
    """Raises EOFError."""
    head = pipe.read(8)
    data = pipe.read(int.from_bytes(head)) if len(head) == 8 else b""
    if len(head) < 8 or len(data) < int.from_bytes(head):
        raise EOFError
    return data


def _serve(memory: int, seconds: float) -> None:
    """Answer documents until there are no more. Whatever else goes wrong ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    never = resource.RLIM_INFINITY
    while True:
        try:
            document = json.loads(_read(sys.stdin.buffer))
        except EOFError:
            return
        spent = resource.getrusage(resource.RUSAGE_SELF)
        until = math.ceil(spent.ru_utime + spent.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (until, never))
        try:
            answer = {"nquads": canonical_nquads(document)}
        except BadgesError as error:
            answer = {"error": type(error).__name__, "words": str(error)}
        _write(sys.stdout.buffer, json.dumps(answer).encode())


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]))
