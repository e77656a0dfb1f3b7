"""The log as an auditor, a witness and an operator meet it on the command line."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ledger.commands import Order
from ledger.transparency import Note, VerifierKey
from tests.conftest import ROOT
from tests.interop.conftest import free_port, serving
from tests.world import World

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def testamur(world: World) -> Run:
    def run(*arguments: object, home: Path | None = None, token: str = ""):  # type: ignore[no-untyped-def]
        environment = {
            **os.environ,
            "TESTAMUR_HOME": str(home or world.app.settings.home),
            "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
            "TESTAMUR_TOKEN": token,
        }
        command = [sys.executable, "-m", "api", *map(str, arguments)]
        answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        world.clock.catch_up()  # with the one by which that process went
        assert "Traceback" not in answer.stderr, answer.stderr
        return answer

    return run


def test_audit_says_yes_and_no_and_names_the_first_divergence(
    world: World, testamur: Run, tmp_path: Path
) -> None:
    world.award()
    old = tmp_path / "checkpoint"
    old.write_text(testamur("checkpoint").stdout)
    world.award(world.person("educator", world.campus))
    fine = testamur("audit", "--against", old)
    assert (fine.returncode, "Nothing was changed" in fine.stdout) == (0, True), fine.stdout
    report = json.loads(testamur("audit", "--json").stdout)
    assert (report["passed"], report["first"]) == (True, None)
    assert [check["id"] for check in report["checks"]][:2] == ["log.checkpoint", "log.tiles"]

    with closing(sqlite3.connect(world.app.settings.home / "testamur.db")) as events:
        events.execute("UPDATE stored_events SET state = state || ' ' WHERE rowid = 12")
        events.commit()
    bad = testamur("audit")
    assert bad.returncode == 1
    assert "First: event-changed at position 11 (event 11)" in bad.stdout
    assert json.loads(testamur("audit", "--json").stdout)["first"]["position"] == 11


def test_a_log_that_forgot_what_was_signed_is_found_out(
    world: World, testamur: Run, tmp_path: Path
) -> None:
    """An insider who makes log and events anew fools everybody but who kept a checkpoint."""
    world.award()
    old = tmp_path / "checkpoint"
    old.write_text(testamur("checkpoint").stdout)
    home = world.app.settings.home
    with closing(sqlite3.connect(home / "testamur.db")) as events:
        (last,) = events.execute("SELECT max(rowid) FROM stored_events").fetchone()
        events.execute("DELETE FROM stored_events WHERE rowid = ?", (last,))
        events.commit()
    for name in ("testamur-log.db", "testamur-views.db"):
        with closing(sqlite3.connect(home / name)) as database:
            tables = [
                row[0]
                for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            for table in tables:
                database.execute(f"DELETE FROM {table}")
            if "log_state" in tables:
                database.execute("INSERT INTO log_state VALUES (1, 0, 0, 0)")
            database.commit()
    alone = testamur("audit")
    assert "the status entry that its command records" in alone.stdout
    told = testamur("audit", "--against", old)
    assert told.returncode == 1
    assert "log-rewritten" in told.stdout


def test_receipts_hold_offline(world: World, testamur: Run, tmp_path: Path) -> None:
    award = world.award()
    assert testamur("export", tmp_path / "site").returncode == 0
    badge, receipt = tmp_path / "badge.json", tmp_path / "badge.tlog-proof"
    assert testamur("badge", award, "-o", badge).returncode == 0
    assert testamur("receipt", award, "-o", receipt).returncode == 0
    key = world.app.log.verifier.vkey
    offline = ("--offline", tmp_path / "site", "--receipt", receipt)
    nobody = tmp_path / "nobody"
    good = testamur("verify", badge, *offline, "--log-key", key, home=nobody)
    assert (good.returncode, "in the log: entry" in good.stdout) == (0, True), good.stdout
    without = testamur("verify", badge, *offline, home=nobody)
    assert "cannot be told without its key" in without.stdout
    other = testamur("receipt", world.award(world.person("educator", world.campus)), "-o", receipt)
    assert other.returncode == 0
    wrong = testamur("verify", badge, *offline, "--log-key", key, home=nobody)
    assert (wrong.returncode, "about another award" in wrong.stdout) == (1, True)


def test_log_and_replay_tell_who_and_why(world: World, testamur: Run) -> None:
    award = world.award()
    world.do.awards.revoke(Order(world.manager), award, "integrity", "It was copied.")
    told = testamur("log", "--kind", "revoked")
    assert "Sam Synthetic (programme-manager), award.revoke" in told.stdout
    assert "reason integrity; note It was copied." in told.stdout
    listed = json.loads(testamur("log", "--person", world.educator.person, "--json").stdout)
    assert listed[0]["event"] == "Person.Registered"
    at = next(item["position"] for item in listed if item["event"] == "Award.Issued")
    then = ("replay", "--until", at, "--educator", world.educator.person, "--json")
    state = json.loads(testamur(*then).stdout)
    assert (state["earned"], state["awards"][0]["status"]) == (1, "active")
    assert state["made"][-1]["event"] == "Award.Issued"
    now = json.loads(testamur("replay", "--until", "9999", *then[3:]).stdout)
    assert now["awards"][0]["status"] == "revoked"
    assert testamur("log", "--since", "yesterday").returncode == 2


def test_a_witness_cosigns_what_grew_and_nothing_else(
    world: World, testamur: Run, tmp_path: Path
) -> None:
    world.award()
    site, watching = tmp_path / "site", tmp_path / "witness"
    assert testamur("export", site).returncode == 0
    key = world.app.log.verifier.vkey
    first = testamur("witness", "follow", site / "log", "--key", key, home=watching)
    assert first.returncode == 0, first.stderr
    witness = VerifierKey.parse(testamur("witness", "key", home=watching).stdout)
    assert Note.parse(first.stdout.encode()).signed_by(witness) is not None
    unknown = testamur("witness", "follow", site / "log", home=watching)
    assert unknown.returncode == 3

    world.award(world.person("educator", world.campus))
    assert testamur("export", site).returncode == 0
    again = ("witness", "follow", site / "log", "--origin", "localhost:8000/log")
    assert testamur(*again, home=watching).returncode == 0

    other = World.build(tmp_path / "other")
    other.app.keys._notes["log"] = world.app.keys._notes["log"]  # the key was stolen
    other.app.log._key = world.app.log._key
    other.award()
    (site / "log/checkpoint").write_text(str(other.app.log.checkpoint().note))
    other.app.close()
    lied = testamur(*again, home=watching)
    assert (lied.returncode, lied.stdout) == (1, "")
    assert "testamur: " in lied.stderr


def test_a_witness_over_the_web_gets_its_cosignature_published(
    testamur: Run, tmp_path: Path
) -> None:
    port, home, watching = free_port(), tmp_path / "served", tmp_path / "witness"
    world = World.build(home, base_url=f"http://localhost:{port}")
    world.award()
    vkey = world.app.log.verifier.vkey
    world.app.close()
    witness = testamur("witness", "key", home=watching).stdout.strip()
    assert testamur("witness", "add", witness, home=home).returncode == 0
    with serving(home, port):
        address = f"http://localhost:{port}/log"
        follow = ("witness", "follow", address, "--key", vkey, "--submit")
        assert testamur(*follow, home=watching).returncode == 0
        audited = testamur("audit", "--log", address, "--key", vkey, "--witness", witness)
        assert audited.returncode == 0, audited.stdout
        assert "1 by witnesses that are known here" in audited.stdout
        assert "What is at hand holds." in audited.stdout
    assert testamur("audit", "--log", address, "--key", vkey).returncode == 3  # nobody answers


def test_erase_asks_first_and_backup_comes_back(
    world: World, testamur: Run, tmp_path: Path
) -> None:
    world.award()
    token, person = world.token(world.administrator), world.educator.person
    erase = ("erase", person, "--ground", "requested-by-person")
    assert testamur(*erase, token=token).returncode == 1  # nobody said yes
    assert testamur("erase", person, "--ground", "a whim", "--yes", token=token).returncode == 2
    assert testamur("backup", tmp_path / "backup").returncode == 0
    assert testamur("disclose", person, tmp_path / "held.zip").returncode == 0
    done = testamur(*erase, "--yes", token=token)
    assert done.stdout == "Erased. 1 pieces of evidence were removed.\n"
    assert testamur("disclose", person, tmp_path / "held.zip").returncode == 3
    home = tmp_path / "restored"
    back = testamur("restore", tmp_path / "backup", home=home)
    assert (back.returncode, "events are back" in back.stdout) == (0, True), back.stderr
    assert testamur("audit", home=home).returncode == 0
    assert testamur("audit", "--log", tmp_path / "backup", home=tmp_path / "no").returncode == 0
    assert testamur("restore", tmp_path / "backup", home=home).returncode == 3
