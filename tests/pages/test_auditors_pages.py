"""What an auditor looks at."""

from __future__ import annotations

import time
from uuid import UUID

import pytest

from api.audit.runs import AuditRuns, Run, _take, _write
from ledger.assessment import ClaimReview, OpenEvidence
from ledger.context import Caller
from ledger.people import NETWORK_ID
from tests.pages.house import House


@pytest.fixture(scope="module")
def auditor(house: House) -> Caller:
    """With something in each register, and an audit that was made."""
    world = house.world
    made = world.person("auditor", NETWORK_ID, "Aud Itor")
    submission = world.submitted(world.person("educator", world.campus, "Ona Okafor"))
    world.do(world.assessors[0], ClaimReview(submission=submission))
    world.do(world.assessors[0], OpenEvidence(submission=submission, part="reflection"))
    world.forget(world.person("educator", world.campus))
    house.names["submission"] = submission
    world.app.log.checkpoint()
    world.app.views.catch_up()
    return made


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("audit-events", "/log/events"),
        ("audit-events-found", "/log/events?kind=awards.Award"),
        ("audit-events-nothing", "/log/events?since=2100-01-01"),
        ("audit-event", "/log/events/60"),
        ("audit-checkpoints", "/log/checkpoints"),
        ("audit-readings", "/audit/readings"),
        ("audit-erasures", "/audit/erasures"),
        ("audit-then-submission", "/audit/then/submissions/{submission}"),
        ("audit-then-person", "/audit/then/people/{educator}"),
    ],
)
def test_an_auditors_page(house: House, auditor: Caller, name: str, path: str) -> None:
    named = {**house.names, "educator": house.world.educator.person}
    house.look_at(name, path.format(**named), auditor)


def test_an_audit_from_nothing_to_its_report(house: House, auditor: Caller) -> None:
    house.look_at("audit-home-nothing", "/audit", auditor)
    runs = AuditRuns(house.world.app)
    with house.open("/audit", auditor, javascript=False) as page:
        page.get_by_role("button", name="Start an audit").click()
        page.wait_for_url("**/audit/runs/*")
        run = UUID(page.url.rsplit("/", 1)[1])
    end = time.monotonic() + 120
    while (found := runs.get(run)) is not None and found.state == "running":
        assert time.monotonic() < end, "the audit does not end"
        time.sleep(0.2)
    assert found is not None
    assert found.report is not None
    house.look_at("audit-report", f"/audit/runs/{run}", auditor)
    house.look_at("audit-home", "/audit", auditor)


def test_an_audit_that_runs(house: House, auditor: Caller) -> None:
    folder = house.world.app.settings.home / "audits"
    folder.mkdir(exist_ok=True)
    progress = {"hashes": (20_000, 60_000), "rules": (41_000, 60_000)}
    run = Run(UUID(int=7), auditor.person, house.world.app.clock(), "running", progress)
    _write(folder, run)
    with (folder / "lock").open("a+") as lock:
        _take(lock.fileno(), run.id)
        house.look_at("audit-running", f"/audit/runs/{run.id}?still=true", auditor)
    house.look_at("audit-broken", f"/audit/runs/{run.id}", auditor)
