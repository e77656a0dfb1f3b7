"""Evidence in and out: how fast, and how much memory the server needs for it."""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from tests.api.test_uploads import VIDEO
from tests.interop.conftest import free_port, serving
from tests.world import World

SIZE = 500 * 1024 * 1024
_CHUNK = 1024 * 1024


def evidence(folder: Path, size: int = SIZE) -> None:
    """A real server takes a video of ``size`` bytes and gives it back."""
    port = free_port()
    world = World.build(folder / "evidence-home", base_url=f"http://localhost:{port}")
    world.clock.catch_up()
    token, submission = world.token(world.educator), world.draft()
    world.app.close()
    with serving(folder / "evidence-home", port) as process:
        forget_peak(process.pid)  # of the start, which opens the key file (scrypt)
        before = peak_memory(process.pid)
        seconds_in = send(port, token, submission, size)
        seconds_out = fetch(port, token, submission, size)
        after = peak_memory(process.pid)
    print(f"evidence: a video of {size >> 20} MB")
    print(f"  in  {size / seconds_in / 1e6:8.0f} MB/s")
    print(f"  out {size / seconds_out / 1e6:8.0f} MB/s")
    print(f"  the server's memory at its peak: {before} MB before, {after} MB after")


def film(size: int) -> Iterator[bytes]:
    """Bytes that cannot be compressed and say that they are a video."""
    yield VIDEO
    left, piece = size - len(VIDEO), os.urandom(_CHUNK)
    while left:
        yield piece[:left]
        left -= min(left, _CHUNK)


def send(port: int, token: str, submission: UUID, size: int) -> float:
    """Hand it in; gives the seconds that it took."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("localhost", port, timeout=300)
    headers = {"Authorization": f"Bearer {token}", "Content-Length": str(size)}
    path = f"/v1/submissions/{submission}/evidence/plan"
    connection.request("PUT", path, film(size), headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()
    return time.perf_counter() - began


def fetch(port: int, token: str, submission: UUID, size: int) -> float:
    """Fetch it; gives the seconds that it took."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("localhost", port, timeout=300)
    path = f"/v1/submissions/{submission}/evidence/plan"
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer, seen = connection.getresponse(), 0
    while data := answer.read(_CHUNK):
        seen += len(data)
    assert seen == size, seen
    connection.close()
    return time.perf_counter() - began


def forget_peak(process: int) -> None:
    """Let the peak be counted from now on (proc(5): clear_refs)."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def peak_memory(process: int) -> int:
    """The most memory that a process had, in MB (proc(5): VmHWM)."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise ValueError("this system does not tell")
