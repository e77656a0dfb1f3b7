"""A large file and a real server: flat memory, and a ``kill -9`` in the middle leaves nothing that
should not be there and nothing that has to come twice."""

from __future__ import annotations

import http.client
import signal
import socket
import time
from pathlib import Path
from uuid import UUID

import pytest

from bench.evidence import fetch, film, forget_peak, peak_memory, send
from keys.pieces import PIECE
from tests.interop.conftest import free_port, serving
from tests.world import World

pytestmark = pytest.mark.xdist_group("processes")

LARGE = 96 * 1024 * 1024
"""Enough that a server which held it would be seen; ``bench`` sends 500 MB."""


@pytest.fixture
def deployment(tmp_path: Path) -> tuple[Path, int, str, UUID]:
    """A home folder, a port, an educator's token and their draft."""
    port = free_port()
    world = World.build(tmp_path / "home", base_url=f"http://localhost:{port}")
    world.clock.catch_up()
    token, submission = world.token(world.educator), world.draft()
    world.app.close()
    return tmp_path / "home", port, token, submission


def files(home: Path) -> dict[str, int]:
    evidence = home / "evidence"
    return {
        str(path.relative_to(evidence)): path.stat().st_size
        for path in evidence.rglob("*")
        if path.is_file()
    }


def test_memory_stays_flat_whatever_the_size(deployment: tuple[Path, int, str, UUID]) -> None:
    home, port, token, submission = deployment
    with serving(home, port) as process:
        send(port, token, submission, 8 * PIECE)
        fetch(port, token, submission, 8 * PIECE)
        forget_peak(process.pid)
        before = peak_memory(process.pid)
        send(port, token, submission, LARGE)
        fetch(port, token, submission, LARGE)
        after = peak_memory(process.pid)
    assert after - before < 32, f"{after - before} MB more for {LARGE >> 20} MB"
    assert after < 200


def test_a_server_that_is_killed_while_a_file_comes_leaves_nothing_of_it(
    deployment: tuple[Path, int, str, UUID],
) -> None:
    home, port, token, submission = deployment
    before = files(home)
    with serving(home, port) as process:
        put = f"PUT /v1/submissions/{submission}/evidence/plan"
        with _half_sent(port, token, put, 6 * PIECE, {}):
            _wait_for(home, 5 * PIECE)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    assert len(files(home)) == len(before) + 1  # what the killed process could not take away
    with serving(home, port):
        assert files(home) == before


def test_a_resumable_upload_goes_on_after_a_kill_of_the_server(
    deployment: tuple[Path, int, str, UUID],
) -> None:
    home, port, token, submission = deployment
    data = b"".join(film(6 * PIECE + 1234))
    bearer = {"Authorization": f"Bearer {token}"}
    with serving(home, port) as process:
        connection = http.client.HTTPConnection("localhost", port, timeout=30)
        start = f"/v1/submissions/{submission}/evidence/plan/uploads"
        headers = {**bearer, "Upload-Length": str(len(data)), "File-Name": "lesson.mp4"}
        connection.request("POST", start, headers=headers)
        answer = connection.getresponse()
        assert answer.status == 201, answer.read()
        path = answer.headers["Location"]
        connection.close()
        appending = {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": "0",
            "Upload-Complete": "?1",
        }
        some = data[: 4 * PIECE + 99]
        with _half_sent(port, token, f"PATCH {path}", len(data), appending, some):
            _wait_for(home, 3 * PIECE)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    with serving(home, port):
        connection = http.client.HTTPConnection("localhost", port, timeout=30)
        connection.request("HEAD", path, headers=bearer)
        told = connection.getresponse()
        told.read()
        offset = int(told.headers["Upload-Offset"])
        assert offset >= 3 * PIECE
        assert offset % PIECE == 0
        last = {**appending, **bearer, "Upload-Offset": str(offset)}
        connection.request("PATCH", path, data[offset:], last)
        done = connection.getresponse()
        assert done.status == 200, done.read()
        done.read()
        kept = f"/v1/submissions/{submission}/evidence/plan"
        connection.request("GET", kept, headers=bearer)
        assert connection.getresponse().read() == data
        connection.close()
    assert not [name for name in files(home) if name.startswith("unfinished")]


def _half_sent(
    port: int,
    token: str,
    request: str,
    length: int,
    headers: dict[str, str],
    sent: bytes | None = None,
) -> socket.socket:
    """A request of which only a part of the body comes; the line stays open."""
    body = b"".join(film(length)) if sent is None else sent
    lines = [
        f"{request} HTTP/1.1",
        f"Host: localhost:{port}",
        f"Authorization: Bearer {token}",
        f"Content-Length: {length if sent is not None else 2 * length}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    connection = socket.create_connection(("localhost", port), timeout=30)
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
    return connection


def _wait_for(home: Path, size: int) -> None:
    """Until so much lies in the folder of unfinished uploads."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = files(home)
        if any(n.endswith(".sealed") and length >= size for n, length in found.items()):
            return
        time.sleep(0.05)
    raise AssertionError(f"it did not come: {files(home)}")
