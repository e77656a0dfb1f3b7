"""What is one's own: badges, what is public, a copy of it all, and being forgotten."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest

from ledger.errors import NotPermitted
from ledger.people import NETWORK_ID, AskToBeForgotten, ConfirmProposal, Person
from projections.people import proposals
from tests.ledger.whole_log import examined
from tests.web.browser import Browser
from tests.world import World

Open = Callable[..., Browser]


def test_badges_are_listed_with_the_ways_to_share_them(world: World, browser: Open) -> None:
    own = browser(world.educator)
    assert "You hold no badge yet." in own.get("/my/badges").text
    award = world.award()
    world.app.views.catch_up()
    shown = own.get("/my/badges").text
    assert f"/badges/{award}" in shown
    assert "In force" in shown
    assert "You hold 1 badge." in own.get("/home").text


def test_a_profile_is_shown_and_hidden(world: World, browser: Open) -> None:
    own = browser(world.educator)
    assert world.educator.person is not None
    handle = world.app.store.read(Person, world.educator.person, "person").handle
    assert "Your profile is hidden" in own.get("/me/public").text
    assert own.submit("/me/public").status_code == 303
    assert "Your profile is public now." in own.get("/me/public").text
    world.app.views.catch_up()
    assert own.get(f"/people/{handle}").status_code == 200
    assert own.submit("/me/public").status_code == 303
    world.app.views.catch_up()
    assert own.get(f"/people/{handle}").status_code == 404


def test_a_copy_of_ones_data_is_made_while_it_is_sent(world: World, browser: Open) -> None:
    own = browser(world.educator)
    award = world.award()
    world.app.views.catch_up()
    assert "/me/data" in own.get("/me").text
    answer = own.get("/me/data/copy.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        names = bundle.namelist()
        assert f"badges/{award}.json" in names
        (evidence,) = [name for name in names if name.startswith("evidence/")]
        assert bundle.read(evidence) == b"What changed: a lot."
        assert any("Sam Synthetic" in str(e) for e in json.loads(bundle.read("events.json")))


def test_who_asks_to_be_forgotten_is_after_another_agreed_and_the_delay(
    world: World, browser: Open
) -> None:
    own = browser(world.educator)
    unsure = own.submit("/me/data/forget")
    assert (unsure.status_code, 'href="#understood"' in unsure.text) == (422, True)
    assert own.submit("/me/data/forget", {"understood": "yes"}).status_code == 303
    world.app.views.catch_up()
    with world.app.views.reading("proposals", "organizations") as connection:
        (row,) = connection.execute(proposals.proposals.select()).all()
    world.do(world.administrator, ConfirmProposal(proposal=row.id))
    world.clock.now += timedelta(days=8)
    world.app.processes.catch_up()
    assert world.educator.person is not None
    assert world.app.store.read(Person, world.educator.person, "person").is_erased
    assert own.get("/home").status_code == 303
    assert examined(world) == []


def test_nobody_confirms_what_they_asked_for_themselves(world: World) -> None:
    own = world.person("administrator", NETWORK_ID)
    asked = world.do(own, AskToBeForgotten(reason="I ask for it.")).id
    with pytest.raises(NotPermitted):
        world.do(own, ConfirmProposal(proposal=asked))
    assert examined(world) == []


def test_a_copy_and_being_forgotten_are_asked_for_freshly(world: World, browser: Open) -> None:
    own = browser(world.educator)
    world.clock.now += timedelta(minutes=11)
    for place in ("/me/data/copy.zip", "/me/data/forget"):
        answer = own.get(place)
        assert (answer.status_code, answer.headers["location"][:14]) == (303, "/sign-in/again")
