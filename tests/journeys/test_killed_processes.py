"""``kill -9`` at any moment loses no acknowledged event, and nothing is counted twice after it."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from uuid import UUID

import pytest

from api import wiring
from api.founding import at_present_address
from api.settings import Settings
from ledger.people import Person
from tests.conftest import ROOT
from tests.interop.conftest import free_port, serving
from tests.world import World

pytestmark = pytest.mark.xdist_group("processes")
TIMES = 6


def test_a_server_that_is_killed_keeps_every_person_it_acknowledged(tmp_path: Path) -> None:
    port = free_port()
    home = tmp_path / "home"
    world = World.build(home, base_url=f"http://localhost:{port}")
    world.clock.catch_up()  # the server goes by the real one, and a token ends
    token = world.token(world.administrator)
    campus = str(world.campus)
    world.app.close()
    acknowledged: list[str] = []
    chance = random.Random(7)
    for _ in range(TIMES):
        with serving(home, port) as process:
            killer = threading.Timer(0.2 + chance.random(), process.send_signal, [signal.SIGKILL])
            killer.start()
            while process.poll() is None:
                try:
                    acknowledged.append(_register(port, token, campus, len(acknowledged)))
                except (OSError, http.client.HTTPException):
                    break  # killed before, or in the middle of, its answer
            process.wait(10)
            assert process.returncode == -signal.SIGKILL
    assert len(acknowledged) > TIMES
    _nothing_lost_or_doubled(home, [UUID(person) for person in acknowledged])


def _register(port: int, token: str, campus: str, number: int) -> str:
    body = {"name": f"Person {number}", "email": f"p{number}@example.org", "home": campus}
    request = urllib.request.Request(
        f"http://localhost:{port}/v1/people",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        person: str = json.load(answer)["id"]
        return person


def test_a_demo_that_is_killed_leaves_a_sound_ledger(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, "TESTAMUR_HOME": str(home)}
    command = [sys.executable, "-m", "api", "demo", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (home / "testamur.db").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(3)  # in the middle of its two school years
    process.kill()
    process.wait(10)
    _nothing_lost_or_doubled(home, [])
    again = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert again.returncode == 3
    assert "--fresh" in again.stderr


def _nothing_lost_or_doubled(home: Path, acknowledged: list[UUID]) -> None:
    settings = Settings(home=home)
    if not (home / "passphrase").exists():
        settings = Settings(home=home, key_passphrase="a passphrase")  # type: ignore[arg-type]
    with wiring.Testamur.open(at_present_address(settings)) as app:
        for person in acknowledged:
            assert app.store.find(Person, person) is not None
        versions: dict[UUID, int] = {}
        position = 0
        while page := app.store.page(position):
            for notification in page:
                before = versions.get(notification.originator_id, 0)
                assert notification.originator_version == before + 1
                versions[notification.originator_id] = before + 1
            position = page[-1].id
        assert position > 0
        app.views.catch_up()
        followed = {name: app.views.digest(name) for name in app.views.names}
        for name in app.views.names:
            app.views.rebuild(name)
        assert {name: app.views.digest(name) for name in app.views.names} == followed
