"""What axe cannot see: the order of the keyboard, focus that is seen, text set wider (WCAG 2.2
§2.4.1, §2.4.3, §2.4.7, §2.4.11, §1.4.12)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.pages.house import House

_FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const box = e.getClientRects()[0] ?? e.getBoundingClientRect();  // of a link over two lines
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 10), 0), innerHeight - 1);
  const on_top = document.elementFromPoint(x, y);
  const kinds = 'a[href],button,input,select,textarea,summary,[tabindex="0"]';
  const own = [...document.querySelectorAll(kinds)];
  return {
    html: e.outerHTML.slice(0, 120),
    index: own.indexOf(e),
    seen: box.bottom > 0 && box.top < innerHeight && box.width > 0,
    covered: !(on_top && (e.contains(on_top) || on_top.contains(e))),
    outline: getComputedStyle(e).outlineStyle !== 'none',
  };
}"""

_WIDER = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important;'
    + ' word-spacing: .16em !important; } p { margin-bottom: 2em !important; }');
  document.adoptedStyleSheets = [sheet];
  return document.documentElement.scrollWidth - innerWidth;
}"""

PATHS = ("/", "/catalogue", "/verify", "/style", "/badges/{award}", "/achievements/{micro}")


def _stops(page: Page) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop is None or (found and stop["index"] == found[0]["index"]):
            break
        found.append(stop)
    return found


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_goes_as_one_reads_and_is_seen(house: House, path: str, width: int) -> None:
    with house.open(path.format(**house.names), width=width) as page:
        page.evaluate("document.activeElement.blur()")
        stops = _stops(page)
    assert len(stops) > 5
    for stop in stops:
        assert stop["seen"], stop
        assert stop["outline"], stop
        assert not stop["covered"], stop
    order = [stop["index"] for stop in stops]
    assert order == sorted(order), order  # type: ignore[type-var]


def test_the_first_stop_leads_past_the_header(house: House) -> None:
    with house.open("/catalogue") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "q"


def test_what_is_wrong_is_reached_first_and_leads_to_its_field(house: House) -> None:
    with house.open("/style") as page:
        assert page.evaluate("document.activeElement.className") == "summary"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "wrong-name"
        described = page.locator("#wrong-name").get_attribute("aria-describedby")
        assert described == "wrong-name-wrong"
        assert "Please fill this in." in page.locator("#wrong-name-wrong").inner_text()


@pytest.mark.parametrize("path", PATHS)
def test_text_set_wider_stays_on_the_page(house: House, path: str) -> None:
    with house.open(path.format(**house.names), width=390) as page:
        assert page.evaluate(_WIDER) <= 0
