"""A changed address served another DID, called the ledger's own badges forged, and never signed the
log again. Moving is now a command: an event names the new address, and the old one goes on being
served by Host. An outside verifier, which knows nothing of us but HTTP, is the judge here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.audit import audit
from api.audit.evidence import ExportedLedger, LiveLedger
from api.export import export_events, export_public
from api.http.app import create
from api.settings import SettingsError
from api.wiring import Testamur as Deployed
from badges.document import Document
from badges.errors import UnreachableDocument
from badges.loader import fetched_document
from badges.verification import Verifier
from ledger.awards import IssueEndorsement, RenewAward, RevokeAward
from ledger.context import SYSTEM
from ledger.errors import NotPermitted, RuleBroken
from ledger.people import NETWORK_ID, MoveDeployment
from ledger.transparency import Checkpoint, must_continue
from ledger.transparency.source import tile_reader
from ledger.transparency.tiles import nodes_from
from tests.world import World, definition

OLD, NEW, THIRD = "https://old.example.org", "https://new.example.org", "https://third.example/x"


class Web:
    """The hosts that point at one server; nothing else can be reached."""

    def __init__(self, client: TestClient, hosts: set[str]) -> None:
        self.client = client
        self.hosts = hosts

    def get(self, url: str, **headers: str) -> Any:
        parts = urlsplit(url)
        path = parts.path.removeprefix("/x")  # as the proxy before a base URL with a path does
        return self.client.get(path, headers={"Host": parts.netloc, **headers})

    def load(self, url: str) -> Document:
        if urlsplit(url).netloc not in self.hosts:
            raise UnreachableDocument(f"no such host: {url}")
        answer = self.get(url, Accept="application/json")
        if answer.status_code != 200:
            raise UnreachableDocument(f"{url} answers {answer.status_code}")
        return fetched_document(answer.content)


def move(world: World, address: str) -> World:
    """The ledger moved, closed, and opened again at its new address."""
    world.do(SYSTEM, MoveDeployment(address=address))
    world.app.close()
    settings = world.app.settings.model_copy(update={"base_url": address})
    world.app = Deployed.open(settings, world.clock)
    return world


@contextmanager
def served(world: World) -> Iterator[Web]:
    """Served under every address that it has or had."""
    app = world.app
    with TestClient(create(app), raise_server_exceptions=False) as client:
        yield Web(client, {site.host for site in app.site.every})
    world.app = Deployed.open(app.settings, world.clock)  # the server closed it


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    built = World.build(tmp_path / "home", base_url=OLD)
    yield built
    built.app.close()


def outcome(world: World, web: Web, data: bytes | None) -> str:
    assert data is not None
    return Verifier(web, world.clock.now).verify(data).outcome


def issuer(data: bytes | None) -> str:
    return str(json.loads(data or b"")["issuer"]["id"])


def test_badges_of_every_address_verify_by_http_alone(world: World) -> None:
    micro = world.publish(definition(name="Ends", valid_months=12))
    first, ending = world.award(), world.award(micro=micro)
    before = Checkpoint.parse(world.app.log.checkpoint().note.text)
    as_issued = world.app.publishing.badge(first)
    assert as_issued is not None
    move(world, NEW)
    world.app.keys.rotate(world.clock())
    second = world.award(world.person("educator", world.campus))
    move(world, THIRD)
    world.app.keys.rotate(world.clock())
    third = world.award(world.person("educator", world.campus))
    app = world.app
    world.do(world.manager, RenewAward(award=ending, note="Still practised."))
    revoked = world.award(world.person("educator", world.campus))
    world.do(world.manager, RevokeAward(award=revoked, reason="integrity", note="Copied."))
    hosts = {first: OLD, second: NEW, third: THIRD, ending: OLD}
    with served(world) as web:
        for award, address in hosts.items():
            data = app.publishing.badge(award)
            did = {OLD: "old.example.org", NEW: "new.example.org", THIRD: "third.example:x"}[
                address
            ]
            assert issuer(data) == f"did:web:{did}"
            assert outcome(world, web, data) == "verified"
            for form in (".json?proof=ecdsa-rdfc-2019", ".jwt", ".png", ".svg"):
                other = web.get(f"{app.site.base_url}/badges/{award}{form}").content
                assert outcome(world, web, other) == "verified", form
            own = app.verifying.verifier().verify(data or b"")
            found = {check.id: check.status for check in own.checks}
            assert (found["issuer.recognized"], found["log.inclusion"]) == ("passed", "passed")
        for address in (OLD, NEW, THIRD):
            assert web.get(f"{address}/badges/{first}.json").content == as_issued
        assert outcome(world, web, app.publishing.badge(revoked)) == "revoked"
        world.do(world.manager, RevokeAward(award=first, reason="integrity", note="Copied."))
        assert outcome(world, web, as_issued) == "revoked", "by the list under the old address"
        jwt = web.get(f"{OLD}/status/revocation-1", Accept="application/vc+jwt")
        assert outcome(world, web, jwt.content) == "verified"
        for address in (OLD, NEW):
            achievement = json.loads(as_issued)["credentialSubject"]["achievement"]["id"]
            there = web.get(achievement.replace(OLD, address) + ".json").json()
            assert there["id"] == achievement.replace(OLD, address)
        assert web.get(f"{OLD}/.well-known/did.json").json()["id"] == "did:web:old.example.org"
        assert web.get(f"{NEW}/.well-known/did.json").json()["id"] == "did:web:new.example.org"
        assert web.get(f"{THIRD}/did.json").json()["id"] == "did:web:third.example:x"
        assert web.get("https://evil.example/.well-known/did.json").status_code == 421
        log = web.get(f"{app.site.base_url}/log/checkpoint").text
        assert log.startswith("old.example.org/log\n"), "a log keeps its name"
    after = Checkpoint.parse(world.app.log.checkpoint().note.text)
    must_continue(before, after, nodes_from(tile_reader(world.app.log), after.size))


def test_an_old_host_that_no_longer_points_here_is_never_a_pass(world: World) -> None:
    data = world.app.publishing.badge(world.award())
    move(world, NEW)
    with served(world) as web:
        web.hosts.discard("old.example.org")
        assert outcome(world, web, data) == "issuer-unreachable"


def test_moving_back_is_a_move_too(world: World) -> None:
    first = world.award()
    move(world, NEW)
    second = world.award(world.person("educator", world.campus))
    move(world, OLD)
    third = world.award(world.person("educator", world.campus))
    assert (world.app.site.base_url, world.app.site.former) == (OLD, (NEW,))
    app = world.app
    with served(world) as web:
        for award, host in ((first, "old"), (second, "new"), (third, "old")):
            assert issuer(app.publishing.badge(award)) == f"did:web:{host}.example.org"
            assert outcome(world, web, app.publishing.badge(award)) == "verified"


def test_the_audit_follows_a_move_here_and_in_an_export(world: World, tmp_path: Path) -> None:
    world.award()
    move(world, NEW)
    world.award(world.person("educator", world.campus))
    app, folder = world.app, tmp_path / "export"
    last = export_public(app, folder, lambda _: None)
    export_events(app, folder, last.size, lambda _: None)
    for ledger in (LiveLedger(app.settings), ExportedLedger(folder)):
        report = audit(ledger, app.log.verifier, world.clock.now, jobs=1)
        assert report.passed, report.divergences[:3]
        assert report.findings["credentials.proof"].status == "passed"


def test_endorsements_given_under_the_old_address_go_on_being_shown(world: World) -> None:
    award = world.award()
    target = json.loads(world.app.publishing.badge(award) or b"")["id"]

    def endorse(comment: str) -> UUID:
        endorsed = IssueEndorsement(
            endorser=NETWORK_ID, kind="award", target=target, comment=comment
        )
        return world.do(world.administrator, endorsed).id

    given = endorse("Seen at work.")
    move(world, NEW)
    app = world.app
    later = endorse("And again.")
    with served(world) as web:
        page = web.get(f"{app.site.base_url}/badges/{award}", Accept="text/html").text
        assert page.count("/endorsements/") == 2
        for endorsement, did in ((given, "old"), (later, "new")):
            data = app.publishing.endorsement(endorsement)
            assert issuer(data) == f"did:web:{did}.example.org"
            assert outcome(world, web, data) == "verified"
            jwt = web.get(f"{app.site.base_url}/endorsements/{endorsement}.jwt").content
            assert outcome(world, web, jwt) == "verified"


def test_only_its_operator_moves_a_ledger_and_only_to_another_host(world: World) -> None:
    with pytest.raises(NotPermitted):
        world.do(world.administrator, MoveDeployment(address=NEW))
    for address in (OLD, f"{OLD}/path"):
        with pytest.raises(RuleBroken) as told:
            world.do(SYSTEM, MoveDeployment(address=address))
        assert told.value.code == "address-is-ours"


def command(world: World, capsys: pytest.CaptureFixture[str], base_url: str, *words: str) -> Any:
    """The command line in this process: its exit code and what it said."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESTAMUR_HOME", str(world.app.settings.home))
        patch.setenv("TESTAMUR_KEY_PASSPHRASE", "a passphrase")
        patch.setenv("TESTAMUR_BASE_URL", base_url)
        patch.setattr(sys, "argv", ["testamur", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main()
    return left.value.code or 0, "".join(capsys.readouterr())


def test_the_command_line_moves_it_whatever_address_is_set(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(world, capsys, NEW, "keys", "list")[0] == 3
    code, said = command(world, capsys, NEW, "move-address", NEW)
    assert (code, f"Keep {OLD} pointing here" in said) == (0, True), said
    assert command(world, capsys, NEW, "keys", "list")[0] == 0
    code, said = command(world, capsys, OLD, "keys", "list")
    assert (code, f"moved from {OLD} to {NEW}" in said, said.count("\n")) == (3, True, 1)
    assert command(world, capsys, OLD, "move-address", NEW)[0] == 3
    assert command(world, capsys, OLD, "move-address", "http://plain.example.org")[0] == 2
    with pytest.raises(SettingsError, match="moved"):
        Deployed.open(world.app.settings, world.clock)
