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

from ledger.awards import RevokeAward
from ledger.people import NETWORK_ID
from ledger.transparency import Note, VerifierKey
from tests.conftest import ROOT
from tests.interop.conftest import free_port, serving
from tests.world import World

Run = Callable[..., subprocess.CompletedProcess[str]]
ON_SQLITE = pytest.mark.parametrize("database_url", [""])
"""For who tampers with files, which PostgreSQL's are not."""


@pytest.fixture
def testamur(world: World) -> Run:
    world.clock.catch_up()  # a token must live by the clock of the process that sees it

    def run(*arguments: object, home: Path | None = None, token: str = ""):  # type: ignore[no-untyped-def]
        environment = {
            **os.environ,
            "TESTAMUR_HOME": str(home or world.app.settings.home),
            "TESTAMUR_DATABASE_URL": "" if home else world.app.settings.database_url,
            "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
            "TESTAMUR_TOKEN": token,
        }
        command = [sys.executable, "-m", "api", *map(str, arguments)]
        answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        world.clock.catch_up()  # with the one by which that process went
        assert "Traceback" not in answer.stderr, answer.stderr
        return answer

    return run


@ON_SQLITE
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


@ON_SQLITE
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
    assert "the StatusSlot.Taken that belongs to it is missing" in alone.stdout
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
    assert (wrong.returncode, "about another badge" in wrong.stdout) == (1, True)


def test_log_and_replay_tell_who_and_why(world: World, testamur: Run) -> None:
    award = world.award()
    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="It was copied."))
    told = testamur("log", "--kind", "revoked")
    assert "Sam Synthetic (programme-manager in Harmony), award.revoke" in told.stdout
    assert "reason integrity; note It was copied." in told.stdout
    listed = json.loads(testamur("log", "--person", world.educator.person, "--json").stdout)
    assert listed[0]["event"] == "people.Person.Registered"
    at = next(item["position"] for item in listed if item["event"] == "awards.Award.Issued")
    then = ("replay", "--until", at, "--educator", world.educator.person, "--json")
    state = json.loads(testamur(*then).stdout)
    assert (state["earned"], state["awards"][0]["status"]) == (1, "active")
    assert state["made"][-1]["event"] == "awards.Award.Issued"
    now = json.loads(testamur("replay", "--until", "9999", *then[3:]).stdout)
    assert now["awards"][0]["status"] == "revoked"
    assert testamur("log", "--since", "whenever").returncode == 2


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


def test_an_erasure_takes_two_people_and_a_backup_comes_back(
    world: World, testamur: Run, tmp_path: Path
) -> None:
    world.award()
    first, person = world.token(world.administrator), world.educator.person
    second = world.token(world.person("administrator", NETWORK_ID))
    erase = ("erase", person, "--reason", "They asked.", "--ground")
    assert testamur(*erase, "a whim", token=first).returncode == 2
    assert testamur("backup", tmp_path / "backup").returncode == 0
    assert testamur("disclose", person, tmp_path / "held.zip").returncode == 0
    proposed = testamur(*erase, "requested-by-person", "--json", token=first)
    proposal = json.loads(proposed.stdout)["id"]
    own = testamur("proposal", "confirm", proposal, token=first)
    assert (own.returncode, "second person" in own.stderr) == (3, True)
    waiting = json.loads(testamur("proposal", "list", "--json", token=second).stdout)
    assert [(each["id"], each["state"]) for each in waiting] == [(proposal, "proposed")]
    confirmed = testamur("proposal", "confirm", proposal, token=second)
    assert (confirmed.returncode, "can be stopped until" in confirmed.stdout) == (0, True)
    assert testamur("processes").returncode == 0
    assert testamur("disclose", person, tmp_path / "held.zip").returncode == 0  # it is not due
    stopped = testamur("proposal", "stop", proposal, "--reason", "Wait.", token=first)
    assert stopped.stdout == "Stopped.\n"
    home = tmp_path / "restored"
    back = testamur("restore", tmp_path / "backup", home=home)
    assert (back.returncode, "events are back" in back.stdout) == (0, True), back.stderr
    assert testamur("audit", home=home).returncode == 0
    assert testamur("audit", "--log", tmp_path / "backup", home=tmp_path / "no").returncode == 0
    assert testamur("restore", tmp_path / "backup", home=home).returncode == 3


def test_tokens_are_ones_own_and_end(world: World, testamur: Run) -> None:
    token = world.token(world.manager)
    made = json.loads(testamur("token", "issue", "--label", "ci", "--json", token=token).stdout)
    listed = json.loads(testamur("token", "list", "--json", token=made["token"]).stdout)
    assert {row["label"] for row in listed} == {"test", "ci"}
    assert testamur("token", "end", made["id"], token=token).returncode == 0
    assert testamur("token", "list", token=made["token"]).returncode == 3
    assert testamur("token", "issue", "--label", "x" * 101, token=token).returncode == 2
    sent = testamur("invitation", "send", world.manager.person, "--json")  # by the operator
    invitation = json.loads(sent.stdout)
    accept = ("invitation", "accept", invitation["secret"], "--role")
    assert testamur(*accept, "auditor").returncode == 3
    assert testamur(*accept, "programme-manager").returncode == 0
    assert testamur("policy", "show").stdout.startswith("Edition 1 is in force")
    assert testamur("policy", "adopt").returncode == 3  # there is nothing newer
