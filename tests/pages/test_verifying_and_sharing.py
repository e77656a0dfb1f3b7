"""Whoever relies on a badge, and whoever hands theirs on: looked at, with scripts and without."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Page

from api.sharing import make_link
from ledger.bus import Request
from tests.pages.house import House


@contextmanager
def another_site(html: str) -> Iterator[str]:
    """Somebody else's page, at an address of theirs."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: Any) -> None:
            """Not on the test's output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def sent(page: Page, text: str, recipient: str = "") -> None:
    """Fill in the form of /verify and send it."""
    page.fill("#text", text)
    page.fill("#recipient", recipient)
    page.click("main form button[type=submit]")


def badge(house: House, name: str) -> str:
    return house.world.app.site.badge(house.names[name])


def test_the_verdict_is_the_first_thing_on_a_phone(house: House) -> None:
    for name, words, who in (
        ("award", "Authentic and in force", ""),
        ("revoked", "Revoked", ""),
        ("suspended", "On hold", ""),
        ("award", "Authentic, but not awarded to this person", "nobody@example.org"),
    ):
        for javascript in (True, False):
            with house.open("/verify", width=390, javascript=javascript) as page:
                sent(page, badge(house, name), who)
                band = page.locator(".band").first
                assert words in band.inner_text()
                box = band.bounding_box()
                assert box is not None
                assert box["y"] + box["height"] < 500, (name, box)
                if javascript:
                    assert house.judge(page) == []
                    house.photograph(page, f"verified-{name}{'-other' if who else ''}")


def test_what_is_no_badge_and_what_was_forgotten(house: House) -> None:
    with house.open("/verify", width=390) as page:
        sent(page, "hello there")
        assert "This is not a badge" in page.locator(".band").inner_text()
        assert page.locator("table.checks").count() == 0
        assert house.judge(page) == []
        house.photograph(page, "verified-no-badge")
        sent(page, "")
        assert "Give an address" in page.locator(".summary").inner_text()
        assert house.judge(page) == []


def test_many_are_shown_as_they_are_found_without_scripts(house: House) -> None:
    listed = "\n".join([badge(house, "award"), badge(house, "revoked"), "https://10.0.0.1/x"])
    for javascript in (False, True):
        with house.open("/verify", width=390, javascript=javascript) as page:
            sent(page, listed)
            page.wait_for_url("**/verify/job_*")
            page.wait_for_selector("meta[http-equiv=refresh]", state="detached", timeout=30_000)
            rows = page.locator("table.rows tbody tr")
            assert rows.count() == 3
            assert "Revoked" in rows.nth(1).inner_text()
            if javascript:
                assert house.judge(page) == []
                house.photograph(page, "verified-many")


def test_what_a_holder_hands_on(house: House) -> None:
    educator, award = house.world.educator, house.names["award"]
    app = house.world.app
    chosen = (award, house.names["revoked"])
    link = make_link(app, Request(educator), chosen, "For Oak High", 30, True)
    house.look_at("share", f"/badges/{award}/share", educator)
    house.look_at("links", "/me/links", educator)
    house.look_at("shared", f"/shared/{link.secret}")


def test_a_link_is_made_and_copied(house: House) -> None:
    with house.open(f"/me/links?award={house.names['award']}", house.world.educator) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.fill("#label", "For Elm")
        page.click("text=Make the link")
        address = page.input_value("#address")
        assert "/shared/see_" in address
        page.click("button:text-is('Copy')")
        page.wait_for_selector("button:text-is('Copied')")
        assert page.evaluate("navigator.clipboard.readText()") == address
        assert house.judge(page) == []
        house.photograph(page, "link-made")


def test_only_the_embedded_badge_is_framed_by_others(house: House) -> None:
    award = house.names["award"]
    paths = (f"/badges/{award}/embed", f"/badges/{award}")
    frames = "".join(f'<iframe src="{house.base}{path}"></iframe>' for path in paths)
    with house.open("/") as page, another_site(frames) as stranger:
        page.goto(stranger)
        page.wait_for_timeout(1500)
        shown = [frame.url.startswith(house.base) for frame in page.frames[1:]]
        assert shown == [True, False], [frame.url for frame in page.frames]
