"""An administrator by forms: who works here, in which roles; inviting, importing, forgetting."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ledger.context import Caller
from ledger.people import NETWORK_ID, ConfirmProposal, Person, RegisterOrganization
from projections.people import persons
from tests.web.browser import Browser
from tests.world import World

Browsers = Callable[..., Browser]

EITHER, ONLY = {"programme-manager", "administrator"}, {"administrator"}
PAGES = {
    "/people": EITHER,
    "/people.csv": EITHER,
    "/people/new": ONLY,
    "/people/from-file": ONLY,
    "/units": ONLY,
    "/invitations/sent": ONLY,
    "/proposals": ONLY,
    "/deployment": ONLY,
}


def of_each_role(world: World) -> dict[str, Caller]:
    return {
        "programme-manager": world.manager,
        "administrator": world.administrator,
        "assessor": world.assessors[0],
        "educator": world.educator,
        "hiring-manager": world.person("hiring-manager", NETWORK_ID),
        "auditor": world.person("auditor", NETWORK_ID),
    }


def west(world: World) -> Any:
    command = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    return world.do(world.administrator, command).id


def test_each_page_is_for_whoever_may(world: World, browser: Browsers) -> None:
    person = f"/people/by-id/{world.educator.person}"
    pages = {**PAGES, person: EITHER, f"{person}/erasure": ONLY}
    for role, caller in of_each_role(world).items():
        theirs = browser(caller)
        for path, may in pages.items():
            answer = theirs.get(path)
            assert answer.status_code == (200 if role in may else 403), (role, path)
    nobody = browser()
    for path in pages:
        assert nobody.get(path).headers["location"].startswith("/sign-in?next=")


POSTS = {
    "/people/new": {"name": "Eve", "email": "eve@example.org", "home": str(NETWORK_ID)},
    "/people/from-file": {"table": "name,email,unit,roles\nEve,e@example.org,Oak,", "do": "apply"},
    "/people/by-id/{person}/roles": {"role": "auditor", "unit": str(NETWORK_ID)},
    "/people/by-id/{person}/invitation": {},
    "/people/by-id/{person}/erasure": {
        "ground": "requested-by-person",
        "reason": "Asked.",
        "do": "confirm",
    },
    "/units": {"name": "Elm", "parent": str(NETWORK_ID)},
}


def test_no_form_does_more_than_its_role_may(world: World, browser: Browsers) -> None:
    token = re.compile(r'name="_token" value="([0-9a-f]+)"')
    for role, caller in of_each_role(world).items():
        theirs = browser(caller)
        found = token.search(theirs.get("/verify").text)
        assert found is not None
        for path, values in POSTS.items():
            before = world.app.store.position()
            data = {**values, "_token": found[1], "_key": f"{role}{path}"}
            address = path.format(person=world.assessors[3].person)
            origin = {"Origin": str(theirs.base_url).rstrip("/")}
            answer = theirs.post(address, data=data, headers=origin)
            done = world.app.store.position() > before
            assert done == (role == "administrator"), (role, path, answer.status_code)
            if role == "administrator":
                continue
            assert answer.status_code == 403, (role, path)


def test_people_are_searched_and_no_address_names_one(world: World, browser: Browsers) -> None:
    found = world.person("educator", world.campus, name="José Núñez")
    hers = browser(world.administrator)
    answer = hers.submit("/people", {"words": "nunez"})
    assert answer.status_code == 200
    assert f"/people/by-id/{found.person}" in answer.text
    assert answer.text.count('<tr><th scope="row"') == 1
    assert "1 person with “<bdi>nunez</bdi>”" in answer.text
    assert "Nobody is like that." in hers.submit("/people", {"words": "zzz"}).text
    assert "nunez" not in str(answer.url)
    only = hers.get(f"/people?role=assessor&unit={world.campus}").text
    assert "Nobody is like that." in only
    assert hers.get("/people?role=nonsense&unit=x&page=99999999").status_code == 200


def test_somebody_is_registered_invited_and_given_a_role(world: World, browser: Browsers) -> None:
    hers = browser(world.administrator)
    answers = {"name": "Ana Álvarez", "email": "ana@example", "home": str(world.campus)}
    wrong = hers.submit("/people/new", {**answers, "role": ["educator"]})
    assert wrong.status_code == 422
    assert 'value="Ana Álvarez"' in wrong.text, "what was typed is kept"
    assert 'href="#email"' in wrong.text
    answers["email"] = "ana@example.org"
    done = hers.submit("/people/new", {**answers, "role": ["educator"]})
    assert done.status_code == 303
    path = done.headers["location"]
    assert "Has not begun" in hers.get(path).text
    twice = hers.submit("/people/new", answers)
    assert "Somebody is registered with this address already" in twice.text
    invited = hers.submit(path, action="/invitation")
    assert invited.status_code == 200
    assert "/invitations" in invited.text
    assert invited.headers["cache-control"] == "no-store"
    assert "They have not used their invitation yet." in hers.get(path).text
    assert "Ana Álvarez" in hers.get("/invitations/sent?state=open").text
    withdrawn = hers.submit(path, action="/invitation/withdraw")
    assert withdrawn.status_code == 303
    assert "Ana Álvarez" in hers.get("/invitations/sent?state=withdrawn").text
    assert "No invitation is like that." in hers.get("/invitations/sent?state=open").text


def roles_form(hers: Browser, path: str, *, gives: bool) -> Any:
    forms = [f for f in hers.forms(path) if f.action.endswith("/roles")]
    (form,) = [f for f in forms if ("role" in f.values) == gives]
    return form


def test_roles_are_given_and_taken_by_somebody_fresh(world: World, browser: Browsers) -> None:
    person = world.person("educator", world.campus)
    path, hers = f"/people/by-id/{person.person}", browser(world.administrator)
    form = roles_form(hers, path, gives=True)
    origin = {"Origin": str(hers.base_url).rstrip("/")}
    values = {**form.values, "role": "assessor", "unit": str(NETWORK_ID)}
    assert hers.post(form.action, data=values, headers=origin).status_code == 303
    stale = {**values, "_key": "another", "role": "auditor"}
    told = hers.post(form.action, data=stale, headers=origin)
    assert (told.status_code, "Somebody changed it" in told.text) == (422, True)
    assert person.person is not None
    read = world.app.store.read(Person, person.person, "person")
    assert ("assessor", NETWORK_ID) in read.grants
    own = roles_form(hers, path, gives=False)
    ended = {**own.values, "end": f"assessor {NETWORK_ID}"}
    assert hers.post(own.action, data=ended, headers=origin).status_code == 303
    read = world.app.store.read(Person, person.person, "person")
    assert ("assessor", NETWORK_ID) not in read.grants
    bad = {**own.values, "_key": "b", "end": "nonsense x"}
    assert hers.post(own.action, data=bad, headers=origin).status_code == 422
    world.clock.now += timedelta(minutes=11)
    again = hers.post(own.action, data={**own.values, "_key": "c"}, headers=origin)
    assert again.headers["location"].startswith("/sign-in/again")


def test_a_file_is_looked_at_and_then_done(world: World, browser: Browsers) -> None:
    hers = browser(world.administrator)
    data = (
        "name,email,unit,roles\n"
        "Ana <b>,ana@example.org,Oak,educator\n"
        "Bo,bo,Oak,\n"
        '"Cy, the\nsecond",cy@example.org,Oak,educator; assessor\n'
    )
    files = {"file": ("people.csv", data.encode("utf-8-sig"), "text/csv")}
    looked = hers.submit("/people/from-file", files=files)
    assert looked.status_code == 200
    assert "New people: 2." in looked.text
    assert "This is not an e-mail address." in looked.text
    assert "Ana &lt;b&gt;" in looked.text
    assert "Do it for 2 people" in looked.text
    area = looked.text.partition("hidden readonly>\n")[2]
    assert area.partition("</textarea>")[0].startswith("name,email")
    (form,) = [f for f in hers.forms("/people/from-file") if f.action.endswith("/from-file")]
    origin = {"Origin": str(hers.base_url).rstrip("/")}
    sent = {**form.values, "table": data.replace("\n", "\r\n"), "do": "apply"}
    done = hers.post("/people/from-file", data=sent, headers=origin)
    assert "What was done" in done.text
    assert "New people: 2." in done.text
    again = hers.post("/people/from-file", data=sent, headers=origin)
    assert "As they are already: 2." in again.text
    with world.app.views.reading("persons") as connection:
        assert persons.count(connection) > 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "Choose a file."),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"name;email\n1;2\n", "names no column"),
        (b"a" * (256 * 1024 + 1), "too large"),
        (b'name,email,unit,roles\n"x', "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_told_in_words(
    world: World, browser: Browsers, data: bytes | None, words: str
) -> None:
    hers = browser(world.administrator)
    files = {"file": ("people.csv", data, "text/csv")} if data is not None else {}
    answer = hers.submit("/people/from-file", files=files)
    assert answer.status_code == 422
    assert words in answer.text
    assert "There is a problem" in answer.text


def test_units_are_a_tree_that_grows(world: World, browser: Browsers) -> None:
    hers = browser(world.administrator)
    page = hers.get("/units").text
    assert page.index("Harmony") < page.index("East") < page.index("Oak")
    assert hers.submit("/units", {"name": "", "parent": str(NETWORK_ID)}).status_code == 422
    done = hers.submit("/units", {"name": "West", "parent": str(NETWORK_ID)})
    assert done.status_code == 303
    assert "<small>District" in hers.get("/units").text


def test_a_person_is_forgotten_by_two(world: World, browser: Browsers) -> None:
    person = world.person("educator", world.campus, name="Wilhelmina Quuxworthy")
    path, hers = f"/people/by-id/{person.person}/erasure", browser(world.administrator)
    assert hers.submit(path, {"ground": "no-legal-basis"}).status_code == 422
    answers = {"ground": "requested-by-person", "reason": "They asked\nin a letter."}
    check = hers.submit(path, {**answers, "do": "check"})
    assert "Check your answers" in check.text
    assert hers.submit(path, {**answers, "do": "confirm"}).headers["location"] == "/proposals"
    own = hers.get("/proposals").text
    assert "Wilhelmina Quuxworthy" in own
    assert "They asked" in own
    assert "/confirm" not in own, "who proposed it does not agree to it"
    other = world.person("administrator", NETWORK_ID)
    theirs = browser(other)
    refused = theirs.submit("/proposals", {"reason": ""}, action="/refuse")
    assert refused.status_code == 422
    assert theirs.submit("/proposals", action="/confirm").status_code == 303
    assert "agreed" in theirs.get("/proposals").text
    stopped = hers.submit("/proposals", {"reason": "Changed their mind."}, action="/stop")
    assert stopped.status_code == 303
    assert "Nothing is proposed." in hers.get("/proposals").text


def test_of_two_who_answer_the_second_is_told(world: World, browser: Browsers) -> None:
    person = world.person("educator", world.campus)
    answers = {"ground": "requested-by-person", "reason": "Asked.", "do": "confirm"}
    browser(world.administrator).submit(f"/people/by-id/{person.person}/erasure", answers)
    one, two = (world.person("administrator", NETWORK_ID) for _ in range(2))
    late = browser(two)
    (form,) = [f for f in late.forms("/proposals") if f.action.endswith("/refuse")]
    proposal = form.action.split("/")[-2]
    world.do(one, ConfirmProposal.model_validate({"proposal": proposal}))
    origin = {"Origin": str(late.base_url).rstrip("/")}
    told = late.post(form.action, data={**form.values, "reason": "No."}, headers=origin)
    assert told.status_code == 422
    assert "The proposal is confirmed" in told.text


def test_nobody_reaches_beyond_their_part(world: World, browser: Browsers) -> None:
    theirs = browser(world.person("administrator", west(world)))
    person = f"/people/by-id/{world.educator.person}"
    assert theirs.get(person).status_code == 404
    assert theirs.get(f"{person}/erasure").status_code == 404
    assert theirs.get(f"/people?unit={world.campus}").status_code == 403
    assert theirs.get("/deployment").status_code == 403
    assert "Oak" not in theirs.get("/units").text


def test_the_deployment_in_words(world: World, browser: Browsers) -> None:
    page = browser(world.administrator).get("/deployment").text
    assert "Keys that sign badges" in page
    assert "Ed25519" in page
    assert "Nothing is set aside." in page
