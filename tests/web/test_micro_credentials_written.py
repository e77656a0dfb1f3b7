"""Writing a micro-credential by forms alone: rows that come and go, a draft, versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from api.web.catalogue.draft_form import DraftForm
from ledger.catalogue import Definition, MicroCredential, ReviseMicroCredential
from ledger.catalogue.definition import Creator
from ledger.people import NETWORK_ID, RegisterOrganization
from tests.web.browser import Browser
from tests.world import World, definition

Browsers = Callable[..., Browser]

WRITTEN = {
    "name": "Reading Aloud",
    "description": "Reads aloud so that all listen.",
    "criteria": "Shows *how*.",
    "part.0.name": "Recording",
    "part.0.instruction": "Record it.",
    "part.0.kind": "file",
    "criterion.0.name": "Voice",
    "criterion.0.level.0.name": "Emerging",
    "criterion.0.level.1.name": "Shown",
    "criterion.0.level.2.name": "Shown",
    "criterion.0.required": "1",
}


def draft_form(hers: Browser, path: str = "/micro-credentials/new") -> dict[str, Any]:
    (form,) = [f for f in hers.forms(path) if "criterion.0.name" in f.values]
    return form.values


def send(hers: Browser, values: dict[str, Any], path: str = "/micro-credentials/new") -> Any:
    origin = {"Origin": str(hers.base_url).rstrip("/")}
    return hers.post(path, data=values, headers=origin)


def test_a_definition_goes_through_the_form_unchanged() -> None:
    practice, impact = definition().rubric
    whole = definition(
        creator=Creator(name="Ana", url="https://ana.example.org"),
        valid_months=12,
        suspendable=True,
        reviews_required=2,
        rubric=(impact, practice),
        role_card="Teacher",
    )
    for each in (definition(), whole):
        assert Definition.model_validate(DraftForm.of(each).values(each)) == each


def test_rows_are_added_moved_and_taken_away_and_nothing_typed_is_lost(
    world: World, browser: Browsers
) -> None:
    hers = browser(world.manager)
    values = {**draft_form(hers), **WRITTEN}
    more = send(hers, {**values, "do": "add part"})
    assert more.status_code == 200
    assert 'value="Recording"' in more.text
    assert 'name="part.1.name"' in more.text
    assert 'value="Reading Aloud"' in more.text
    assert "Reads aloud so that all listen." in more.text
    two = {**values, "part.1.id": "", "part.1.name": "Plan", "part.1.kind": "text"}
    moved = send(hers, {**two, "do": "up part 1"}).text
    assert moved.index('value="Plan"') < moved.index('value="Recording"')
    fewer = send(hers, {**two, "do": "remove part 0"}).text
    assert 'value="Recording"' not in fewer
    assert 'value="Plan"' in fewer
    level = send(hers, {**values, "do": "add level 0"}).text
    assert 'name="criterion.0.level.3.name"' in level
    less = send(hers, {**values, "do": "remove level 0 0"}).text
    assert 'value="Emerging"' not in less
    for strange in ("remove part 99", "up level 9 9", "add level", "up criterion 0"):
        assert send(hers, {**values, "do": strange}).status_code == 200


def test_what_is_wrong_is_told_beside_its_field(world: World, browser: Browsers) -> None:
    hers = browser(world.manager)
    answer = send(hers, {**draft_form(hers), "do": "save"})
    assert answer.status_code == 422
    for place in ("name", "description", "criteria", "part.0.name", "criterion.0.level.0.name"):
        assert f'href="#{place}"' in answer.text, place
    values = {**draft_form(hers), **WRITTEN, "rounds_allowed": "99", "valid_months": "soon"}
    answer = send(hers, {**values, "do": "save", "alignment.0.id": "", "alignment.0.name": "X"})
    assert 'href="#rounds_allowed"' in answer.text
    assert 'href="#valid_months"' in answer.text
    assert 'href="#alignment.0.url"' in answer.text
    assert 'value="soon"' in answer.text
    assert "Traceback" not in answer.text


def test_a_micro_credential_from_first_draft_to_retirement(world: World, browser: Browsers) -> None:
    hers = browser(world.manager)
    values = {**draft_form(hers), **WRITTEN, "owner": str(NETWORK_ID), "do": "save"}
    made = send(hers, values)
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    assert "Nobody else sees it" in hers.get(path).text
    preview = hers.get(f"{path}/preview").text
    assert "Record it." in preview
    assert "<em>how</em>" in preview
    assert hers.submit(path, action="/publish").status_code == 303
    assert "Open to submissions" in hers.get(path).text
    again = {**draft_form(hers, f"{path}/draft"), "name": "Reading Louder", "do": "save"}
    assert send(hers, again, f"{path}/draft").status_code == 303
    told = hers.get(f"{path}/differences?before=1").text
    assert "Reading Louder" in told
    assert "1 thing is otherwise" in hers.get(path).text
    assert hers.submit(path, action="/publish").status_code == 303
    assert "Reading Louder" in hers.get(f"{path}/differences?before=1&after=2").text
    assert hers.get(f"{path}/differences?before=9").status_code == 404
    assert hers.get(f"{path}/preview").status_code == 404
    forms = [f for f in hers.forms(path) if f.action.endswith("/retire")]
    assert {form.values["number"] for form in forms} == {"1", "2"}
    old = next(form for form in forms if form.values["number"] == "2")
    assert send(hers, old.values, old.action).status_code == 303
    assert "It takes no more submissions." in hers.get(path).text
    assert "Reading Louder" in hers.get("/micro-credentials?state=retired").text
    assert "No micro-credential is like that." in hers.get("/micro-credentials?state=draft").text


def test_of_two_who_write_the_second_is_told_and_keeps_what_they_wrote(
    world: World, browser: Browsers
) -> None:
    path, hers = f"/micro-credentials/{world.micro}/draft", browser(world.manager)
    values = draft_form(hers, path)
    theirs = definition(name="Theirs")
    world.do(world.manager, ReviseMicroCredential(micro_credential=world.micro, definition=theirs))
    told = send(hers, {**values, "name": "Mine, which was long to write", "do": "save"}, path)
    assert told.status_code == 422
    assert "Somebody changed it in the meantime" in told.text
    assert 'value="Mine, which was long to write"' in told.text
    micro = world.app.store.read(MicroCredential, world.micro, "micro-credential")
    assert micro.draft == theirs


@pytest.mark.parametrize("role", ["administrator", "assessor", "educator", "auditor"])
def test_only_managers_write(world: World, browser: Browsers, role: str) -> None:
    theirs = browser(world.person(role, world.campus if role == "educator" else NETWORK_ID))
    for path in ("", "/new", f"/{world.micro}", f"/{world.micro}/draft", f"/{world.micro}/preview"):
        assert theirs.get(f"/micro-credentials{path}").status_code == 403, path


def test_only_those_of_ones_part(world: World, browser: Browsers) -> None:
    west = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    manager = world.person("programme-manager", world.do(world.administrator, west).id)
    theirs = browser(manager)
    assert theirs.get(f"/micro-credentials/{world.micro}").status_code == 404
    assert theirs.get(f"/micro-credentials/{world.micro}/draft").status_code == 404
    assert "Nothing was written yet." in theirs.get("/micro-credentials").text
