"""A badge is handed on from its page; its holder makes private links and ends them."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from pypdf import PdfReader

from tests.web.browser import Browser
from tests.world import World, definition

Browsing = Callable[..., Browser]


@pytest.fixture
def award(world: World) -> str:
    made = str(world.award(micro=world.publish(definition(name="Wait Time", valid_months=12))))
    world.app.views.catch_up()
    return made


def test_everybody_finds_every_way(browser: Browsing, world: World, award: str) -> None:
    page = unescape(browser().get(f"/badges/{award}").text)
    address = world.app.site.badge(award)
    assert f'readonly value="{address}"' in page
    for suffix in (".pdf", ".png", ".svg", ".json", ".jwt", "/receipt", "/qr.png", "/embed"):
        assert f'href="/badges/{award}{suffix}"' in page, suffix
    assert f'<iframe src="{address}/embed" title="Wait Time"' in page
    assert "mailto:?subject=My%20badge%3A%20Wait%20Time" in page
    start = page.index("https://www.linkedin.com/profile/add")
    asked = parse_qs(urlsplit(page[start : page.index('"', start)]).query)
    assert asked["name"] == ["Wait Time"]
    assert asked["organizationName"] == ["Harmony"]
    assert asked["certUrl"] == [address]
    assert (asked["issueYear"], asked["issueMonth"]) == (["2026"], ["3"])
    assert asked["expirationYear"] == ["2027"]


def test_linkedin_knows_the_organization_by_its_number(
    browser: Browsing, world: World, award: str
) -> None:
    world.app.settings.linkedin_organization = "1234"
    page = unescape(browser().get(f"/badges/{award}").text)
    assert "organizationId=1234" in page
    assert "organizationName" not in page


def test_what_only_its_holder_hands_on(browser: Browsing, world: World, award: str) -> None:
    path = f"/badges/{award}/share"
    assert browser().get(path).headers["location"].startswith("/sign-in?next=")
    other = browser(world.manager)
    assert other.get(path).headers["location"] == f"/badges/{award}"
    assert other.get(f"{path}/certificate.pdf").status_code == 404
    own = browser(world.educator)
    assert "Certificate with my name" in own.get(path).text
    named = own.get(f"{path}/certificate.pdf")
    assert named.headers["cache-control"] == "no-store"
    assert "Sam Synthetic" in PdfReader(io.BytesIO(named.content)).pages[0].extract_text()


def test_a_private_link_from_making_to_its_end(browser: Browsing, world: World, award: str) -> None:
    own, anybody = browser(world.educator), browser()
    form = f"/me/links?award={award}"
    made = own.submit(
        form, {"awards": award, "label": "For Oak", "days": "7", "named": "yes"}, "/me/links"
    )
    assert made.status_code == 200, made.text
    assert "shown this once" in made.text
    start = made.text.index("http://localhost:8000/shared/")
    address = made.text[start : made.text.index('"', start)]
    seen = anybody.get(address)
    assert "Badges of <bdi>Sam Synthetic</bdi>" in seen.text
    assert "Wait Time" in seen.text
    listed = own.get("/me/links").text
    assert "For Oak" in listed
    assert address not in listed
    ended = own.submit("/me/links", {}, "/end")
    assert ended.headers["location"] == "/me/links"
    assert "The link has ended" in own.get("/me/links").text
    assert anybody.get(address).status_code == 404


def test_a_form_that_lacks_something_says_so_and_keeps_the_rest(
    browser: Browsing, world: World, award: str
) -> None:
    own = browser(world.educator)
    form = "/me/links"
    empty = own.submit(form, {"awards": None, "label": "For Oak"}, "/me/links")
    assert empty.status_code == 422
    assert "Choose at least one badge." in empty.text
    assert 'value="For Oak"' in empty.text
    unnamed = own.submit(form, {"awards": award, "label": ""}, "/me/links")
    assert unnamed.status_code == 422
    strange = own.submit(form, {"awards": award, "label": "x", "days": "9999"}, "/me/links")
    assert strange.status_code == 422


def test_nobody_without_a_badge_is_asked_to_choose_one(browser: Browsing, world: World) -> None:
    page = browser(world.person("educator", world.campus)).get("/me/links").text
    assert "You have no badges yet." in page
