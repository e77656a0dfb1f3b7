"""A house to look at: a served deployment with people in it, and a real Chromium in front of it.

A test opens a page as somebody (``house.open``), and ``house.look_at`` judges it as every page is
judged: at three widths, in both themes, by axe; nothing sideways, nothing from another host, no
page above 100 kB. With ``TESTAMUR_PICTURES`` each page that is looked at is photographed too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext, Page

from api.accounts.sessions import Browser as SeenFrom
from ledger.context import Caller
from tests.world import World

LOOKS = ((1280, "light", "en"), (390, "dark", "en"), (320, "light", "es"))
"""Width in pixels, theme, language. A desk, a phone, and a desk enlarged to 400 % (WCAG 2.2
§1.4.10)."""

EVERY_LOOK = (*LOOKS, (1280, "dark", "en"), (390, "light", "en"), (390, "light", "es"))
"""With pictures."""

PAGE_BYTES = 100_000
"""What a page may weigh with its styles and letters of ours apart: its HTML."""

_UNWELCOME = re.compile(
    rb"<script(?! src=| type=.application/ld.json)|\son[a-z]+=|\sstyle=|javascript:"
)
"""No script or style within a page, but data for search engines."""

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class House:
    """``world`` is the deployment, which tests may change; ``base`` its address."""

    world: World
    base: str
    chromium: Browser
    axe: str
    pictures: Path | None = None
    names: dict[str, UUID] = field(default_factory=dict)
    """Things that stand in it, for tests to find."""

    @contextmanager
    def open(
        self,
        path: str,
        caller: Caller | None = None,
        *,
        width: int = 1280,
        theme: str = "light",
        language: str = "en",
        javascript: bool = True,
    ) -> Iterator[Page]:
        """A page, opened by nobody or by ``caller``, who is signed in."""
        context = self._context(caller, width, theme, language, javascript)
        try:
            page = context.new_page()
            page.goto(self.base + path)
            yield page
        finally:
            context.close()

    def _context(
        self, caller: Caller | None, width: int, theme: str, language: str, javascript: bool
    ) -> BrowserContext:
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            locale=language,
            java_script_enabled=javascript,
        )
        context.set_default_timeout(15_000)
        if caller is not None:
            app = self.world.app
            seen = SeenFrom("Chromium, Linux", "127.0.0.*")
            secret = app.accounts.sessions.begin(caller, "test", seen, app.clock())
            context.add_cookies([{"name": "testamur", "value": secret, "url": self.base}])
        return context

    def look_at(
        self, name: str, path: str, caller: Caller | None = None, *, status: int = 200
    ) -> None:
        """Judge a page as every page is judged. ``name`` is its picture's."""
        self.world.app.views.catch_up()
        for width, theme, language in LOOKS if self.pictures is None else EVERY_LOOK:
            self._look(name, path, caller, status, width, theme, language)

    def _look(
        self,
        name: str,
        path: str,
        caller: Caller | None,
        status: int,
        width: int,
        theme: str,
        language: str,
    ) -> None:
        where = f"{name} at {width} px, {theme}, {language}"
        context = self._context(caller, width, theme, language, True)
        try:
            page = context.new_page()
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            complaints: list[str] = []
            page.on("console", lambda said: complaints.append(said.text))
            answer = page.goto(self.base + path)
            assert answer is not None, where
            assert answer.status == status, (where, answer.status)
            html = answer.body()
            assert len(html) <= PAGE_BYTES, (where, len(html))
            assert not _UNWELCOME.search(html), where
            strangers = {url for url in asked if not self._is_ours(url)}
            assert not strangers, (where, strangers)
            refused = [text for text in complaints if "Content Security Policy" in text]
            assert not refused, (where, refused)
            assert page.title(), where
            assert page.locator("html").get_attribute("lang") == language, where
            sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert sideways <= 0, (where, sideways, self._widest(page))
            self._photograph(page, name, width, theme, language)
            found = self.judge(page)
            assert not found, (where, found)
        finally:
            context.close()

    def judge(self, page: Page) -> list[dict[str, Any]]:
        """What axe finds on a page, as it stands now: nothing, one hopes."""
        page.evaluate(self.axe)  # through the debugger: the page's policy lets no such script in
        report = page.evaluate(
            "rules => axe.run(document, {resultTypes: ['violations'], runOnly: rules})", _RULES
        )
        return [
            {"id": v["id"], "help": v["help"], "nodes": [n["html"][:300] for n in v["nodes"]][:3]}
            for v in report["violations"]
        ]

    def photograph(self, page: Page, name: str) -> None:
        """A page as it stands, at 1280 and 390 px; where no pictures are asked for, nothing."""
        if self.pictures is None:
            return
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=self.pictures / f"{name}-{width}.png", full_page=True)

    def _photograph(self, page: Page, name: str, width: int, theme: str, language: str) -> None:
        if self.pictures is None or width == 320:
            return
        file = f"{name}-{width}-{theme}{'' if language == 'en' else '-' + language}.png"
        page.screenshot(path=self.pictures / file, full_page=True)

    def _is_ours(self, url: str) -> bool:
        return urlsplit(url).scheme == "data" or url.startswith(self.base + "/")

    def _widest(self, page: Page) -> Any:
        return page.evaluate(
            "[...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right"
            " > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 200))"
        )


def pictures_folder() -> Path | None:
    """Where ``TESTAMUR_PICTURES`` wants them; None where it wants none."""
    named = os.environ.get("TESTAMUR_PICTURES")
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
