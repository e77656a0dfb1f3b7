"""Passkeys with Chromium's virtual authenticator: made by invitation, used, replayed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from ledger.people import Account
from tests.ledger.whole_log import events_of
from tests.web.signin.people import invitation
from tests.web.signin.served import serving
from tests.world import World

PHOTOS = os.environ.get("TESTAMUR_PHOTOS", "")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[World]:
    with serving(tmp_path / "home") as world:
        world.clock.catch_up()
        yield world


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = made.new_context(locale="en").new_page()
        opened.set_default_timeout(60_000)
        yield opened
        made.close()


def authenticator(page: Page) -> None:
    """A device with a fingerprint reader."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def photo(page: Page, name: str) -> None:
    """For whoever looks at the pages: TESTAMUR_PHOTOS names a folder."""
    if not PHOTOS:
        return
    for width in (1280, 390):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=f"{PHOTOS}/{name}-{width}-{scheme}.png", full_page=True)


def test_a_passkey_from_invitation_to_sign_in(served: World, page: Page) -> None:
    authenticator(page)
    base = served.app.site.base_url
    page.goto(base + invitation(served, served.educator))
    photo(page, "begin")
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url("**/home")
    page.goto(f"{base}/me/sign-in")
    photo(page, "own")
    assert "This device" in page.content()
    page.goto(f"{base}/me/sign-in/passkey")
    photo(page, "passkey")
    page.goto(f"{base}/me/sign-in/codes")
    photo(page, "codes")
    page.goto(f"{base}/me/sign-in/recovery")
    page.get_by_role("button", name="Make new codes").click()
    photo(page, "recovery-codes")
    page.goto(f"{base}/me/sign-in/tokens/new")
    photo(page, "token")
    page.goto(f"{base}/me/sign-in")
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.post_data or "") if "passkey" in r.url else None)
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    # The browser offers the passkey by itself, and this device's finger is always on the reader.
    page.wait_for_url("**/home")
    how = [type(e).__name__ for e in events_of(served) if isinstance(e, Account.SignedIn)]
    assert len(how) >= 2
    answer = next(text for text in sent if "answer=" in text)
    _is_not_taken_twice(served, page, answer)


def _is_not_taken_twice(world: World, page: Page, answer: str) -> None:
    """What the browser sent is sent again, from its own page: the challenge was used."""
    status = page.evaluate(
        """async (body) => (await fetch("/sign-in/passkey", {method: "POST", body,
           headers: {"Content-Type": "application/x-www-form-urlencoded"}})).status""",
        answer,
    )
    assert status in (403, 422)


def test_the_pages_work_without_a_script(served: World, browser_without: Page) -> None:
    page, base = browser_without, served.app.site.base_url
    page.goto(base + invitation(served, served.educator))
    assert not page.get_by_role("button", name="Make a passkey").is_visible()
    page.locator("input[name=password]").fill("violet lamp under the bridge")
    page.get_by_role("button", name="Set this password").click()
    page.wait_for_url("**/home")


@pytest.fixture
def browser_without(chromium: str) -> Iterator[Page]:
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = made.new_context(locale="en", java_script_enabled=False).new_page()
        opened.set_default_timeout(60_000)
        yield opened
        made.close()
