"""What the public sees of badges: the verdict first, whose it is, what was withdrawn and why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from ledger.awards import RevokeAward, SuspendAward
from ledger.people import PublishProfile
from tests.web.browser import Browser
from tests.world import World, definition


def test_a_badge_says_whose_it_is_or_that_its_holder_does_not(
    world: World, browser: Callable[..., Browser]
) -> None:
    award, reader = world.award(), browser()
    world.app.views.catch_up()
    page = reader.get(f"/badges/{award}").text
    assert "Its holder chose not to say here whose it is." in page
    assert "Sam Synthetic" not in page
    world.do(world.educator, PublishProfile(public=True))
    world.app.views.catch_up()
    assert "Awarded to" in (page := reader.get(f"/badges/{award}").text)
    assert "<bdi>Sam Synthetic</bdi>" in page


def test_the_verdict_comes_before_everything_else(
    world: World, browser: Callable[..., Browser]
) -> None:
    award, reader = world.award(), browser()
    world.app.views.catch_up()
    page = reader.get(f"/badges/{award}").text
    main = page[page.index("<main") :]
    order = [main.index(part) for part in ("Authentic and in force", "<img", "What was shown")]
    assert order == sorted(order)


def test_a_revoked_badge_is_stamped_with_date_and_reason(
    world: World, browser: Callable[..., Browser]
) -> None:
    """Also where its status list knows suspensions only."""
    reader = browser()
    for suspendable in (False, True):
        micro = world.publish(definition(name=f"Of {suspendable}", suspendable=suspendable))
        award = world.award(micro=micro)
        revoked = RevokeAward(award=award, reason="issued-in-error", note="Private words.")
        world.do(world.manager, revoked)
        world.app.views.catch_up()
        page = reader.get(f"/badges/{award}").text
        assert re.search(r'<h2 id="verdict">Revoked</h2>', page)
        assert "Revoked on 2 March 2026: it was issued in error." in page
        assert 'class="stamp red"' in page
        assert "Private words" not in page
        assert "Authentic and in force" not in page
    spanish = reader.get(f"/badges/{award}", headers={"Accept-Language": "es"}).text
    assert "Revocada el 2 de marzo de 2026: se emitió por error." in spanish


def test_a_suspended_badge_is_on_hold(world: World, browser: Callable[..., Browser]) -> None:
    award = world.award(micro=world.publish(definition(name="Held", suspendable=True)))
    reader = browser()
    held = SuspendAward(award=award, reason="under-investigation", note="Private.")
    world.do(world.manager, held)
    world.app.views.catch_up()
    page = reader.get(f"/badges/{award}").text
    assert "On hold since 2 March 2026: it is being looked into." in page
    assert 'class="stamp amber"' in page


def test_data_for_search_engines_ends_no_element(
    world: World, browser: Callable[..., Browser]
) -> None:
    hostile = "</script><script>alert(1)</script>"
    micro = world.publish(definition(name=hostile))
    world.app.views.catch_up()
    page = browser().get(f"/achievements/{micro}").text
    assert "<script>" not in page
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert json.loads(data)["name"] == hostile


def test_what_software_asks_for(world: World, browser: Callable[..., Browser]) -> None:
    reader = browser()
    robots = reader.get("/robots.txt")
    assert robots.headers["content-type"].startswith("text/plain")
    assert "Disallow: /v1/" in robots.text
    assert reader.get("/favicon.ico").content.startswith(b"\x00\x00\x01\x00")
    issuer = reader.get("/issuer").text
    assert world.app.site.issuer in issuer
    style = re.findall(r'href="(/static/[^"]+\.css\?v=[0-9a-f]{12})"', issuer)
    assert len(style) == 4
    for address in style:
        assert "immutable" in reader.get(address).headers["cache-control"]


def test_an_educator_begins_from_the_micro_credentials_page(
    world: World, browser: Callable[..., Browser]
) -> None:
    address = f"/achievements/{world.micro}"
    start = f"/start/{world.micro}/1"
    nobody, educator = browser(), browser(world.educator)
    world.app.views.catch_up()
    assert f'href="/sign-in?next={start}"' in nobody.get(address).text
    assert f'href="{start}"' in educator.get(address).text
    assert educator.get(start).status_code == 200
    assert start not in browser(world.assessors[0]).get(address).text
