"""The rules in force are events: an edition counts from its adoption on, and not before."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

import api.audit.work
import api.wiring
from api.audit import audit
from api.capabilities import EDITIONS, NEWEST_POLICY, PERMISSIONS
from api.cli import app as command_line
from api.rules import edition
from api.settings import SettingsError
from ledger import editions
from ledger.assessment import SubmitRound
from ledger.awards import RevokeAward
from ledger.catalogue import RetireMicroCredential
from ledger.context import SYSTEM
from ledger.errors import Invalid, LedgerError, NotPermitted, RuleBroken
from ledger.people import AdoptPolicy, SendInvitation
from ledger.policy import Policy
from tests.journeys.test_tampering_is_found import Opened
from tests.ledger.whole_log import SECOND_EDITION, examined
from tests.world import World, evidence

_WORDS = (
    "what may change with time was changed (permissions in a capability, ATTESTATION or Limits in "
    "ledger/policy.py) and is not written down: `make rules` writes the newest edition. Ledgers go "
    "by it once `testamur policy adopt` ran"
)


def further(policy: Policy = NEWEST_POLICY, by: int = 1, **changes: object) -> Policy:
    """A later edition that differs in this."""
    return policy.model_copy(update={"edition": policy.edition + by, **changes})


def without(action: str, role: str) -> dict[str, tuple[str, ...]]:
    roles = tuple(held for held in NEWEST_POLICY.permissions[action] if held != role)
    return {**NEWEST_POLICY.permissions, action: roles}


def test_the_newest_edition_is_written_down_as_it_is_stated() -> None:
    assert editions.read()[-1] == NEWEST_POLICY, _WORDS
    assert (editions.FOLDER / f"{NEWEST_POLICY.edition}.json").read_text() == edition(
        NEWEST_POLICY
    ), _WORDS
    assert len(EDITIONS) >= editions.RELEASED


def test_a_change_of_what_ledgers_may_have_adopted_is_a_new_edition(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(edition(NEWEST_POLICY.model_copy(update={"edition": 1})))
    changed = without("micro-credential.retire", "programme-manager")
    assert editions.number_for(PERMISSIONS, tmp_path, released=1) == 1
    assert editions.number_for(changed, tmp_path, released=0) == 1
    assert editions.number_for(changed, tmp_path, released=1) == 2
    (tmp_path / "2.json").write_text(edition(editions.stated(2, changed)))
    older, newest = editions.known(changed, tmp_path)
    assert older.permissions == NEWEST_POLICY.permissions
    assert newest == editions.stated(2, changed)


def test_an_audit_knows_older_editions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a ledger that was written under the edition before and went on under the newest."""
    newer = further(permissions=without("micro-credential.retire", "programme-manager"))
    world = World.build(tmp_path / "home")
    world.do(world.manager, RetireMicroCredential(micro_credential=world.micro, number=1))
    world.do(SYSTEM, AdoptPolicy(policy=newer))
    world.app.log.checkpoint()
    monkeypatch.setattr(api.audit.work, "EDITIONS", (NEWEST_POLICY, newer))
    report = audit(Opened(world.app), world.app.log.verifier, world.clock.now, jobs=1)
    assert report.passed, report
    world.app.close()


def test_founding_adopts_the_newest_edition_whole(world: World) -> None:
    assert world.app.bus.policy() == NEWEST_POLICY


def test_a_later_edition_takes_a_permission_away_from_then_on(world: World) -> None:
    award = world.award()
    newer = further(permissions=without("micro-credential.retire", "programme-manager"))
    retire = RetireMicroCredential(micro_credential=world.micro, number=1)
    world.do(SYSTEM, AdoptPolicy(policy=newer))
    with pytest.raises(NotPermitted, match=r"micro-credential\.retire is not for the role"):
        world.do(world.manager, retire)
    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
    world.do(SYSTEM, AdoptPolicy(policy=further(by=2)))
    world.do(world.manager, retire)
    assert examined(world) == []


def test_what_was_lawful_stays_so_under_a_later_edition(world: World) -> None:
    """The old edition permitted it, and the audit asks the edition that was in force then."""
    world.do(world.manager, RetireMicroCredential(micro_credential=world.micro, number=1))
    newer = further(permissions=without("micro-credential.retire", "programme-manager"))
    world.do(SYSTEM, AdoptPolicy(policy=newer))
    assert examined(world) == []


