"""The attack: an educator names a token with U+0000. SQLite keeps it, PostgreSQL's read models
cannot: every one of them failed at that event for ever, writes were recorded and answered 500, a
revoked token went on working, and a restart did not help.

Text is checked at the command, alike on every engine; and an event that a read model cannot take
stops that one read model, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.utils import get_topic
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.http.app import create
from ledger.achievements import Part
from ledger.commands import Order
from ledger.errors import LedgerError, UnfitText
from ledger.organizations import NETWORK_ID
from ledger.people import Person
from projections import ALL, Follower
from projections.engine import BehindTheLog
from tests.world import PASS, WHY, World, definition

UNFIT = ["a\0b", "a\ud800b", "a\x1bb", "a\x7fb", "a\ufffeb", "x" * 20_000]
ONE_LINE = ["a\nb", "a\u2028b", "a\tb"]


def _commands(world: World, word: str) -> dict[str, Callable[[], Any]]:
    """Every command that takes text, with ``word`` in each place of it, by the place's name."""
    do, admin, manager = world.do, Order(world.administrator), Order(world.manager)
    own, assessor = Order(world.educator), Order(world.assessors[0])
    person, no = world.educator.person, uuid4()
    assert person is not None
    part = {"id": "reflection", "name": word, "instruction": "Say.", "kind": "text"}
    first = definition().rubric[0]
    levels = tuple(level.model_copy(update={"description": word}) for level in first.levels)

    def defined(**changes: Any) -> Callable[[], Any]:
        what = definition().model_copy(update=changes)
        return lambda: do.micro_credentials.define(manager, NETWORK_ID, what)

    return {
        "/name": lambda: do.people.register(admin, word, "a@example.org", world.campus),
        "/email": lambda: do.people.register(admin, "A", f"{word}@example.org", world.campus),
        "/label": lambda: do.people.issue_token(own, person, "educator", world.campus, word),
        "/role": lambda: do.people.grant_role(admin, person, word, world.campus),
        "/roles/0/0": lambda: do.people.register(
            admin, "A", "a@example.org", world.campus, ((word, world.campus),)
        ),
        "/definition/name": defined(name=word),
        "/definition/criteria": defined(criteria=word),
        "/definition/tags/0": defined(tags=(word,)),
        "/definition/parts/0/name": defined(parts=(Part.model_construct(**part),)),
        "/definition/rubric/0/levels/0/description": defined(
            rubric=(first.model_copy(update={"levels": levels}),)
        ),
        "/part": lambda: do.submissions.add_evidence(own, no, word, "a", "text/plain", b"a"),
        "/mediaType": lambda: do.submissions.add_evidence(own, no, "a", "a", word, b"a"),
        "/statement": lambda: do.submissions.submit(own, no, True, word),
        "/grounds": lambda: do.submissions.appeal(own, no, word),
        "/feedback/impact": lambda: do.reviews.record(assessor, no, PASS, {"impact": word}),
        "/feedback": lambda: do.reviews.record(assessor, no, PASS, {word: "Words."}),
        "/levels/impact": lambda: do.reviews.record(assessor, no, {"impact": word}, WHY),
        "/note": lambda: do.awards.revoke(manager, no, "integrity", word),
        "/target": lambda: do.endorsements.issue(admin, NETWORK_ID, word, "issuer", "Good."),
        "/comment": lambda: do.endorsements.issue(admin, NETWORK_ID, "urn:x:1", "issuer", word),
        "/credential": lambda: do.endorsements.accept(manager, no, 1, word),
        "/Idempotency-Key": lambda: do.people.publish_profile(
            Order(world.educator, key=word), True
        ),
    }


def test_no_command_takes_a_text_that_some_engine_could_not_keep(stored_world: World) -> None:
    before = stored_world.app.store.position()
    for word in UNFIT[:5]:
        for place, carry_out in _commands(stored_world, word).items():
            with pytest.raises(UnfitText) as refused:
                carry_out()
            assert refused.value.place.startswith(place), place
            assert refused.value.code == "bad-text"
    for word in ONE_LINE:
        for place in ("/name", "/label", "/definition/name", "/definition/tags/0", "/target"):
            with pytest.raises(UnfitText):
                _commands(stored_world, word)[place]()
    for place in ("/label", "/statement", "/note", "/feedback/impact", "/Idempotency-Key"):
        with pytest.raises(UnfitText):
            _commands(stored_world, UNFIT[5])[place]()
    assert stored_world.app.store.position() == before


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(word=st.text(min_size=1, max_size=40))
def test_whatever_is_typed_is_refused_by_name_or_can_be_kept_by_every_engine(
    world: World, word: str
) -> None:
    try:
        _commands(world, word)["/label"]()
    except LedgerError as error:
        assert error.code == "bad-text"
    else:
        word.encode()
        assert "\0" not in word


