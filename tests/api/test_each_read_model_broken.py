"""Each read model broken on purpose: every page and every route that rests on others answers as
before, and those that rest on it say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from api.http.app import create
from ledger.assessment import ClaimReview
from ledger.context import Caller
from ledger.people import NETWORK_ID, Person, PublishProfile
from tests.web.browser import Browser
from tests.world import World

TELLS_OF_IT = {"/readyz", "/metrics"}


def addresses(routes: Any, prefix: str = "") -> Iterator[str]:
    """Every address that answers to GET, as it was written."""
    for route in routes:
        if (inner := getattr(route, "original_router", None)) is not None:
            yield from addresses(inner.routes, prefix + route.include_context.prefix)
        elif "GET" in (getattr(route, "methods", None) or ()):
            yield prefix + route.path


def filled(address: str, known: dict[str, str]) -> str:
    """An address of something that is there, if there is something of that name."""

    def value(match: re.Match[str]) -> str:
        name = match[1].partition(":")[0]
        return known.get(name, known["award"])

    return re.sub(r"{([^}]*)}", value, address)


@contextmanager
def noted(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The read models that are asked meanwhile."""
    found: set[str] = set()
    views = world.app.views
    reading = views.reading

    @contextmanager
    def noting(*names: str) -> Iterator[Any]:
        found.update(names)
        with reading(*names) as connection:
            yield connection

    with monkeypatch.context() as patched:
        patched.setattr(views, "reading", noting)
        yield found


def test_what_rests_on_others_answers_as_before(
    world: World, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock.step = timedelta(microseconds=1)  # whoever signed in stays fresh
    award, submission = world.award(), world.submitted(world.person("educator", world.campus))
    review = world.do(world.assessors[0], ClaimReview(submission=submission)).id
    auditor = world.person("auditor", NETWORK_ID)
    bystander = world.person("educator", world.campus)
    person = world.educator.person or NETWORK_ID
    world.do(world.educator, PublishProfile(public=True))
    known = {
        "award": str(award),
        "submission": str(submission),
        "review": str(review),
        "person": str(person),
        "micro": str(world.micro),
        "micro_credential": str(world.micro),
        "unit": str(world.campus),
        "organization": str(world.campus),
        "handle": world.app.store.get(Person, person, "person").handle,
        "part": "reflection",
        "number": "1",
        "position": "3",
        "path": "checkpoint",
        "name": "revocation-1",
    }
    visitors = _visitors(world, browser, auditor)
    world.app.views.catch_up()
    server: FastAPI = create(world.app)
    before: dict[str, tuple[Browser, dict[str, str], int, set[str]]] = {}
    for address in sorted({*addresses(server.routes)} - TELLS_OF_IT):
        for client, headers in visitors:
            with noted(world, monkeypatch) as rests_on:
                status = client.get(filled(address, known), headers=headers).status_code
            if address not in before or status == 200:
                before[address] = (client, headers, status, set(rests_on))
            if status == 200:
                break
    assert sum(status == 200 for _, _, status, _ in before.values()) > 50
    assert not [address for address, asked in before.items() if asked[2] >= 500]
    for number, name in enumerate(world.app.views.names):
        with monkeypatch.context() as patched:
            _break(world, name, patched, bystander, public=not number % 2)
            for address, (client, headers, status, rests_on) in before.items():
                answer = client.get(filled(address, known), headers=headers)
                expected = {503, status} if name in rests_on else {status}  # some find another way
                assert answer.status_code in expected, (name, address, answer.text[:300])
        world.app.views.retry()
        world.app.views.catch_up()
        assert world.app.views.lag() == 0, "mended, it goes on by itself"


def _visitors(
    world: World, browser: Callable[..., Browser], auditor: Caller
) -> list[tuple[Browser, dict[str, str]]]:
    """Nobody, and somebody in each role: signed in for pages, with a token for the API."""
    found = [(browser(), {})]
    people = (world.educator, world.assessors[0], world.manager, world.administrator, auditor)
    for caller in people:
        found.append((browser(caller), {}))
        token = {"Authorization": f"Bearer {world.token(caller)}", "Accept": "application/json"}
        found.append((browser(), token))
    return found


def _break(
    world: World, name: str, patched: pytest.MonkeyPatch, bystander: Caller, *, public: bool
) -> None:
    """One read model fails at what happens next, and is set aside."""

    def broken(*_: object) -> None:
        raise ValueError("no read model takes this")

    handlers = world.app.views._handlers
    topics = {topic for handled in handlers.values() for topic in handled}
    patched.setitem(handlers, name, dict.fromkeys(topics, broken))
    world.do(bystander, PublishProfile(public=public))
    world.app.views.catch_up()
    assert {state.name for state in world.app.views.states() if state.fault} == {name}
