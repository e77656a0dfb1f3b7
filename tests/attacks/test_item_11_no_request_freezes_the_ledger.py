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
from uuid import uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.utils import get_topic
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api.access import issue_token
from api.capabilities import READ_MODELS
from api.http.app import create
from ledger.assessment import AddEvidence, AppealRefusal, RecordReview, SubmitRound
from ledger.awards import AcceptEndorsement, IssueEndorsement, RevokeAward
from ledger.bus import Request
from ledger.catalogue import DefineMicroCredential
from ledger.command import Command
from ledger.context import Caller
from ledger.errors import LedgerError, UnfitText
from ledger.people import (
    NETWORK_ID,
    GrantRole,
    Person,
    ProposeErasure,
    PublishProfile,
    RegisterPerson,
)
from projections import Follower
from projections.engine import BehindTheLedger
from tests.world import PASS, WHY, World, definition

UNFIT = ["a\0b", "a\ud800b", "a\x1bb", "a\x7fb", "a\ufffeb", "x" * 20_000]
ONE_LINE = ["a\nb", "a\u2028b", "a\tb"]


def _commands(world: World, word: str) -> dict[str, Callable[[], Any]]:
    """Every command that takes text, with ``word`` in each place of it, by the place's name."""
    admin, manager = world.administrator, world.manager
    own, assessor = world.educator, world.assessors[0]
    person, no = world.educator.person, uuid4()
    assert person is not None
    part = {"id": "reflection", "name": word, "instruction": "Say.", "kind": "text"}
    what = definition().model_dump(mode="json", by_alias=True)
    first = what["rubric"][0]
    levels = [{**level, "description": word} for level in first["levels"]]
    someone = {"name": "A", "email": "a@example.org", "home": world.campus}

    def made(caller: Caller, command: type[Command[Any, Any]], **values: Any) -> Callable[[], Any]:
        return lambda: world.do(caller, command.model_validate(values))

    def defined(**changes: Any) -> Callable[[], Any]:
        values = {"owner": NETWORK_ID, "definition": {**what, **changes}}
        return made(manager, DefineMicroCredential, **values)

    def evidence(**changes: Any) -> Callable[[], Any]:
        values = {"part": "a", "name": "a", "data": b"a", **changes}
        return made(own, AddEvidence, submission=no, **values)

    def endorsed(**changes: Any) -> Callable[[], Any]:
        values = {"endorser": NETWORK_ID, "kind": "issuer", "target": "urn:x:1", **changes}
        return made(admin, IssueEndorsement, **{"comment": "Good.", **values})

    role = {"role": word, "unit": world.campus}
    return {
        "/name": made(admin, RegisterPerson, **{**someone, "name": word}),
        "/email": made(admin, RegisterPerson, **{**someone, "email": f"{word}@example.org"}),
        "/label": lambda: issue_token(world.app, Request(own), word),
        "/role/role": made(admin, GrantRole, person=person, role=role),
        "/roles/0/role": made(admin, RegisterPerson, **someone, roles=[role]),
        "/definition/name": defined(name=word),
        "/definition/criteria": defined(criteria=word),
        "/definition/tags/0": defined(tags=[word]),
        "/definition/parts/0/name": defined(parts=[part]),
        "/definition/rubric/0/levels/0/description": defined(
            rubric=[{**first, "levels": levels}, *what["rubric"][1:]]
        ),
        "/part": evidence(part=word),
        "/statement": made(own, SubmitRound, submission=no, attested=True, statement=word),
        "/grounds": made(own, AppealRefusal, submission=no, grounds=word),
        "/feedback/impact": made(
            assessor, RecordReview, review=no, levels=PASS, feedback={"impact": word}
        ),
        "/feedback": made(
            assessor, RecordReview, review=no, levels=PASS, feedback={word: "Words."}
        ),
        "/levels/impact": made(
            assessor, RecordReview, review=no, levels={"impact": word}, feedback=WHY
        ),
        "/note": made(manager, RevokeAward, award=no, reason="integrity", note=word),
        "/reason": made(
            admin, ProposeErasure, person=person, ground="retention-ended", reason=word
        ),
        "/target": endorsed(target=word),
        "/comment": endorsed(comment=word),
        "/credential": made(
            manager, AcceptEndorsement, microCredential=no, number=1, credential=word
        ),
        "/Idempotency-Key": lambda: world.do(own, PublishProfile(public=True), key=word),
    }


def _refused(carry_out: Callable[[], Any]) -> str | None:
    """Where a text is that was refused as unfit: in the command when it was made, or by the bus."""
    try:
        carry_out()
    except UnfitText as error:
        return error.place
    except ValidationError as error:
        for item in error.errors():
            cause = item.get("ctx", {}).get("error")
            if isinstance(cause, UnfitText):
                assert cause.code == "bad-text"
                above = "".join(f"/{part}" for part in item["loc"][:-1])
                return above + cause.place
    except LedgerError:
        return None
    return None


