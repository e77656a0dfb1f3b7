"""The command line as its user meets it: what it prints, and with which code it exits."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.capabilities import READ_MODELS
from badges.verification import Verifier
from ledger.awards import RevokeAward
from ledger.catalogue import ReviseMicroCredential
from tests.conftest import ROOT, Vectors
from tests.world import World, definition


@pytest.fixture
def testamur(world: World):  # type: ignore[no-untyped-def]
    world.clock.catch_up()  # a token must live by the clock of the process that sees it

    def run(*arguments: str, token: str = "") -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "TESTAMUR_HOME": str(world.app.settings.home),
            "TESTAMUR_DATABASE_URL": world.app.settings.database_url,
            "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
            "TESTAMUR_TOKEN": token,
        }
        command = [sys.executable, "-m", "api", *arguments]
        answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        world.clock.catch_up()  # with the one by which that process went
        assert "Traceback" not in answer.stderr, answer.stderr
        return answer

    return run


def test_badge_and_verify(world: World, testamur, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    award = world.award()
    file = tmp_path / "badge.json"
    assert testamur("badge", str(award), "-o", str(file)).returncode == 0
    assert file.read_bytes() == world.app.publishing.badge(award)
    good = testamur("verify", str(file))
    assert (good.returncode, "verified" in good.stdout) == (0, True)

    for form in ("jwt", "png", "svg"):
        image = tmp_path / f"badge.{form}"
        assert testamur("badge", str(award), "--format", form, "-o", str(image)).returncode == 0
        assert testamur("verify", str(image)).returncode == 0, form
    for proof in ("eddsa-jcs-2022", "ecdsa-rdfc-2019"):
        other = tmp_path / f"{proof}.json"
        assert testamur("badge", str(award), "--proof", proof, "-o", str(other)).returncode == 0
        assert testamur("verify", str(other)).returncode == 0, proof
    assert testamur("badge", str(award), "--proof", "ES256").returncode == 2

    report = json.loads(testamur("verify", str(file), "--json").stdout)
    assert report[0]["verified"] is True
    assert len(report[0]["checks"]) == 13

    altered = tmp_path / "altered.json"
    altered.write_text(file.read_text().replace("Checking", "Chucking", 1))
    assert testamur("verify", str(altered)).returncode == 1
    assert testamur("verify", str(file), str(altered)).returncode == 1
    assert testamur("verify", str(tmp_path / "missing.json")).returncode == 3

    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
    revoked = testamur("verify", str(file))
    assert revoked.returncode == 1
    assert "revoked" in revoked.stdout


def test_verify_offline_from_a_folder(world: World, testamur, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    award = world.award()
    world.app.views.catch_up()
    file = tmp_path / "badge.json"
    file.write_bytes(world.app.publishing.badge(award) or b"")
    site = tmp_path / "site"
    (site / ".well-known").mkdir(parents=True)
    (site / "status").mkdir()
    assert testamur("verify", str(file), "--offline", str(site)).returncode == 3
    (site / ".well-known/did.json").write_text(json.dumps(world.app.publishing.did_document()))
    assert testamur("verify", str(file), "--offline", str(site)).returncode == 3
    status = json.dumps(world.app.publishing.status_list("revocation-1"))
    (site / "status/revocation-1").write_text(status)
    answer = testamur("verify", str(file), "--offline", str(site))
    assert answer.returncode == 0, answer.stdout


def test_verify_answers_for_every_vector_in_both_forms(  # type: ignore[no-untyped-def]
    testamur, vectors: Vectors, tmp_path: Path
) -> None:
    """No traceback (the fixture looks), an answer for each, and the exit codes of the contract."""
    files = [str(path) for path in sorted(vectors.folder.rglob("*")) if path.is_file()]
    offline = ("--offline", str(tmp_path))
    answer = testamur("verify", *files, *offline, "--json")
    found = json.loads(answer.stdout)
    assert (answer.returncode, len(found)) == (1, len(files))
    outcomes = {item["outcome"] for item in found}
    assert {"verified", "altered", "forged", "unsigned", "expired", "malformed"} <= outcomes
    for_people = testamur("verify", *files, *offline)
    assert for_people.returncode == 1
    assert all(f"{file}: " in for_people.stdout for file in files)
    codes = {"verified": 0, "altered": 1, "issuer-unreachable": 3}
    for outcome, code in codes.items():
        file = next(item["file"] for item in found if item["outcome"] == outcome)
        assert testamur("verify", file, *offline).returncode == code, file


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
    assert len(rebuilt) == len(READ_MODELS)
    assert all(result["same"] for result in rebuilt)
    assert testamur("rebuild", "nothing").returncode == 2


def test_keys(world: World, testamur, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    award = world.award()
    file = tmp_path / "badge.json"
    file.write_bytes(world.app.publishing.badge(award) or b"")
    old = json.loads(testamur("keys", "list", "--json").stdout)[0]["id"]
    assert testamur("keys", "rotate").returncode == 0
    assert testamur("verify", str(file)).returncode == 0
    since = "2026-03-02T09:00:01+0000"
    answer = testamur("keys", "revoke", old, "--since", since, "--json")
    states = [(key["kind"], key["state"]) for key in json.loads(answer.stdout)]
    assert states == [("Ed25519", "active"), ("Ed25519", "compromised"), ("P-256", "active")]
    assert testamur("verify", str(file)).returncode == 1
    assert testamur("keys", "rotate", "--kind", "P-256").returncode == 0
    kinds = [key["kind"] for key in json.loads(testamur("keys", "list", "--json").stdout)]
    assert kinds.count("P-256") == 2


def test_issue_many_with_two_processes(world: World, testamur, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    people = [world.person("educator", world.campus) for _ in range(30)]
    waiting = [str(world.accepted(person)) for person in people]
    token = world.token(world.manager)
    chosen = tmp_path / "chosen.txt"
    chosen.write_text("\n".join([*waiting[:2], str(world.submitted())]))
    some = testamur("issue", "--from", str(chosen), "--json", token=token)
    assert some.returncode == 1, "one of the three was never accepted"
    awards = {item["submission"]: item.get("award") for item in json.loads(some.stdout)}
    assert [bool(award) for award in awards.values()].count(True) == 2
    again = testamur("issue", *waiting[:2], "--json", token=token)
    assert {i["submission"]: i["award"] for i in json.loads(again.stdout)} == {
        submission: awards[submission] for submission in waiting[:2]
    }
    rest = testamur("issue", "--jobs", "2", token=token)
    assert rest.stdout == "28 awards issued, 0 refused\n", rest.stderr
    world.app.views.catch_up()
    assert len(list(world.awards())) == 30
    verifier = Verifier(world.app.verifying.verifier().loader, datetime.now(UTC))
    for award in world.awards():
        assert verifier.verify(world.app.publishing.badge(award) or b"").verified
    assert testamur("issue", token=token).stdout == "0 awards issued, 0 refused\n"


def test_recognised_issuers(world: World, testamur, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    stranger = World.build(tmp_path / "other", base_url="https://stranger.example.org")
    file = tmp_path / "foreign.json"
    document = json.loads(stranger.app.publishing.badge(stranger.award()) or b"")
    site = tmp_path / "site" / "stranger.example.org"
    (site / ".well-known").mkdir(parents=True)
    (site / "status").mkdir()
    stranger.app.views.catch_up()
    (site / ".well-known/did.json").write_text(json.dumps(stranger.app.publishing.did_document()))
    (site / "status/revocation-1").write_text(
        json.dumps(stranger.app.publishing.status_list("revocation-1"))
    )
    file.write_text(json.dumps(document))
    verify = ("verify", str(file), "--offline", str(tmp_path / "site"))
    before = testamur(*verify)
    unknown = "issuer that we do not know"
    assert (before.returncode, unknown in before.stdout) == (0, True), before.stdout
    issuer = document["issuer"]["id"]
    assert testamur("issuers", "add", "not-a-did", "X").returncode == 2
    assert testamur("issuers", "add", issuer, "Stranger Schools").returncode == 0
    known = {"name": "Stranger Schools", "keys": []}
    assert json.loads(testamur("issuers", "list", "--json").stdout) == {issuer: known}
    after = testamur(*verify)
    assert (after.returncode, unknown in after.stdout) == (0, False)
    assert "Stranger Schools" in after.stdout
    assert testamur("issuers", "remove", issuer).returncode == 0
    assert testamur("issuers", "remove", issuer).returncode == 2
    (world.app.settings.home / "issuers.json").write_text("[]")
    assert testamur("issuers", "list").returncode == 3


def test_renew(world: World, testamur) -> None:  # type: ignore[no-untyped-def]
    award = world.award(micro=world.publish(definition(name="Ends", valid_months=12)))
    token = world.token(world.manager)
    answer = testamur("renew", str(award), "--note", "Still practised.", token=token)
    assert answer.returncode == 0, answer.stderr
    forever = testamur("renew", str(world.award()), "--note", "x", token=token)
    assert (forever.returncode, forever.stderr.count("\n")) == (3, 1)


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
        "TESTAMUR_DATABASE_URL": world.app.settings.database_url,
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
    assert (answer.returncode, " demo` builds an example" in answer.stderr) == (3, True)
    assert not (tmp_path / "none").exists()


def test_found_makes_a_ledger_whose_administrator_is_invited_once(tmp_path: Path) -> None:
    home = tmp_path / "new"
    environment = {**os.environ, "TESTAMUR_HOME": str(home)}
    command = [sys.executable, "-m", "api", "found", "Net", "Ada", "ada@example.org", "--json"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    founded = json.loads(answer.stdout)
    assert founded["url"] == f"http://localhost:8000/invitations/{founded['secret']}"
    assert (home / "passphrase").stat().st_mode & 0o777 == 0o600
    accept = [*command[:3], "invitation", "accept", founded["url"], "--role", "administrator"]
    first = subprocess.run(accept, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert first.returncode == 0, first.stderr
    token = first.stdout.splitlines()[-1]
    assert token.startswith("tst_")
    listed = subprocess.run(
        [*command[:3], "token", "list", "--token", token],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "administrator" in listed.stdout
    second = subprocess.run(accept, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (second.returncode, "was used" in second.stderr) == (3, True)
    again = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert again.returncode == 3


def test_those_who_oversee_at_the_command_line(testamur, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    administrator, manager = world.token(world.administrator), world.token(world.manager)
    file = tmp_path / "people.csv"
    file.write_text("name,email,unit,roles\nAna,ana@example.org,Oak,educator\nBo,bo,Oak,\n")
    told = testamur("people", "import", str(file), token=administrator)
    assert (told.returncode, told.stdout.splitlines()[0]) == (
        1,
        "It would do: create 1, change 0, nothing 0, refuse 1",
    )
    told = testamur("people", "import", str(file), "--apply", token=administrator)
    assert "line 3: this is not an e-mail address" in told.stdout
    found = testamur("people", "find", "ana", token=administrator)
    assert "ana@example.org  educator" in found.stdout
    written = tmp_path / "out.csv"
    assert testamur("people", "export", str(written), token=administrator).returncode == 0
    assert "Ana,ana@example.org,East / Oak,educator @ East / Oak" in written.read_text()
    submission = world.submitted()
    one, other = (str(assessor.person) for assessor in world.assessors[:2])
    assert testamur("submission", "assign", str(submission), one, token=manager).returncode == 0
    (row,) = json.loads(testamur("submission", "list", "--json", token=manager).stdout)
    review = row["reviews"][0]["review"]
    given = testamur("submission", "reassign", str(submission), review, other, token=manager)
    assert given.stdout == "Reassigned.\n"
    world.do(
        world.manager,
        ReviseMicroCredential(micro_credential=world.micro, definition=definition(name="New")),
    )
    differs = testamur("differ", str(world.micro), "--from", "1", token=manager)
    assert differs.stdout == "name: Checking for Understanding → New\n"
    suspendable = world.publish(definition(name="Suspendable", suspendable=True))
    award = str(world.award(world.person("educator", world.campus), suspendable))
    why = ("--reason", "integrity", "--note", "Asked.")
    assert testamur("suspend", award, *why, token=manager).returncode == 0
    assert testamur("suspend", award, *why, token=manager).returncode == 3
    assert testamur("reinstate", award, "--note", "Cleared.", token=manager).returncode == 0


@pytest.mark.parametrize("taken", [False, True])
def test_serving_where_nothing_can_be_served_is_refused_in_a_line(
    tmp_path: Path,
    world: World,
    testamur,
    taken: bool,  # type: ignore[no-untyped-def]
) -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = str(somebody.getsockname()[1])
        # A server's database is not in the home folder: there the key file is what is missing.
        lacking = "the key file " if world.app.settings.database_url else "there is no ledger in "
        asked, words = (
            (["--port", port], f"port {port} is taken: stop what listens there, or choose another")
            if taken
            else (["--home", str(tmp_path / "empty")], lacking)
        )
        refused = testamur("serve", "--host", "127.0.0.1", *asked)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (3, 1), refused.stderr
    assert words in refused.stderr
    impossible = testamur("serve", "--port", "99999")
    assert impossible.returncode == 2
    assert impossible.stderr == "testamur: 99999 is no port: choose one from 1 to 65535\n"


def test_what_happened_since_yesterday_names_people_and_places(world: World, testamur) -> None:  # type: ignore[no-untyped-def]
    award = world.award()
    told = testamur("log", "--since", "yesterday", "--kind", "Award.Issued")
    assert "campus Oak" in told.stdout
    assert str(world.educator.person) not in told.stdout
    assert f"{award} Checking for Understanding, " in told.stdout
    refused = testamur("log", "--since", "whenever")
    assert (refused.returncode, "yesterday" in refused.stderr) == (2, True)
    nowhere = testamur("receipt", "nonsense")
    assert (nowhere.returncode, "nor a badge's address, nor a file" in nowhere.stderr) == (2, True)
