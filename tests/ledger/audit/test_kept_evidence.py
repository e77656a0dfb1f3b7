"""The audit reads the kept bytes of evidence again, and misses none but an erased person's."""

from __future__ import annotations

from api.audit import audit
from api.wiring import Testamur as Deployment
from ledger.audit.report import Finding
from tests.api.test_uploads import objects
from tests.journeys.test_tampering_is_found import Opened
from tests.world import World


def kept(world: World) -> Finding:
    world.app.log.checkpoint()
    again = Deployment.around(
        world.app.settings, world.app.keys, world.clock
    )  # audits close theirs
    report = audit(Opened(again), world.app.log.verifier, world.clock.now, jobs=1)
    return report.findings["evidence.kept"]


def test_changed_and_missing_evidence_is_told_in_its_place(world: World) -> None:
    world.submitted()
    world.submitted(world.person("educator", world.campus))
    assert (kept(world).status, kept(world).detail) == ("passed", "2 pieces")
    first, second = objects(world)
    whole = first.read_bytes()
    first.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    (changed,) = kept(world).divergences
    assert changed.kind == "evidence-changed"
    second.unlink()
    assert {found.kind for found in kept(world).divergences} == {
        "evidence-changed",
        "evidence-missing",
    }


def test_what_was_erased_is_not_missed(world: World) -> None:
    world.submitted()
    world.forget(world.educator)
    assert objects(world) == []
    assert kept(world).status == "passed"
