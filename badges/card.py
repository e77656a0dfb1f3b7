"""The picture that a social network shows beside a link: 1200 × 630 pixels (the Open Graph
protocol's ``og:image``)."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from badges.image import INK, SIDE, png_of_svg
from badges.letters import letters

WIDTH, HEIGHT = 1200, 630

_PAPER, _TEXT, _SOFT = "#fbfaf6", "#1d2a24", "#55625b"
_LEFT, _RIGHT = 560, 1130
_LINES = 4


def card(seal: bytes, title: str, above: str, below: Sequence[str]) -> bytes:
    """A PNG: ``seal`` (a PNG of its own) on the left; ``above`` small over the title, and lines
    below it. Raises MalformedDocument."""
    size, rows = _fitted(title, _RIGHT - _LEFT)
    height = 70 + 1.12 * size * len(rows) + 24 + 46 * len(below)
    y = (HEIGHT - height) / 2 + 34
    parts = [_line(above, y, 30, INK, 600)]
    y += 36
    for row in rows:
        y += 1.12 * size
        parts.append(letters(row).from_left(_LEFT, y - 0.22 * size, size, _TEXT))
    y += 24
    for words in below:
        y += 46
        parts.append(_line(words, y - 12, 32, _SOFT, 400))
    return png_of_svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>'
        f'<rect width="{WIDTH}" height="14" fill="{INK}"/>'
        f'<image x="90" y="115" width="{SIDE}" height="{SIDE}" href="{_as_data(seal)}"/>'
        f"{''.join(parts)}</svg>",
        WIDTH,
        HEIGHT,
    )


def _as_data(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _fitted(title: str, width: float) -> tuple[float, list[str]]:
    """The largest size, up to 72, at which the title fits on four lines."""
    for size in (72, 64, 56, 48):
        rows = _wrapped(title, width / size)
        if len(rows) <= _LINES and all(letters(row).width * size <= width for row in rows):
            return size, rows
    rows = _wrapped(title, width / 48)[:_LINES]
    return 48, [_cut(row, width / 48) for row in rows]


def _wrapped(text: str, width: float) -> list[str]:
    rows = [""]
    for word in text.split():
        joined = f"{rows[-1]} {word}".strip()
        if not rows[-1] or letters(joined).width <= width:
            rows[-1] = joined
        else:
            rows.append(word)
    return rows


def _line(words: str, y: float, size: int, colour: str, weight: int) -> str:
    shown = _cut(words, (_RIGHT - _LEFT) / size, weight)
    return letters(shown, weight).from_left(_LEFT, y, size, colour)


def _cut(words: str, width: float, weight: int = 700) -> str:
    """As much of a line as fits."""
    shown = words
    while len(shown) > 1 and letters(shown, weight).width > width:
        shown = shown.rstrip("…")[:-1].rstrip() + "…"
    return shown
