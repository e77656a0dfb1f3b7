"""The auditor's pages: the log in words, what was, audits that are started and kept, registers."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from uuid import UUID

import pytest

from api.audit import STAGES
from api.audit.runs import AuditRuns
from api.web.audit.audits import CHECKS, STAGE_NAMES
from api.web.audit.words import SENTENCES
from ledger.assessment import ClaimReview, OpenEvidence
from ledger.audit.report import TITLES
from ledger.awards import RevokeAward
from ledger.context import Caller
from ledger.people import NETWORK_ID, Person, PublishProfile, RegisterOrganization
from tests.ledger.whole_log import EVENTS, events_of, write_every_kind
from tests.web.browser import Browser
from tests.world import World

Browsers = Callable[..., Browser]
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

PAGES = [
    "/audit",
    "/log/events",
    "/log/events/3",
    "/log/checkpoints",
    "/audit/readings",
    "/audit/erasures",
]


@pytest.fixture
def auditor(world: World) -> Caller:
    return world.person("auditor", NETWORK_ID)


def words_of(page: str) -> str:
    """What a reader reads: no tags, and nothing of the record, which is folded away."""
    visible = re.sub(r"<details>.*?</details>|<code>.*?</code>", "", page, flags=re.S)
    return re.sub(r"<[^>]*>", " ", visible)


def test_every_kind_of_event_has_a_sentence() -> None:
    assert {kind.TOPIC for kind in EVENTS} == SENTENCES.keys()
    assert CHECKS == TITLES
    assert STAGE_NAMES.keys() == set(STAGES)


def test_every_event_is_told_in_words_and_by_names(
    world: World, browser: Browsers, auditor: Caller
) -> None:
    write_every_kind(world)
    client = browser(auditor)
    size = len(events_of(world))
    address, told = "/log/events", 0
    while address:
        page = client.get(address)
        assert page.status_code == 200, page.text
        words = words_of(page.text)
        assert not _ID.search(words), _ID.search(words)
        assert "{" not in words
        told += len(re.findall(r'<a href="/log/events/\d+">\d+</a>', page.text))
        older = re.search(r'rel="next" href="([^"]*)"', page.text)
        address = older[1].replace("&amp;", "&") if older else ""
    assert told == size
    for position in range(0, size, 7):
        page = client.get(f"/log/events/{position}")
        assert page.status_code == 200, page.text
        assert not _ID.search(words_of(page.text)), (position, _ID.search(words_of(page.text)))


def test_events_are_filtered_and_the_address_keeps_the_question(
    world: World, browser: Browsers, auditor: Caller
) -> None:
    world.award()
    client, person = browser(auditor), world.educator.person
    page = client.get("/log/events?kind=assessment.Review")
    assert "completed the review by" in page.text
    assert "signed in" not in page.text
    assert '<option value="assessment.Review" selected>' in page.text
    items = client.get(f"/log/events.json?kind=awards.Award&person={person}").json()["items"]
    assert [item["event"] for item in items] == ["awards.Award.Issued"]
    assert client.get("/log/events.json?until=2001-01-01").json()["items"] == []
    assert client.get("/log/events.json?since=2100-01-01").json()["items"] == []
    assert client.get("/log/events?since=yesterday").status_code == 422
    found = client.submit("/log/events", {"name": "ona"}, action="/log/events")
    assert found.status_code == 200
    assert "name=" not in str(found.url)


def test_an_event_has_record_leaf_and_a_proof_that_holds_anywhere(
    world: World, browser: Browsers, auditor: Caller
) -> None:
    from ledger.transparency import Receipt

    world.award()
    world.app.log.checkpoint()
    client = browser(auditor)
    proof = client.get("/log/events/5/proof")
    assert proof.headers["content-disposition"].startswith("attachment")
    receipt = Receipt.parse(proof.content)
    receipt.verify(world.app.log.verifier)
    said = client.get("/log/events/5.json").json()
    assert receipt.record.entry.hex() == said["entry"]
    assert said["leaf"] in client.get("/log/events/5").text
    assert client.get("/log/events/9999").status_code == 404


def test_names_are_told_where_the_auditor_may_see_them(
    world: World, browser: Browsers, auditor: Caller
) -> None:
    west = world.do(
        world.administrator, RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    ).id
    theirs = world.person("auditor", west, "Wes Auditor")
    world.award()
    position = next(i for i, e in enumerate(events_of(world)) if type(e).__name__ == "Drafted")
    person = world.app.store.get(Person, world.educator.person or NETWORK_ID, "person")
    called = (world.app.vault.open(person.name) or b"").decode()
    assert f"<bdi>{called}</bdi>" in client_text(browser(auditor), f"/log/events/{position}")
    assert browser(theirs).get(f"/log/events/{position}").status_code == 404
    shown = client_text(browser(theirs), "/log/events")
    assert called not in shown
    assert "West" in shown
    assert world.educator.person is not None
    assert browser(theirs).get(f"/audit/then/people/{world.educator.person}").status_code == 404


def client_text(client: Browser, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, page.text
    return page.text


def test_a_person_and_a_submission_are_seen_as_they_were(
    world: World, browser: Browsers, auditor: Caller
) -> None:
    award = world.award()
    assert world.educator.person is not None
    before = len(events_of(world))
    world.clock.now += timedelta(days=3)
    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
    world.do(world.educator, PublishProfile(public=True))
    client, person = browser(auditor), f"/audit/then/people/{world.educator.person}"
    now = client.get(f"{person}.json").json()
    then = client.get(f"{person}.json?position={before - 1}").json()
    assert [a["status"] for a in now["awards"]] == ["revoked"]
    assert [a["status"] for a in then["awards"]] == ["active"]
    assert (then["is_public"], now["is_public"]) == (False, True)
    day = (world.clock.now - timedelta(days=2)).date()
    assert client.get(f"{person}.json?day={day}").json()["awards"][0]["status"] == "active"
    own = f"/audit/then/submissions/{now['submissions'][0]['id']}"
    made = client.get(f"{own}.json").json()["made"]
    states = [
        client.get(f"{own}.json?position={m['position']}").json()["state"] for m in made[::-1]
    ]
    assert states[0] == "draft"
    assert states[-1] == "awarded"
    assert "in-review" in states
    for address in (person, own, f"{own}?position={made[-1]['position']}", f"{person}?day={day}"):
        assert not _ID.search(words_of(client_text(client, address)))
    assert client.get(f"{person}?day=soon").status_code == 422


def test_an_audit_is_started_followed_and_kept(
    world: World, browser: Browsers, auditor: Caller
) -> None:
    world.clock.catch_up()
    world.award()
    world.app.views.catch_up()
    client = browser(auditor)
    assert "No audit has been made here yet" in client_text(client, "/audit")
    started = client.submit("/audit", action="/audit")
    assert started.status_code == 303, started.text
    address = started.headers["location"]
    again = client.submit("/audit", action="/audit") if _is_open(client) else None
    if again is not None and again.status_code != 303:
        assert again.status_code == 409
        assert "An audit is running" in again.text
    page = _followed(client, address)
    assert "Nothing was changed, dropped or backdated" in page
    assert "refresh" not in page
    assert "Nothing was changed" in client_text(client, "/audit")
    report = client.get(f"{address}.json").json()
    assert report["report"]["passed"] is True
    assert report["by"] == str(auditor.person)


def _is_open(client: Browser) -> bool:
    return "Start an audit" in client.get("/audit").text


def _followed(client: Browser, address: str) -> str:
    end = time.monotonic() + 120
    while 'http-equiv="refresh"' in (page := client_text(client, address)):
        assert "Under way" in page
        assert time.monotonic() < end, "the audit does not end"
        time.sleep(0.2)
    return page


def test_what_an_audit_finds_is_said_first(
    world: World, browser: Browsers, auditor: Caller
) -> None:
    world.clock.catch_up()
    world.award()
    world.app.log.checkpoint()
    with closing(sqlite3.connect(world.app.settings.home / "testamur.db")) as events:
        events.execute("UPDATE stored_events SET state = replace(state, 'a', 'b') WHERE rowid = 9")
        events.commit()
    client = browser(auditor)
    address = client.submit("/audit", action="/audit").headers["location"]
    page = _followed(client, address)
    errors = (world.app.settings.home / "audits" / "errors").read_text()
    assert "Not as it was recorded" in page, errors
    assert page.index("Every event is as it was recorded") < page.index("The checkpoint is signed")
    assert 'href="/log/events/8"' in page


def test_one_audit_runs_at_a_time_and_one_that_was_killed_is_broken_off(world: World) -> None:
    from api.audit.runs import AuditRunning, Run, _take, _write

    runs = AuditRuns(world.app)
    folder = world.app.settings.home / "audits"
    folder.mkdir()
    run = Run(UUID(int=7), None, world.clock.now, "running", {})
    _write(folder, run)
    with (folder / "lock").open("a+") as lock:
        _take(lock.fileno(), run.id)
        assert runs.running() == run
        with pytest.raises(AuditRunning):
            runs.start(None)
    assert runs.running() is None
    broken = runs.get(run.id)
    assert broken is not None
    assert broken.state == "broken"
    assert [each.state for each in runs.newest()] == ["broken"]


def test_registers_of_readings_and_erasures(
    world: World, browser: Browsers, auditor: Caller
) -> None:
    submission = world.submitted()
    world.do(world.assessors[0], ClaimReview(submission=submission))
    part = next(iter(world.read(world.educator, submission).evidence)).part
    world.do(world.assessors[0], OpenEvidence(submission=submission, part=part))
    leaving = world.person("educator", world.campus)
    world.forget(leaving)
    client = browser(auditor)
    readings = client_text(client, "/audit/readings")
    assert "Assessor" in readings
    assert part in readings
    erasures = client_text(client, "/audit/erasures")
    assert "they asked for it" in erasures
    (row,) = client.get("/audit/erasures.json").json()["items"]
    assert row["finished"] is True
    assert row["proposed_by"] != row["confirmed_by"]
    for page in (readings, erasures):
        assert not _ID.search(words_of(page))


@pytest.mark.parametrize("address", PAGES)
def test_they_are_for_auditors_and_speak_both_languages(
    world: World, browser: Browsers, auditor: Caller, address: str
) -> None:
    client = browser(auditor)
    assert '<html lang="en">' in client_text(client, address)
    client.headers["Accept-Language"] = "es"
    assert '<html lang="es">' in client_text(client, address)
    if address != "/log/checkpoints":  # which is everybody's
        for other in (world.educator, world.assessors[0], world.manager, world.administrator):
            assert browser(other).get(address).status_code == 403
        assert browser().get(address).headers["location"].startswith("/sign-in?")
