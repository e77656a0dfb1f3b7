"""Who waits while strangers' servers are slow: a server of its own, 64 verifications that lead to
one that never answers, and beside them health, a page and a command, one after the other."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2

from ledger.people import NETWORK_ID
from tests.attacks.served import Silent, free_port, led_to
from tests.world import World

AT_ONCE = 64
ASKED = 300
EVERY = 0.02
PROMISED = 100.0
"""Milliseconds, at the 99th percentile."""


def bounds(folder: Path) -> None:
    """Times with nobody else there, and with the 64."""
    port = free_port()
    base = f"http://localhost:{port}"
    world = World.build(folder / "bounded", base_url=base)
    world.clock.catch_up()  # the server goes by the real one
    award = world.award()
    token = world.token(world.administrator)
    world.app.close()
    environment = {
        **os.environ,
        "TESTAMUR_HOME": str(folder / "bounded"),
        "TESTAMUR_BASE_URL": base,
        "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
        "TESTAMUR_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "api", "serve", "--port", str(port)]
    silent = Silent()
    numbers = itertools.count()
    with subprocess.Popen(command, env=environment) as server:
        client = httpx2.Client(base_url=base, timeout=60.0)
        while server.poll() is None and not _answers(client):
            time.sleep(0.1)

        def register() -> httpx2.Response:
            unit = {"name": f"D{next(numbers)}", "kind": "district", "parent": str(NETWORK_ID)}
            headers = {"Authorization": f"Bearer {token}"}
            return client.post("/v1/organizations", json=unit, headers=headers)

        kinds: dict[str, Callable[[], httpx2.Response]] = {
            "/healthz": lambda: client.get("/healthz"),
            "a badge's page": lambda: client.get(
                f"/badges/{award}", headers={"Accept": "text/html"}
            ),
            "a command": register,
        }
        print(f"\nWhile {AT_ONCE} verifications wait for a server that never answers")
        for name, ask in kinds.items():
            _show(f"{name}, nobody else", _times(ask))
        over = threading.Event()
        told: list[int] = []
        slow = [
            threading.Thread(target=_keep_asking, args=(base, silent, over, told), daemon=True)
            for _ in range(AT_ONCE)
        ]
        for thread in slow:
            thread.start()
        for _ in range(16):
            silent.asked.acquire()
        for name, ask in kinds.items():
            is_page = name not in ("/healthz", "a command")
            _show(f"{name}, beside {AT_ONCE}", _times(ask), None if is_page else PROMISED)
        over.set()
        silent.close()
        print(f"  meanwhile answered: {told.count(200)}, told to come back: {told.count(503)}")
        server.terminate()


def _keep_asking(base: str, silent: Silent, over: threading.Event, told: list[int]) -> None:
    body = json.dumps(led_to(silent)).encode()
    with httpx2.Client(base_url=base, timeout=60.0) as client:
        while not over.is_set():
            answer = client.post("/v1/verify", content=body)
            told.append(answer.status_code)
            if answer.status_code == 503:
                over.wait(float(answer.headers["Retry-After"]))


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def _times(ask: Callable[[], httpx2.Response]) -> list[float]:
    """Milliseconds of each, in order; asked evenly over several seconds."""
    times = []
    for _ in range(ASKED):
        time.sleep(EVERY)
        began = time.perf_counter()
        answer = ask()
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code in (200, 201), answer.text
    return sorted(times)


def _show(name: str, times: list[float], promised: float | None = None) -> None:
    half, most = times[len(times) // 2], times[int(len(times) * 0.99) - 1]
    kept = (
        ""
        if promised is None
        else f"  promised {promised:.0f} ms: " + ("kept" if most <= promised else "NOT KEPT")
    )
    print(f"  {name:32} half in {half:7.1f} ms, 99 of 100 in {most:7.1f} ms{kept}")
