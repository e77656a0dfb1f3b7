"""The command line as its user meets it: what it prints, and with which code it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.commands import Order
from tests.conftest import ROOT
from tests.world import World


@pytest.fixture
def testamur(world: World):  # type: ignore[no-untyped-def]
    def run(*arguments: str, token: str = "") -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "TESTAMUR_HOME": str(world.app.settings.home),
            "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
            "TESTAMUR_TOKEN": token,
        }
        command = [sys.executable, "-m", "api", *arguments]
        answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert "Traceback" not in answer.stderr, answer.stderr
        return answer

    return run


def test_badge_and_verify(world: World, testamur, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    award = world.award()
    file = tmp_path / "badge.json"
    assert testamur("badge", str(award), "-o", str(file)).returncode == 0
    assert file.read_bytes() == world.app.badge(award)
    good = testamur("verify", str(file))
    assert (good.returncode, "verified" in good.stdout) == (0, True)

    image = tmp_path / "badge.svg"
    assert testamur("badge", str(award), "--format", "svg", "-o", str(image)).returncode == 0
    assert testamur("verify", str(image)).returncode == 0

    report = json.loads(testamur("verify", str(file), "--json").stdout)
    assert report[0]["verified"] is True
    assert len(report[0]["checks"]) == 12

    altered = tmp_path / "altered.json"
    altered.write_text(file.read_text().replace("Checking", "Chucking", 1))
    assert testamur("verify", str(altered)).returncode == 1
    assert testamur("verify", str(file), str(altered)).returncode == 1
    assert testamur("verify", str(tmp_path / "missing.json")).returncode == 3

    world.do.awards.revoke(Order(world.manager), award, "integrity", "Copied.")
    revoked = testamur("verify", str(file))
    assert revoked.returncode == 1
    assert "revoked" in revoked.stdout


def test_verify_offline_from_a_folder(world: World, testamur, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    award = world.award()
    world.app.views.catch_up()
    file = tmp_path / "badge.json"
    file.write_bytes(world.app.badge(award) or b"")
    site = tmp_path / "site"
    (site / ".well-known").mkdir(parents=True)
    (site / "status").mkdir()
    assert testamur("verify", str(file), "--offline", str(site)).returncode == 3
    (site / ".well-known/did.json").write_text(json.dumps(world.app.did_document()))
    assert testamur("verify", str(file), "--offline", str(site)).returncode == 3
    status = json.dumps(world.app.status_list("revocation-1"))
    (site / "status/revocation-1").write_text(status)
    answer = testamur("verify", str(file), "--offline", str(site))
    assert answer.returncode == 0, answer.stdout


def test_a_badge_from_a_stranger_cannot_move_the_cursor(testamur, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "evil.json"
    file.write_text('{"name": "\\u001b[2Jgone [red]x[/red]", "issuer": "did:web:\\u0007x"}')
    answer = testamur("verify", str(file))
    assert answer.returncode == 1
    assert "\x1b[2J" not in answer.stdout
    assert "[red]x" in answer.stdout


def test_award_revoke_and_rebuild(world: World, testamur) -> None:  # type: ignore[no-untyped-def]
    submission = world.accepted()
    token = world.token(world.manager)
    answer = testamur("award", str(submission), "--json", token=token)
    award = json.loads(answer.stdout)["id"]
    assert testamur("award", str(submission), token=token).returncode == 3
    wrong = testamur("revoke", award, "--reason", "whim", "--note", "x", token=token)
    assert wrong.returncode == 2
    done = testamur("revoke", award, "--reason", "integrity", "--note", "Copied.", token=token)
    assert done.returncode == 0, done.stderr
    nobody = testamur("revoke", award, "--reason", "integrity", "--note", "x", token="tst_no")
    assert (nobody.returncode, nobody.stderr.count("\n")) == (3, 1)
    rebuilt = json.loads(testamur("rebuild", "--json").stdout)
    assert len(rebuilt) == 7
    assert all(result["same"] for result in rebuilt)
    assert testamur("rebuild", "nothing").returncode == 2


def test_keys(world: World, testamur, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    award = world.award()
    file = tmp_path / "badge.json"
    file.write_bytes(world.app.badge(award) or b"")
    old = json.loads(testamur("keys", "list", "--json").stdout)[0]["id"]
    assert testamur("keys", "rotate").returncode == 0
    assert testamur("verify", str(file)).returncode == 0
    since = "2026-03-02T09:00:01+0000"
    answer = testamur("keys", "revoke", old, "--since", since, "--json")
    assert [key["state"] for key in json.loads(answer.stdout)] == ["active", "compromised"]
    assert testamur("verify", str(file)).returncode == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TESTAMUR_BASE_URL", "http://example.org"),
        ("TESTAMUR_BASE_URL", "nonsense"),
        ("TESTAMUR_DATABASE_URL", "mysql://x/y"),
        ("TESTAMUR_WORKERS", "0"),
        ("TESTAMUR_LOG_LEVEL", "loud"),
        ("TESTAMUR_KEY_PASSPHRASE", "wrong"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(world: World, name: str, value: str) -> None:
    environment = {
        **os.environ,
        "TESTAMUR_HOME": str(world.app.settings.home),
        "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
        name: value,
    }
    command = [sys.executable, "-m", "api", "keys", "list"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert answer.returncode == 3
    assert answer.stderr.count("\n") == 1, answer.stderr
    assert answer.stderr.startswith("testamur: ")


def test_no_ledger_says_how_to_begin(tmp_path: Path) -> None:
    environment = {**os.environ, "TESTAMUR_HOME": str(tmp_path / "none")}
    command = [sys.executable, "-m", "api", "rebuild"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (answer.returncode, "testamur demo" in answer.stderr) == (3, True)
    assert not (tmp_path / "none").exists()


def test_found_makes_a_ledger_with_its_passphrase(tmp_path: Path) -> None:
    home = tmp_path / "new"
    environment = {**os.environ, "TESTAMUR_HOME": str(home)}
    command = [sys.executable, "-m", "api", "found", "Net", "Ada", "ada@example.org", "--json"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert json.loads(answer.stdout)["token"].startswith("tst_")
    assert (home / "passphrase").stat().st_mode & 0o777 == 0o600
    again = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert again.returncode == 3
