"""Edges by which a control is recognised stand out from what is behind them (WCAG 2.2 §1.4.11)."""

from __future__ import annotations

import re

import pytest

from api.web import static_files

_CSS = (static_files.STATIC / "base.css").read_text()
_DARK = _CSS.index("@media (prefers-color-scheme: dark)")


def tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", css))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definition)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("mark", ["edge", "green", "red", "amber", "link"])
@pytest.mark.parametrize("behind", ["paper", "card", "grey-soft"])
def test_an_edge_stands_out(theme: str, mark: str, behind: str) -> None:
    colours = tokens(_CSS[:_DARK]) | (tokens(_CSS[_DARK:]) if theme == "dark" else {})
    assert contrast(colours[mark], colours[behind]) >= 3