def test_words_are_kept_composed_and_signed_documents_as_they_are(world: World) -> None:
    register = world.do.people.register
    decomposed = register(Order(world.administrator), "Zoe\u0308", "zoe@example.org", world.campus)
    person = world.app.store.load(Person, UUID(decomposed["id"]), "person")
    assert (world.app.vault.open(person.name) or b"").decode() == "Zo\u00eb"
    lines = definition(criteria="One\r\nTwo")
    micro = world.publish(lines)
    stored = next(n for n in world.app.store.page(0) if n.originator_id == micro)
    assert "One\\nTwo" in bytes(stored.state).decode()


@pytest.fixture
def api(stored_world: World) -> Iterator[TestClient]:
    with TestClient(create(stored_world.app), stored_world.app.site.base_url, False) as client:
        yield client


def test_over_http_the_field_is_named(stored_world: World, api: TestClient) -> None:
    token = {"Authorization": f"Bearer {stored_world.token(stored_world.educator)}"}
    person = stored_world.educator.person
    body = {"label": "a\0b", "role": "educator", "unit": str(stored_world.campus)}
    answer = api.post(f"/v1/people/{person}/tokens", json=body, headers=token)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/problems/bad-text")
    assert answer.json()["errors"][0]["pointer"] == "/label"


def _poison(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every handler of one read model fails from now on."""

    def broken(*_: object) -> None:
        raise ValueError("no read model takes this")

    handlers = world.app.views._handlers[name]
    monkeypatch.setitem(world.app.views._handlers, name, dict.fromkeys(handlers, broken))


@pytest.mark.parametrize("name", [projection.name for projection in ALL])
def test_a_broken_read_model_stops_nothing_else_and_goes_on_once_mended(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = world.app.views
    award = world.award()
    with TestClient(create(world.app), world.app.site.base_url, False) as client:
        manager = {"Authorization": f"Bearer {world.token(world.manager)}"}
        views.catch_up()
        with monkeypatch.context() as patched:
            _poison(world, name, patched)
            body = {"name": "New", "email": "new@example.org", "home": str(world.campus)}
            admin = {"Authorization": f"Bearer {world.token(world.administrator)}"}
            for path, content in (
                ("/v1/people", body),
                ("/v1/organizations", {"name": "W", "kind": "district", "parent": str(NETWORK_ID)}),
            ):
                assert client.post(path, json=content, headers=admin).status_code == 201, path
            other = world.award(world.person("educator", world.campus))
            world.publish(definition(name="Newer"))
            given = world.do.endorsements.issue
            given(Order(world.administrator), NETWORK_ID, "urn:x:1", "issuer", "Good.")
            revoked = client.post(
                f"/v1/awards/{award}/revoke",
                json={"reason": "integrity", "note": "Copied."},
                headers=manager,
            )
            assert revoked.status_code == 200
            views.catch_up()
            states = {state.name: state for state in views.states()}
            assert {n for n, state in states.items() if state.fault} == {name}
            fault = states[name].fault
            assert fault is not None and fault.error.startswith("ValueError at ")
            assert states[name].lag > 0 and fault.position > states[name].position
            assert all(state.lag == 0 for n, state in states.items() if n != name)
            for path in ("/healthz", "/v1/me", "/log", f"/badges/{award}.json"):
                assert client.get(path, headers=manager).status_code == 200, path
            with pytest.raises(BehindTheLog):
                views.must_follow()
            listed = client.get("/status/revocation-1")
            assert listed.status_code == (503 if name == "status-lists" else 200)
            assert world.app.badge(other) is not None
        deadline = time.monotonic() + 30
        while views.lag() and time.monotonic() < deadline:  # the follower tries again by itself
            time.sleep(0.05)
        assert views.lag() == 0
        views.must_follow()
        before = views.digest(name)
        views.rebuild(name)
        assert views.digest(name) == before


def test_an_event_that_no_read_model_can_take_stops_only_those_that_want_it(
    stored_world: World,
) -> None:
    """As it would stand in a log that was imported, or written before the rule."""
    app = stored_world.app
    app.views.catch_up()
    person = stored_world.educator.person
    assert person is not None
    record = app.store.load(Person, person, "person")
    topic = get_topic(Person.ProfilePublished)
    unknown = StoredEvent(uuid4(), 1, "tests:Nothing", b"{}")
    broken = StoredEvent(person, record.version + 1, topic, b"no JSON")
    app.store.recorder.insert_events([broken, unknown])
    stored_world.award(stored_world.person("educator", stored_world.campus))
    with Follower(app.views, app.store, every=0.05):
        deadline = time.monotonic() + 20
        while {s.lag for s in app.views.states() if s.name != "people"} != {0}:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert {s.name for s in app.views.states() if s.fault} == {"people"}
