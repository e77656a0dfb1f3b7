"""Attack: 45 anonymous requests that led to slow servers stalled everything, health included;
200 half-open headers lived 32 seconds; a half-sent body kept SIGTERM waiting."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from ledger.people import NETWORK_ID
from tests.attacks.served import Silent, free_port, led_to, served
from tests.world import World

GENEROUS = 60.0
AT_ONCE = 64


@pytest.fixture
def silent() -> Iterator[Silent]:
    made = Silent()
    yield made
    made.close()


def test_slow_verifications_hold_up_nobody_else(world: World, silent: Silent) -> None:
    """While 64 of them wait: health, a page, a badge's own page and a command are answered. Those
    for whom there is no place are told so at once; nobody waits for ever."""
    award = world.award()
    world.app.views.catch_up()
    token = {"Authorization": f"Bearer {world.token(world.administrator)}"}
    body = json.dumps(led_to(silent)).encode()
    answers: list[httpx2.Response] = []
    with (
        served(world) as port,
        httpx2.Client(
            base_url=f"http://localhost:{port}", timeout=GENEROUS, limits=httpx2.Limits()
        ) as client,
    ):

        def ask(number: int) -> None:
            if number % 2:
                answers.append(client.post("/v1/verify", content=body))
            else:
                url = f"http://localhost:{silent.port}/badge.json"
                answers.append(client.post("/verify", data={"text": url}))

        askers = [threading.Thread(target=ask, args=(n,)) for n in range(AT_ONCE)]
        for asker in askers:
            asker.start()
        for _ in range(16):
            assert silent.asked.acquire(timeout=GENEROUS), "as many as may are waiting"
        unit = {"name": "Elm", "kind": "district", "parent": str(NETWORK_ID)}
        for path in ("/healthz", "/", f"/badges/{award}"):
            assert client.get(path, headers={"Accept": "text/html, */*"}).status_code == 200, path
        made = client.post("/v1/organizations", json=unit, headers=token)
        assert made.status_code == 201, made.text
        assert any(asker.is_alive() for asker in askers)
        silent.released.set()
        for asker in askers:
            asker.join(GENEROUS)
        assert client.get("/healthz").status_code == 200
    statuses = [answer.status_code for answer in answers]
    assert len(statuses) == AT_ONCE
    assert set(statuses) <= {200, 422, 503}
    assert statuses.count(503) >= AT_ONCE - 16 - 32
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["retry-after"].isdigit()


def test_half_a_header_does_not_stay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it trickles, when it is the second one on a connection, and where too many come
    at once: then the oldest gives way, and who sends a whole header is served."""
    monkeypatch.setattr("api.http.connections.HEADER_SECONDS", 1.0)
    with served(world) as port:
        slow = socket.create_connection(("127.0.0.1", port))
        second = socket.create_connection(("127.0.0.1", port))
        second.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert second.recv(4096).startswith(b"HTTP/1.1 200")
        second.sendall(b"GET /healthz HT")
        trickling = threading.Event()

        def trickle() -> None:
            while not trickling.wait(0.1):
                try:
                    slow.sendall(b"X" if trickling else b"")
                except OSError:
                    return

        threading.Thread(target=trickle, daemon=True).start()
        for connection in (slow, second):
            assert ended(connection)
        trickling.set()
        monkeypatch.setattr("api.http.connections.HEADER_SECONDS", 3600.0)
        crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(250)]
        for connection in crowd:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        assert all(ended(connection) for connection in crowd[:50])
        assert httpx2.get(f"http://localhost:{port}/healthz", timeout=GENEROUS).status_code == 200
        for connection in crowd:
            connection.close()


def test_half_a_body_does_not_stay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.http.guards._GRACE", 0.5)
    with served(world) as port:
        for head in (
            b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
            b"POST /verify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\ntext=",
        ):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(head)
            connection.settimeout(GENEROUS)
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 408"), answer[:200]
            assert ended(connection)


def ended(connection: socket.socket) -> bool:
    """Whether the server closes the connection."""
    connection.settimeout(GENEROUS)
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        pass
    connection.close()
    return True


def test_told_to_end_it_ends(tmp_path: Path, silent: Silent) -> None:
    """With half a body, half a header and a slow verification; who waits is told."""
    port = free_port()
    base = f"http://localhost:{port}"
    world = World.build(tmp_path / "home", base_url=base)
    world.app.close()
    environment = {
        **os.environ,
        "TESTAMUR_HOME": str(tmp_path / "home"),
        "TESTAMUR_BASE_URL": base,
        "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
    }
    command = [sys.executable, "-m", "api", "serve", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as server:
        held = []
        try:
            held.append(connected(port, server))
            held[0].sendall(b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n")
            held[0].sendall(b"Content-Length: 100\r\n\r\n{")
            held.append(connected(port, server))
            held[1].sendall(b"GET / HTTP/1.1\r\nHo")
            body = json.dumps(led_to(silent)).encode()
            held.append(connected(port, server))
            held[2].sendall(b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n")
            held[2].sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert silent.asked.acquire(timeout=GENEROUS)
            server.send_signal(signal.SIGTERM)
            began = time.monotonic()
            _, errors = server.communicate(timeout=GENEROUS)
            assert time.monotonic() - began < 20, "five seconds are given to what is under way"
            assert b"Traceback" not in errors, errors.decode()
            assert held[0].recv(4096).startswith(b"HTTP/1.1 503")
            assert held[2].recv(4096).startswith((b"HTTP/1.1 503", b"HTTP/1.1 200"))
        finally:
            server.kill()
            for connection in held:
                connection.close()


def connected(port: int, server: subprocess.Popen[bytes]) -> socket.socket:
    while server.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError(server.communicate()[1].decode())
