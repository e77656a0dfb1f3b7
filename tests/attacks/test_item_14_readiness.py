"""`/readyz` said "ready" on a corrupt database, a corrupt key and a full disk, and could hang.

Here each thing that serving needs is damaged for real, under a server that is open: the answer
names it, and comes within two seconds. `testamur doctor` asks the same probes.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest
from fastapi.testclient import TestClient

from api import cli
from api.health import Health
from api.http.app import create
from api.settings import Settings
from api.wiring import Testamur as Deployed
from ledger.bus import Request
from ledger.context import SYSTEM, Caller
from ledger.people import NETWORK_ID, FoundNetwork, MoveDeployment, RegisterOrganization
from projections.people import persons
from tests.world import TickingClock

HANGS = 4.0
"""Seconds: an answer takes under two where the machine has time for it; a lock is waited for by
those who have no bound for 5 or 15."""

LATER = datetime(2026, 3, 3, tzinfo=UTC)
PROBES = {"events", "log", "vault", "keys", "identity", "views", "processes", "clock", "disk"}


def settings_of(home: Path, database_url: str = "", **more: Any) -> Settings:
    return Settings(home=home, database_url=database_url, **more)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a few dozen events, closed."""
    home = tmp_path_factory.mktemp("ready") / "home"
    with Deployed.create(settings_of(home), TickingClock()) as app:
        fill(app)
    return home


def fill(app: Deployed) -> None:
    found = FoundNetwork(name="Net", administrator="Ada", email="ada@example.org")
    answer = app.bus.execute(Request(SYSTEM), found)
    admin = Caller(answer.administrator, "administrator", NETWORK_ID)
    for number in range(40):
        name = f"District {number}"
        app.bus.execute(Request(admin), district(name))
    app.views.catch_up()
    app.log.checkpoint()


