"""The small deployment as a real server, and a real browser on it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from api.http.app import create
from tests.world import World


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(home: Path, port: int = 0) -> Iterator[World]:
    """A deployment that answers at its own address, on localhost."""
    port = port or free_port()
    world = World.build(home, base_url=f"http://localhost:{port}")
    config = uvicorn.Config(create(world.app), "127.0.0.1", port, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    try:
        yield world
    finally:
        server.should_exit = True
        thread.join(30)
        world.app.close()
