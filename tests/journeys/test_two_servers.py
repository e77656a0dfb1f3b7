"""Two server processes on one ledger write at once, on each engine: the audit finds nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.interop.conftest import free_port, serving
from tests.world import World

pytestmark = pytest.mark.xdist_group("processes")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both, whether CI runs or not: PostgreSQL comes in a wheel."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def test_two_server_processes_write_a_ledger_that_an_audit_passes(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [free_port(), free_port()]
    home = tmp_path / "home"
    world = World.build(home, database_url, base_url=f"http://localhost:{ports[0]}")
    world.clock.catch_up()
    administrator, educator = world.token(world.administrator), world.token(world.educator)
    micro, campus = str(world.micro), str(world.campus)
    before = world.app.store.position()
    world.app.close()
    monkeypatch.setenv("TESTAMUR_DATABASE_URL", database_url)

    def write(number: int) -> int:
        port, done = ports[number % 2], 0
        for turn in range(6):
            person = {"name": "Sam", "email": f"{number}.{turn}@two.example.org", "home": campus}
            done += _posted(port, "/v1/people", person, administrator)
            draft = {"microCredential": micro, "number": 1}
            done += _posted(port, "/v1/submissions", draft, educator)
        return done

    with ExitStack() as stack:
        for port in ports:  # the second answers to the address of the first
            stack.enter_context(serving(home, port, base=ports[0]))
        with ThreadPoolExecutor(8) as threads:
            done = sum(threads.map(write, range(8)))
    assert done >= 8 * 6  # what was refused is told as busy, never lost or doubled
    environment = {
        **os.environ,
        "TESTAMUR_HOME": str(home),
        "TESTAMUR_BASE_URL": f"http://localhost:{ports[0]}",
        "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
    }
    command = [sys.executable, "-m", "api", "audit", "--json"]
    audit = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    report = json.loads(audit.stdout)
    assert (audit.returncode, report["first"]) == (0, None)
    assert report["size"] >= before + done


def _posted(port: int, path: str, body: dict[str, object], token: str) -> int:
    """1 for what was recorded, 0 for what was refused because others were quicker."""
    request = urllib.request.Request(
        f"http://localhost:{port}{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 201
            return 1
    except urllib.error.HTTPError as refused:
        problem = json.load(refused)
        assert problem["type"].endswith("/busy"), problem
        return 0
