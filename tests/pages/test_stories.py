"""Each person's story, from the link in an invitation to the last page, told by hand in a browser.

Nobody is handed a session, and nothing is done but on pages. With JavaScript at a desk in English;
without, on a phone, in Spanish. What is clicked is found by where its form leads, so that one story
is told in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from api.access import send_invitation
from ledger.bus import Request
from ledger.context import SYSTEM
from ledger.people import NETWORK_ID
from tests.pages.house import House
from tests.world import definition

PASSWORD = "four quiet rivers in March"


@dataclass
class Teller:
    """Opens a browser for each person, and does on pages what a person does."""

    base: str
    chromium: Browser
    javascript: bool
    width: int
    language: str
    open: ExitStack = field(default_factory=ExitStack)

    def somebody(self) -> Page:
        """A browser of somebody's own, in which nobody is signed in."""
        context: BrowserContext = self.chromium.new_context(
            viewport={"width": self.width, "height": 900},
            locale=self.language,
            java_script_enabled=self.javascript,
        )
        context.set_default_timeout(20_000)
        self.open.callback(context.close)
        return context.new_page()

    def begin(self, link: str) -> Page:
        """By the link of an invitation, with a password."""
        page = self.somebody()
        page.goto(link)
        page.fill("#password", PASSWORD)
        self.send(page, urls=link, which=-1)
        self.speaks(page)
        return page

    def go(self, page: Page, path: str) -> None:
        answer = page.goto(self.base + path)
        assert answer is not None, path
        assert answer.status == 200, (path, answer.status)
        self.speaks(page)

    def send(self, page: Page, urls: str, which: int = 0, button: str = "") -> None:
        """Send the form that leads to an address of ours."""
        action = urls.removeprefix(self.base)
        forms = page.locator(f'form[action="{action}"]')
        form = forms.last if which < 0 else forms.nth(which)
        with page.expect_navigation():
            form.locator(button or "button[type=submit]").first.click()

    def speaks(self, page: Page) -> None:
        assert page.locator("html").get_attribute("lang") == self.language, page.url

    def id_in(self, page: Page) -> str:
        """The id in a page's address."""
        found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", page.url)
        assert found is not None, page.url
        return found[0]


@pytest.fixture(
    params=[(True, 1280, "en"), (False, 390, "es")], ids=["a-desk", "a-phone-without-scripts"]
)
def teller(house: House, request: pytest.FixtureRequest) -> Iterator[Teller]:
    javascript, width, language = request.param
    made = Teller(house.base, house.chromium, javascript, width, language)
    with made.open:
        yield made


def test_from_an_invitation_to_a_badge_that_was_checked(house: House, teller: Teller) -> None:
    world = house.world
    world.clock.catch_up()
    micro = world.publish(definition(name=f"Asking Good Questions, {teller.language}"))
    first = world.person("administrator", NETWORK_ID, "Ada Administrator")
    assert first.person is not None
    sent = send_invitation(world.app, Request(SYSTEM), first.person, 7)
    administrator = teller.begin(f"{house.base}/invitations/{sent.secret}")
    invited = {
        role: _register(house, teller, administrator, role, unit)
        for role, unit in (
            ("educator", world.campus),
            ("assessor", NETWORK_ID),
            ("programme-manager", NETWORK_ID),
            ("auditor", NETWORK_ID),
        )
    }
    educator = teller.begin(invited["educator"])
    submission = _hand_in(teller, educator, micro)
    manager = teller.begin(invited["programme-manager"])
    _qualify(teller, manager, _called("assessor", teller), micro)
    assessor = teller.begin(invited["assessor"])
    _assess(house, teller, assessor, micro)
    _award(house, teller, manager, submission)
    badge, link = _share(house, teller, educator)
    _rely_on_it(teller, badge, link, _address("educator", teller))
    _audit(teller, teller.begin(invited["auditor"]))


def _called(role: str, teller: Teller) -> str:
    return f"Story {role.title()} {teller.language}"


def _address(role: str, teller: Teller) -> str:
    return f"{role}.{teller.language}@story.example.org"


def _register(house: House, teller: Teller, page: Page, role: str, unit: UUID) -> str:
    """An administrator registers somebody and gives them the link of their invitation."""
    teller.go(page, "/people/new")
    page.fill("#name", _called(role, teller))
    page.fill("#email", _address(role, teller))
    page.select_option("#home", str(unit))
    page.check(f'input[name="role"][value="{role}"]')
    teller.send(page, "/people/new")
    person = teller.id_in(page)
    house.world.app.views.catch_up()
    teller.go(page, f"/people/by-id/{person}")
    teller.send(page, f"/people/by-id/{person}/invitation")
    teller.speaks(page)
    return page.locator("#link").input_value()


