"""Attack: servers that trickle. Headers, a handshake, a name that does not resolve, redirects and
forty documents each took their own time; now all of a verification ends at one deadline."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from api.deadline import Deadline
from api.fetch import GuardedFetcher
from badges.document import Document
from badges.errors import UnreachableDocument
from badges.verification import Verifier
from tests.badges.issuers import NOW, Key, presentation

ALLOWED = 0.5
GENEROUS = 20.0
"""What a slow machine may add; each of these servers goes on for an hour."""

Behaviour = Callable[[socket.socket, threading.Event], None]


class Trickler:
    """A server that does to each connection what it is told to, until the test ends."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self._behave(connection, self.over)

    def close(self) -> None:
        self.over.set()
        self._listener.close()


@pytest.fixture
def start() -> Iterator[Callable[[Behaviour], Trickler]]:
    running: list[Trickler] = []

    def begin(behave: Behaviour) -> Trickler:
        running.append(Trickler(behave))
        return running[-1]

    yield begin
    for server in running:
        server.close()


def headers_without_end(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not over.wait(0.05):
        connection.sendall(b"x")


def early_hints_without_end(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(4096)
    while not over.wait(0.05):
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def a_body_without_end(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b"1\r\n \r\n")


def one_slow_chunk(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b" ")


def nothing_at_all(_connection: socket.socket, over: threading.Event) -> None:
    over.wait(3600)


def redirects_without_end(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(4096)
    over.wait(0.4)
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")


def in_time(work: Callable[[], Any]) -> None:
    began = time.monotonic()
    work()
    assert time.monotonic() - began < ALLOWED + GENEROUS


@pytest.mark.parametrize(
    "behave",
    [
        headers_without_end,
        early_hints_without_end,
        a_body_without_end,
        one_slow_chunk,
        nothing_at_all,
        redirects_without_end,
    ],
)
def test_whatever_a_server_trickles(
    start: Callable[[Behaviour], Trickler], behave: Behaviour
) -> None:
    server = start(behave)

    def ask() -> None:
        fetcher = GuardedFetcher(True).within(Deadline.after(ALLOWED))
        with pytest.raises(UnreachableDocument):
            fetcher.fetch(f"http://localhost:{server.port}/x")

    in_time(ask)


def test_a_handshake_without_end(start: Callable[[Behaviour], Trickler]) -> None:
    server = start(nothing_at_all)

    def ask() -> None:
        fetcher = GuardedFetcher(True).within(Deadline.after(ALLOWED))
        with pytest.raises(UnreachableDocument):
            fetcher.fetch(f"https://localhost:{server.port}/x")

    in_time(ask)


def test_a_name_that_never_resolves() -> None:
    over = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        over.wait(3600)
        return []

    def ask() -> None:
        fetcher = GuardedFetcher(resolve=resolve).within(Deadline.after(ALLOWED))
        with pytest.raises(UnreachableDocument, match="in time"):
            fetcher.fetch("https://slow.example.org/")

    in_time(ask)
    over.set()


def test_forty_slow_documents_have_one_deadline(unsigned: Document) -> None:
    """Each alone would be fetched within its ten seconds; here the first takes all the time."""
    asked = []
    deadline = Deadline.after(3600)

    def slow(host: str, _port: int) -> list[str]:
        asked.append(host)
        object.__setattr__(deadline, "at", time.monotonic())
        return []

    strangers = []
    for number in range(40):
        key = Key(f"did:web:host-{number}.example.org")
        proof = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "verificationMethod": key.verification_method,
            "proofPurpose": "assertionMethod",
            "proofValue": "z1",
        }
        issuer = {**unsigned["issuer"], "id": key.did}
        strangers.append({**unsigned, "issuer": issuer, "proof": proof})
    fetcher = GuardedFetcher(resolve=slow).within(deadline)
    report = Verifier(fetcher, NOW).verify(json.dumps(presentation(*strangers)))
    assert not report.verified
    assert asked == ["host-0.example.org"]


def test_one_address_that_does_not_answer_leaves_the_next(
    start: Callable[[Behaviour], Trickler], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every address was checked, so the next one may be tried."""

    def answer(connection: socket.socket, _over: threading.Event) -> None:
        connection.recv(4096)
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}')

    server = start(answer)
    unused = socket.socket()
    unused.bind(("127.0.0.2", 0))
    monkeypatch.setattr(
        GuardedFetcher, "_addresses", lambda *_: ["127.0.0.2", "127.0.0.1"], raising=True
    )
    found = GuardedFetcher(True).load(f"http://localhost:{server.port}/x")
    unused.close()
    assert found == {"a": 1}