def district(name: str) -> RegisterOrganization:
    return RegisterOrganization(name=name, kind="district", parent=NETWORK_ID)


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Path:
    shutil.copytree(founded, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def app(home: Path) -> Iterator[Deployed]:
    opened = Deployed.open(settings_of(home), TickingClock(LATER))
    yield opened
    opened.close()


def asked(app: Deployed) -> tuple[int, dict[str, dict[str, Any]], float]:
    """The answer of a server around it that does no work of its own, and the seconds it took."""
    client = TestClient(create(app), raise_server_exceptions=False)
    began = time.monotonic()
    answer = client.get("/readyz")
    return answer.status_code, answer.json()["checks"], time.monotonic() - began


def unfit(checks: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: check["detail"] for name, check in checks.items() if not check["ready"]}


def test_all_is_well(app: Deployed) -> None:
    status, checks, seconds = asked(app)
    assert (status, unfit(checks), checks.keys()) == (200, {}, PROBES)
    assert seconds < HANGS


def garbage(name: str, at: float, length: int = 4096) -> Callable[[Path], None]:
    def attack(home: Path) -> None:
        path = home / name
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        start = int(path.stat().st_size * at) // 4096 * 4096
        with path.open("r+b") as file:
            file.seek(start)
            file.write(os.urandom(length))

    return attack


def flipped_in_key_file(home: Path) -> None:
    path = home / "keys.json"
    document = json.loads(path.read_text())
    sealed = document["issuer"][0]["sealed"]
    document["issuer"][0]["sealed"] = ("B" if sealed[20] == "A" else "A").join(
        [sealed[:20], sealed[21:]]
    )
    path.write_text(json.dumps(document))


def later_life_of_a_key(home: Path) -> None:
    path = home / "keys.json"
    path.write_text(path.read_text().replace('"created": "2026', '"created": "2025', 1))


def lost(name: str) -> Callable[[Path], None]:
    return lambda home: (home / name).unlink()


def emptied_vault(home: Path) -> None:
    with closing(sqlite3.connect(home / "vault.db")) as vault:
        vault.execute("DELETE FROM data_keys")
        vault.commit()


def forged_checkpoint(home: Path) -> None:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        log.execute("UPDATE log_checkpoints SET note = replace(note, x'0a', x'0a') || 'x'")
        log.commit()


ATTACKS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "events, in the middle": (garbage("testamur.db", 0.5), "events", "damaged|malformed|not a"),
    "events, the first page": (garbage("testamur.db", 0.0), "events", "not a database|malformed"),
    "log, in the middle": (garbage("testamur-log.db", 0.6), "log", "damaged|malformed"),
    "log lost": (lost("testamur-log.db"), "log", "missing"),
    "checkpoint forged": (forged_checkpoint, "log", "note|signed|line"),
    "vault, the first page": (garbage("vault.db", 0.0), "vault", "not a database|cannot be read"),
    "vault lost": (lost("vault.db"), "vault", "missing"),
    "vault emptied": (emptied_vault, "vault", "another ledger"),
    "key file, one byte": (flipped_in_key_file, "keys", "does not open"),
    "key file, a date": (later_life_of_a_key, "keys", "does not open"),
    "key file lost": (lost("keys.json"), "keys", "cannot be read"),
    "passphrase lost": (lost("passphrase"), "keys", "passphrase"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_damaged_is_named_within_two_seconds(
    home: Path, app: Deployed, attack: str
) -> None:
    do, probe, words = ATTACKS[attack]
    do(home)
    status, checks, seconds = asked(app)
    assert (status, probe in unfit(checks)) == (503, True), checks
    assert seconds < HANGS
    assert any(word in checks[probe]["detail"] for word in words.split("|")), checks[probe]
    assert str(home) not in checks[probe]["detail"] or probe == "keys"


@pytest.mark.parametrize("name", ["testamur.db", "testamur-log.db", "vault.db"])
def test_a_locked_database_is_told_and_waited_for_no_longer(
    home: Path, app: Deployed, name: str
) -> None:
    with closing(sqlite3.connect(home / name, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE" if name == "vault.db" else "BEGIN IMMEDIATE")
        status, checks, seconds = asked(app)
        assert (status, seconds < HANGS) == (503, True), (checks, seconds)
        assert len(unfit(checks)) == 1, checks
        other.execute("ROLLBACK")
    time.sleep(1.1)  # an answer is given again for a second
    deadline = time.monotonic() + 20
    while asked(app)[0] != 200:
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_a_disk_without_room(home: Path) -> None:
    full = settings_of(home, least_free_mb=1 << 40)
    with Deployed.open(full, TickingClock(LATER)) as app:
        status, checks, _ = asked(app)
    assert (status, list(unfit(checks))) == (503, ["disk"])
    assert "at least" in checks["disk"]["detail"]


def test_events_that_nobody_signs(app: Deployed) -> None:
    with app.views.reading("persons") as connection:
        (grant,) = connection.execute(persons.grants.select()).all()
    admin = Caller(UUID(grant.person), "administrator", NETWORK_ID)
    app.bus.execute(Request(admin), district("Late"))
    app.views.catch_up()
    assert asked(app)[0] == 200, "the next checkpoint is due soon"
    assert isinstance(app.clock, TickingClock)
    app.clock.now += timedelta(minutes=5)
    status, checks, _ = asked(app)
    assert (status, list(unfit(checks))) == (503, ["log"])
    assert "under no checkpoint" in checks["log"]["detail"]
    app.log.checkpoint()
    assert asked(app)[0] == 200


def test_a_ledger_that_moved_while_this_server_ran(home: Path, app: Deployed) -> None:
    with Deployed.open(settings_of(home), TickingClock(LATER)) as other:
        other.bus.execute(Request(SYSTEM), MoveDeployment(address="https://new.example.org"))
    status, checks, _ = asked(app)
    assert (status, "moved to https://new.example.org" in checks["identity"]["detail"]) == (
        503,
        True,
    )


def test_a_clock_behind_the_log(home: Path) -> None:
    early = TickingClock(datetime(2026, 3, 1, tzinfo=UTC))
    with Deployed.open(settings_of(home), early) as app:
        status, checks, _ = asked(app)
    assert (status, list(unfit(checks))) == (503, ["clock"])


def test_a_read_model_that_is_set_aside(home: Path, app: Deployed) -> None:
    with closing(sqlite3.connect(home / "testamur-views.db")) as views:
        views.execute("UPDATE views_asked SET position = 0 WHERE projection = 'persons'")
        views.execute(f"DROP TABLE {persons.grants.name}")
        views.commit()
    app.views.catch_up()
    status, checks, _ = asked(app)
    assert (status, list(unfit(checks))) == (503, ["views"])
    assert "persons stopped" in checks["views"]["detail"]


def test_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    settings = settings_of(tmp_path / "home", postgres_url)
    with Deployed.create(settings, TickingClock()) as app:
        fill(app)
        status, checks, _ = asked(app)
        assert (status, unfit(checks)) == (200, {})
        with psycopg.connect(postgres_url) as other:
            other.execute("LOCK TABLE testamur_events IN ACCESS EXCLUSIVE MODE")
            status, checks, seconds = asked(app)
            assert (status, "events" in unfit(checks), seconds < HANGS) == (503, True, True)
            other.rollback()
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("UPDATE testamur_events SET state = '{' WHERE topic LIKE '%Founded'")
        time.sleep(1.5)  # what waited for the lock ends by itself
        status, checks, _ = asked(app)
        assert (status, "identity" in unfit(checks)) == (503, True), checks


def test_a_probe_that_hangs_delays_nobody_and_is_not_begun_again() -> None:
    release, begun = Event(), []

    def stuck() -> str:
        begun.append(1)
        release.wait(30)
        return "at last"

    health = Health({"stuck": stuck, "fine": lambda: "fine"}, within=0.2)
    for _ in range(2):
        report = health.look().result(10)
        found = {finding.name: finding.fit for finding in report.findings}
        assert found == {"stuck": False, "fine": True}
        health._done = 0.0  # as if a second had passed
    assert len(begun) == 1
    release.set()
    deadline = time.monotonic() + 10
    while not health.look().result(10).fit:
        assert time.monotonic() < deadline
        health._done = 0.0


def test_who_asks_at_once_is_told_once() -> None:
    looked = []
    health = Health({"slow": lambda: (looked.append(1), time.sleep(0.3), "well")[2]})
    told: list[bool] = []
    threads = [Thread(target=lambda: told.append(health.look().result(10).fit)) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert health.look().result(10).fit
    assert (len(looked), told) == (1, [True] * 30)


def doctor(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESTAMUR_HOME", str(home))
        patch.setattr(sys, "argv", ["testamur", "doctor", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main()
    return int(left.value.code or 0), capsys.readouterr().out


def test_the_doctor_says_in_words_what_is_wrong(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(home, capsys)[0] == 0
    code, said = doctor(home, capsys, "--json")
    assert (code, json.loads(said)["status"]) == (0, "ready")
    garbage("testamur.db", 0.5)(home)
    code, said = doctor(home, capsys)
    assert (code, "events" in said, "damaged" in said or "malformed" in said) == (1, True, True)
    (home / "vault.db").unlink()
    code, said = doctor(home, capsys)
    assert (code, "vault" in said and "missing" in said) == (1, True)
    code, said = doctor(home, capsys, "--json")
    assert (code, list(json.loads(said)["checks"])) == (1, ["opening"])