def _hand_in(teller: Teller, page: Page, micro: UUID) -> str:
    """An educator finds it in the catalogue, writes, checks and hands in."""
    teller.go(page, "/catalogue?q=Asking")
    page.locator(f'main a[href="/achievements/{micro}"]').first.click()
    page.locator(f'main a[href^="/start/{micro}/"]').first.click()
    teller.send(page, page.url)
    submission = teller.id_in(page)
    here = f"/submissions/{submission}"
    teller.go(page, f"{here}/parts/reflection")
    page.fill("#words", "I asked **fewer** questions, and waited longer.")
    teller.send(page, f"{here}/parts/reflection")
    teller.go(page, f"{here}/check")
    page.fill("#statement", "I learned to wait for the answer.")
    teller.send(page, f"{here}/check")
    assert page.locator(".summary").is_visible(), "the attestation is asked for"
    assert page.locator("#statement").input_value() == "I learned to wait for the answer."
    page.check("#attested")
    teller.send(page, f"{here}/check")
    teller.speaks(page)
    teller.go(page, here)
    return submission


def _qualify(teller: Teller, page: Page, assessor: str, micro: UUID) -> None:
    """A programme manager lets the new assessor judge it."""
    teller.go(page, "/assessors")
    page.select_option("select#person", label=assessor)
    page.select_option("select#micro_credential", str(micro))
    teller.send(page, "/assessors", which=-1)


def _assess(house: House, teller: Teller, page: Page, micro: UUID) -> None:
    """An assessor takes it, reads it, judges it and seals the review."""
    house.world.app.views.catch_up()
    teller.go(page, "/queue")
    taking = page.locator(f'form:has(input[name="micro"][value="{micro}"])')
    with page.expect_navigation():
        taking.locator("button").click()
    review = teller.id_in(page)
    assert _called("educator", teller) not in page.content()
    for criterion in ("practice", "impact"):
        page.check(f'input[name="level-{criterion}"][value="shown"]')
    teller.send(page, f"/reviews/{review}", button="button[value=check]")
    teller.send(page, f"/reviews/{review}/check")
    teller.speaks(page)
    teller.go(page, "/my/reviews")


def _award(house: House, teller: Teller, page: Page, submission: str) -> None:
    """A programme manager awards what was accepted."""
    house.world.app.views.catch_up()
    teller.go(page, "/submissions")
    teller.go(page, "/awards/waiting")
    page.check(f"#submission-{submission}")
    teller.send(page, "/awards/waiting")
    house.world.app.views.catch_up()
    teller.go(page, "/awards")


def _share(house: House, teller: Teller, page: Page) -> tuple[str, str]:
    """The educator looks at the badge and makes a private link to it."""
    teller.go(page, "/my/badges")
    page.locator('main a[href^="/badges/"]').first.click()
    badge = teller.id_in(page)
    teller.go(page, f"/badges/{badge}/share")
    teller.go(page, "/me/links")
    page.check(f'input[name="awards"][value="{badge}"]')
    page.fill("#label", "East High")
    teller.send(page, "/me/links")
    return f"{house.base}/badges/{badge}", page.locator("#address").input_value()


def _rely_on_it(teller: Teller, badge: str, link: str, address: str) -> None:
    """A hiring manager, who needs no account, opens the link and checks whose the badge is."""
    page = teller.somebody()
    page.goto(link)
    teller.speaks(page)
    teller.go(page, "/verify")
    page.fill("#text", badge)
    page.fill("#recipient", "somebody.else@example.org")
    teller.send(page, "/verify")
    assert page.locator(".band.red").count() == 1
    page.fill("#text", badge)
    page.fill("#recipient", address)
    teller.send(page, "/verify")
    assert page.locator(".band.green").count() == 1, page.locator("main").inner_text()
    teller.speaks(page)


def _audit(teller: Teller, page: Page) -> None:
    """An auditor starts an audit, follows it to its end, and reads that history holds."""
    teller.go(page, "/audit")
    teller.send(page, "/audit")
    for _ in range(120):
        if page.locator(".band.green, .band.red").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    assert page.locator(".band.green").count(), page.locator("main").inner_text()
    teller.speaks(page)
