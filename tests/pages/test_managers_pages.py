"""What programme managers and administrators look at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.assessment import ClaimReview
from ledger.catalogue import DefineMicroCredential, PublishMicroCredential, ReviseMicroCredential
from ledger.people import NETWORK_ID, ProposeErasure, SendInvitation
from ledger.people.access_tokens import secret_id
from tests.pages.house import House
from tests.world import definition


@pytest.fixture(scope="module")
def busy(house: House) -> House:
    """A house in which much goes on."""
    world, names = house.world, house.names
    people = [
        world.person("educator", world.campus, name)
        for name in ("Ana Álvarez", "Benjamin Okonkwo-Featherstonehaugh", "Chen Li", "Dee Park")
    ]
    names["submitted"] = world.submitted(people[0])
    names["reviewed"] = world.submitted(people[1])
    world.do(world.assessors[1], ClaimReview(submission=names["reviewed"]))
    names["accepted"] = world.accepted(people[2])
    names["decided"] = world.submitted(people[3])
    world.review(names["decided"], meets=False)
    names["person"] = people[0].person  # type: ignore[assignment]
    written = definition(name="Reading Aloud", valid_months=36)
    made = DefineMicroCredential(owner=NETWORK_ID, definition=written)
    names["written"] = world.do(world.manager, made).id
    world.do(world.manager, PublishMicroCredential(micro_credential=names["written"]))
    newer = definition(name="Reading Aloud to All", reviews_required=2, tags=("reading",))
    revised = ReviseMicroCredential(micro_credential=names["written"], definition=newer)
    world.do(world.manager, revised)
    invitation = SendInvitation(
        invitation=secret_id("x"),
        person=names["person"],
        expires=world.clock.now + timedelta(days=7),
    )
    world.do(world.administrator, invitation)
    wish = ProposeErasure(
        person=names["person"], ground="requested-by-person", reason="They asked in a letter."
    )
    world.do(world.person("administrator", NETWORK_ID, "Olga Other"), wish)
    world.app.views.catch_up()
    return house


MANAGER = [
    ("submissions", "/submissions"),
    ("submissions-none", "/submissions?state=upheld"),
    ("submission-waiting", "/submissions/{submitted}"),
    ("submission-reviewed", "/submissions/{reviewed}"),
    ("submission-decided", "/submissions/{decided}"),
    ("assessors", "/assessors"),
    ("awards", "/awards"),
    ("awards-waiting", "/awards/waiting"),
    ("award", "/awards/{award}"),
    ("award-suspended", "/awards/{suspended}"),
    ("award-revoke", "/awards/{award}/revoke"),
    ("micro-credentials", "/micro-credentials"),
    ("micro-credential-written", "/micro-credentials/{written}"),
    ("micro-credential-draft", "/micro-credentials/{written}/draft"),
    ("micro-credential-preview", "/micro-credentials/{written}/preview"),
    ("micro-credential-differences", "/micro-credentials/{written}/differences?before=1"),
]

ADMINISTRATOR = [
    ("people", "/people"),
    ("people-new", "/people/new"),
    ("people-from-file", "/people/from-file"),
    ("person-overseen", "/people/by-id/{person}"),
    ("person-erasure", "/people/by-id/{person}/erasure"),
    ("units", "/units"),
    ("invitations-sent", "/invitations/sent"),
    ("proposals", "/proposals"),
    ("deployment", "/deployment"),
]


@pytest.mark.parametrize(("name", "path"), MANAGER)
def test_a_programme_managers_page(busy: House, name: str, path: str) -> None:
    busy.look_at(name, path.format(**busy.names), busy.world.manager)


@pytest.mark.parametrize(("name", "path"), ADMINISTRATOR)
def test_an_administrators_page(busy: House, name: str, path: str) -> None:
    busy.look_at(name, path.format(**busy.names), busy.world.administrator)


def test_a_form_that_was_refused(busy: House) -> None:
    path = "/micro-credentials/new"
    with busy.open(path, busy.world.manager, javascript=False) as page:
        page.get_by_role("button", name="Add a part").click()
        page.get_by_role("heading", name="Part 2").wait_for()
        page.locator("main").get_by_role("button", name="Keep the draft").last.click()
        page.get_by_role("heading", name="There is a problem").wait_for()
        busy.photograph(page, "micro-credential-refused")


def test_people_from_a_file_line_by_line(busy: House) -> None:
    data = b"name,email,unit,roles\nEva,eva@example.org,Oak,educator\nBo,bo,Oak,\n"
    with busy.open("/people/from-file", busy.world.administrator) as page:
        given = {"name": "people.csv", "mimeType": "text/csv", "buffer": data}
        page.locator("input[type=file]").set_input_files(given)  # type: ignore[arg-type]
        page.get_by_role("button", name="Look at it").click()
        page.get_by_text("New people: 1.").wait_for()
        assert not busy.judge(page)
        busy.photograph(page, "people-from-file-rows")
        page.get_by_role("button", name="Do it for 1 person").click()
        page.get_by_role("heading", name="What was done").wait_for()


def test_an_award_is_revoked_by_keyboard_alone(busy: House) -> None:
    world = busy.world
    award = world.award(world.person("educator", world.campus, "Rae Voked"))
    with busy.open(f"/awards/{award}/revoke", world.manager) as page:
        page.get_by_label("A question of integrity").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("Copied from a colleague.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Check your answers").wait_for()
        assert not busy.judge(page)
        busy.photograph(page, "award-revoke-check")
        page.locator("main").get_by_role("button", name="Revoke").click()
        page.get_by_role("heading", name="Revoked").wait_for()