def test_no_command_takes_a_text_that_some_engine_could_not_keep(stored_world: World) -> None:
    before = stored_world.app.store.position()
    for word in UNFIT[:5]:
        for place, carry_out in _commands(stored_world, word).items():
            found = _refused(carry_out)
            assert found is not None and found.startswith(place), (place, found)
    for word in ONE_LINE:
        for place in ("/name", "/label", "/definition/name", "/definition/tags/0", "/target"):
            assert _refused(_commands(stored_world, word)[place]) is not None, place
    for place in ("/label", "/statement", "/note", "/feedback/impact", "/Idempotency-Key"):
        assert _refused(_commands(stored_world, UNFIT[5])[place]) is not None, place
    assert stored_world.app.store.position() == before


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(word=st.text(min_size=1, max_size=40))
def test_whatever_is_typed_is_refused_by_name_or_can_be_kept_by_every_engine(
    world: World, word: str
) -> None:
    before = world.app.store.position()
    if _refused(_commands(world, word)["/label"]) is None and world.app.store.position() > before:
        word.encode()
        assert "\0" not in word


def test_words_are_kept_composed_and_signed_documents_as_they_are(world: World) -> None:
    decomposed = RegisterPerson(name="Zoe\u0308", email="zoe@example.org", home=world.campus)
    registered = world.do(world.administrator, decomposed)
    person = world.app.store.get(Person, registered.id, "person")
    assert (world.app.vault.open(person.name) or b"").decode() == "Zo\u00eb"
    lines = definition(criteria="One\r\nTwo")
    micro = world.publish(lines)
    stored = next(n for n in world.app.store.page(0) if n.originator_id == micro)
    assert "One\\nTwo" in bytes(stored.state).decode()


@pytest.fixture
def api(stored_world: World) -> Iterator[TestClient]:
    app = stored_world.app
    with TestClient(
        create(app), base_url=app.site.base_url, raise_server_exceptions=False
    ) as client:
        yield client


def test_over_http_the_field_is_named(stored_world: World, api: TestClient) -> None:
    token = {"Authorization": f"Bearer {stored_world.token(stored_world.educator)}"}
    answer = api.post("/v1/me/tokens", json={"label": "a\0b"}, headers=token)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/problems/bad-text")
    assert answer.json()["detail"].startswith("/label: ")


def _poison(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One read model fails at whatever happens from now on."""

    def broken(*_: object) -> None:
        raise ValueError("no read model takes this")

    topics = {topic for handled in world.app.views._handlers.values() for topic in handled}
    monkeypatch.setitem(world.app.views._handlers, name, dict.fromkeys(topics, broken))


@pytest.mark.parametrize("name", [projection.name for projection in READ_MODELS])
def test_a_broken_read_model_stops_nothing_else_and_goes_on_once_mended(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = world.app.views
    award = world.award()
    with TestClient(
        create(world.app), base_url=world.app.site.base_url, raise_server_exceptions=False
    ) as client:
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
            given = IssueEndorsement(
                endorser=NETWORK_ID, kind="issuer", target="urn:x:1", comment="Good."
            )
            world.do(world.administrator, given)
            leaves = world.person("educator", world.campus).person
            assert leaves is not None
            propose = ProposeErasure(person=leaves, ground="requested-by-person", reason="Asked.")
            world.do(world.administrator, propose)
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
            for path in ("/healthz", "/log", f"/badges/{award}.json"):
                assert client.get(path, headers=manager).status_code == 200, path
            rests_on = {
                "/v1/me": ("persons",),
                "/v1/me/earned": ("profiles",),
                "/v1/awards": ("organizations", "awards"),
            }
            for path, asked in rests_on.items():  # whatever rests on others answers as before
                status = client.get(path, headers=manager).status_code
                assert status == (503 if name in asked else 200), path
            with pytest.raises(BehindTheLedger):
                views.must_follow()
            listed = client.get("/status/revocation-1")
            assert listed.status_code == (503 if name == "status-lists" else 200)
            assert world.app.publishing.badge(other) is not None
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
    record = app.store.get(Person, person, "person")
    topic = get_topic(Person.ProfilePublished)
    unknown = StoredEvent(uuid4(), 1, "tests:Nothing", b"{}")
    broken = StoredEvent(person, record.version + 1, topic, b"no JSON")
    app.store.recorder.insert_events([broken, unknown])
    stored_world.award(stored_world.person("educator", stored_world.campus))
    with Follower(app.views, app.store, every=0.05):
        deadline = time.monotonic() + 20
        while {s.lag for s in app.views.states() if s.name != "persons"} != {0}:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert {s.name for s in app.views.states() if s.fault} == {"persons"}
