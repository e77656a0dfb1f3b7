"""Other people's software: installed by exact version, and a server of ours for it to ask."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.world import World

HERE = Path(__file__).parent


def ask(node: str, script: str, *arguments: str) -> Any:
    """What a script of this folder prints."""
    answer = subprocess.run(
        [node, str(HERE / script), *arguments], capture_output=True, text=True, timeout=300
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    home: Path, port: int, passphrase: str = "a passphrase", base: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """``testamur serve`` on a home folder, as a process of its own; ``base`` is the port of the
    ledger's address where that is another's."""
    environment = {
        **os.environ,
        "TESTAMUR_HOME": str(home),
        "TESTAMUR_BASE_URL": f"http://localhost:{base or port}",
        "TESTAMUR_KEY_PASSPHRASE": passphrase,
        "TESTAMUR_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "api", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True)
    try:
        _wait_until_ready(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not get ready")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[World, int]]:
    """A small deployment whose addresses are those of a server of ours that runs."""
    port = free_port()
    home = tmp_path / "home"
    world = World.build(home, base_url=f"http://localhost:{port}")
    with serving(home, port):
        yield world, port
    world.app.close()


@pytest.fixture
def copy_to(tmp_path: Path) -> Any:
    """Writes a document to a file of its own."""

    def write(name: str, data: bytes | str) -> str:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return str(path)

    return write
