"""Words as outlines: a picture that is drawn of them looks alike wherever it is seen, whatever
fonts are there. Kerning and ligatures are the font's own, by ``typst``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from xml.etree.ElementTree import Element, fromstring

import typst

from badges.errors import MalformedDocument

FONT_FOLDER = str(files("font_source_serif_pro") / "files")
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_SIZE = 100.0
_LINE = b"""#set page(width: auto, height: auto, margin: 0pt, fill: none)
#set text(font: "Source Serif Pro", weight: int(sys.inputs.weight), size: 100pt, hyphenate: false)
#sys.inputs.words"""
_PLACE = re.compile(
    r"matrix\(1 0 0 -?1 (?P<x>-?[\d.]+) (?P<y>-?[\d.]+)\)|translate\((?P<t>[^)]+)\)"
)


@cache
def fonts(system: bool) -> typst.Fonts:
    """The font that is shipped, and the system's for what it has not, if that is asked for."""
    return typst.Fonts(
        include_system_fonts=system, include_embedded_fonts=False, font_paths=[FONT_FOLDER]
    )


@dataclass(frozen=True)
class Letters:
    """One line: ``width`` in parts of the letters' height, ``outline`` as SVG path data for a
    height of 100 units, above the line y = 0 and upside down."""

    width: float
    outline: str

    def at(self, middle: float, baseline: float, size: float, colour: str) -> str:
        """As an SVG element: centred at ``middle``, ``size`` units high."""
        return self.from_left(middle - self.width * size / 2, baseline, size, colour)

    def from_left(self, left: float, baseline: float, size: float, colour: str) -> str:
        """The same beginning at ``left``."""
        scale = size / _SIZE
        return (
            f'<path transform="matrix({scale:.4f} 0 0 {-scale:.4f} {left:.1f} {baseline:.1f})" '
            f'fill="{colour}" d="{self.outline}"/>'
        )


@lru_cache(maxsize=2_000)
def letters(words: str, weight: int = 700) -> Letters:
    """The outlines of a line of words. Raises MalformedDocument for what cannot be set."""
    try:
        drawn = typst.compile(
            _LINE,
            format="svg",
            font_paths=fonts(system=True),
            sys_inputs={"words": words, "weight": str(weight)},
        )
    except RuntimeError as error:
        raise MalformedDocument(f"these words cannot be set: {error}") from None
    root = fromstring(drawn)  # noqa: S314 (typst's own)
    glyphs = {
        f"#{symbol.get('id')}": path.get("d", "")
        for symbol in root.iter(f"{_SVG}symbol")
        for path in symbol.iter(f"{_SVG}path")
    }
    width = float((root.get("viewBox") or "0 0 0 0").split()[2]) / _SIZE
    return Letters(max(width, 0.1), "".join(_outlines(root, glyphs, 0.0)))


def _outlines(node: Element, glyphs: dict[str, str], left: float) -> list[str]:
    """The glyphs that are used within a node, each moved to where it stands."""
    if place := _PLACE.search(node.get("transform", "")):
        moved = place["x"] or (place["t"] or "0").replace(",", " ").split()[0]
        left += float(moved)
    if node.tag == f"{_SVG}use":
        outline = glyphs.get(node.get(_HREF, ""), "")
        at = left + float(node.get("x", "0"))
        return [outline.replace("M 0 0", f"M{at:g} 0", 1).replace(" m ", "m").strip()]
    return [part for child in node for part in _outlines(child, glyphs, left)]
