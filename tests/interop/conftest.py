"""Other people's software: installed by exact version, and a server of ours for it to ask."""

from __future__ import annotations

import fcntl
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

from tests.conftest import ROOT, not_run
from tests.world import World

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def judges(node: str) -> Path:
    """The folder with the packages of ``package.json``, kept between runs."""
    lock = HERE / "node_modules.lock"
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not _installed(wanted):
            command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
            answer = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=600)
            if answer.returncode != 0 or not _installed(wanted):
                not_run(f"npm could not install the judges: {answer.stderr.strip()[-300:]}")
    return HERE


def _installed(wanted: dict[str, str]) -> bool:
    for name, version in wanted.items():
        manifest = HERE / "node_modules" / name / "package.json"
        if not manifest.is_file() or json.loads(manifest.read_text())["version"] != version:
            return False
    return True


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
    home: Path, port: int, passphrase: str = "a passphrase"
) -> Iterator[subprocess.Popen[str]]:
    """``testamur serve`` on a home folder, as a process of its own."""
    environment = {
        **os.environ,
        "TESTAMUR_HOME": str(home),
        "TESTAMUR_BASE_URL": f"http://localhost:{port}",
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