def test_a_later_edition_changes_limits_and_words_from_then_on(world: World) -> None:
    draft = world.draft()
    limits = NEWEST_POLICY.limits.model_copy(
        update={"evidence_bytes": 4, "statement_characters": 3, "invitation_days": 1}
    )
    newer = further(limits=limits, attestation="It is mine.")
    world.do(SYSTEM, AdoptPolicy(policy=newer))
    with pytest.raises(Invalid, match="more than 4 bytes"):
        world.do(world.educator, evidence(draft, b"12345"))
    with pytest.raises(Invalid, match="at most 3 characters"):
        world.do(world.educator, SubmitRound(submission=draft, attested=True, statement="Long"))
    expires = world.clock.now + timedelta(days=2)
    invite = SendInvitation(
        invitation=uuid4(), person=world.manager.person or uuid4(), expires=expires
    )
    with pytest.raises(Invalid, match="at most 1 days"):
        world.do(world.administrator, invite)
    world.do(world.educator, SubmitRound(submission=draft, attested=True))
    assert examined(world) == []


def test_only_a_newer_edition_is_adopted_and_only_by_the_operator(world: World) -> None:
    for policy in (NEWEST_POLICY, further(by=0), further(by=-1)):
        with pytest.raises(RuleBroken, match="in force already"):
            world.do(SYSTEM, AdoptPolicy(policy=policy))
    for caller in (world.administrator, world.manager, world.educator):
        with pytest.raises(LedgerError) as refused:
            world.do(caller, AdoptPolicy(policy=further()))
        assert refused.value.code == "not-permitted"
    assert examined(world) == []


def test_software_older_than_the_edition_in_force_refuses_to_start(tmp_path: Path) -> None:
    world = World.build(tmp_path / "home")
    world.do(SYSTEM, AdoptPolicy(policy=further()))
    world.app.close()
    with pytest.raises(
        SettingsError, match=f"this software knows none after {NEWEST_POLICY.edition}"
    ):
        api.wiring.Testamur.open(world.app.settings, world.clock)


@pytest.mark.parametrize(
    "other",
    [
        further(by=0, attestation="It is mine."),
        further(by=0, permissions=without("award.issue", "process")),
        further(by=0, limits=NEWEST_POLICY.limits.model_copy(update={"token_days": 366})),
    ],
)
def test_software_with_other_rules_under_the_same_number_refuses_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: Policy
) -> None:
    world = World.build(tmp_path / "home")
    world.app.close()
    monkeypatch.setattr(api.wiring, "EDITIONS", (other,))
    with pytest.raises(SettingsError, match="are not those that this software knows"):
        api.wiring.Testamur.open(world.app.settings, world.clock)


def test_newer_software_starts_under_the_old_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing changes until the operator says so."""
    world = World.build(tmp_path / "home")
    world.app.close()
    newer = further(attestation="It is mine.")
    monkeypatch.setattr(api.wiring, "EDITIONS", (NEWEST_POLICY, newer))
    with api.wiring.Testamur.open(world.app.settings, world.clock) as app:
        assert app.bus.policy() == NEWEST_POLICY


def test_the_audit_passes_a_ledger_that_adopted_a_second_edition(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command line; what software that does not know the edition says of it, is told too."""
    world.clock.catch_up()
    world.award()
    world.do(SYSTEM, AdoptPolicy(policy=SECOND_EDITION))
    world.award(world.person("educator", world.campus))
    world.app.views.catch_up()
    run = CliRunner()
    env = {"TESTAMUR_HOME": str(world.app.settings.home), "TESTAMUR_KEY_PASSPHRASE": "a passphrase"}
    command = ["audit", "--jobs", "1", "--json"]
    refused = run.invoke(command_line, command, env=env)
    assert refused.exit_code == 1
    assert "edition 2 of the rules is not known like this" in refused.stdout
    monkeypatch.setattr("api.audit.work.EDITIONS", [NEWEST_POLICY, SECOND_EDITION])
    passed = run.invoke(command_line, command, env=env)
    report = json.loads(passed.stdout)
    assert (passed.exit_code, report["first"]) == (0, None)
