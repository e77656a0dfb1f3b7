"""The image of a badge, drawn by ourselves for each micro-credential.

A seal of 400 × 400 units in one of four designs: the issuer above, the title in the middle, the
level below. Each is at least seven pixels high when the seal is shown at 96. Colours are the
issuer's, or come from the name, as does the rosette behind the title, so that two badges look
apart. One drawing serves as SVG and as PNG, and its letters are outlines (``letters.py``).
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args
from xml.sax.saxutils import escape

import resvg_py
from PIL import ImageFont

from badges.errors import MalformedDocument
from badges.letters import FONT_FOLDER, letters

SIDE = 400
"""Width and height of every badge image, in units and in pixels."""

INK = "#14532d"
"""The green of the house, for what is drawn around a seal."""

DesignName = Literal["panel", "roundel", "shield", "hexagon"]
DESIGNS: tuple[DesignName, ...] = get_args(DesignName)


class Colours(NamedTuple):
    """``dark`` behind the issuer, ``light`` behind the title, ``accent`` behind the level; each
    ``#rrggbb``."""

    dark: str
    light: str
    accent: str

    @classmethod
    def of_issuer(cls, dark: str, accent: str) -> Colours:
        """An issuer's two colours. Raises ValueError for what is none, or on which white words
        cannot be read (WCAG 2.2, 1.4.3)."""
        for colour in (dark, accent):
            if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
                raise ValueError(f"{colour!r} is no colour such as #14532d")
            if _contrast_to_white(colour) < 4.5:
                raise ValueError(f"white letters cannot be read on {colour}: take a darker one")
        return cls(dark, _tint(dark), accent)


_PALETTE = (
    Colours("#14532d", "#eaf6ee", "#8a5f00"),
    Colours("#1e3a5f", "#e9f1f9", "#b83a15"),
    Colours("#5b2333", "#faebef", "#1d6f6f"),
    Colours("#4a3b0a", "#faf4e0", "#3d5a98"),
    Colours("#3b2a63", "#f0eafa", "#9c5600"),
    Colours("#0f4c4c", "#e4f5f4", "#c2410c"),
    Colours("#6b3410", "#fbeee4", "#1f7a5c"),
    Colours("#2f3e46", "#edf1f3", "#b3541e"),
)


@dataclass(frozen=True)
class _Row:
    """Where words stand: around ``middle``, at most so wide, high and many lines."""

    middle: int
    width: int
    largest: int
    lines: int
    height: int = 172  # as four lines of a title


@dataclass(frozen=True)
class _Design:
    """``outline`` and ``ribbon`` are path data; ``panel`` lies behind the title."""

    outline: str
    panel: tuple[int, int, int, int, int]
    ribbon: str
    issuer: _Row
    title: _Row
    level: _Row


_DESIGNS: dict[DesignName, _Design] = {
    "panel": _Design(
        outline="M70 6H330A64 64 0 0 1 394 70V330A64 64 0 0 1 330 394H70A64 64 0 0 1 6 330V70"
        "A64 64 0 0 1 70 6Z",
        panel=(24, 112, 352, 188, 20),
        ribbon="M48 312H352L334 346L352 380H48L66 346Z",
        issuer=_Row(64, 310, 40, 2, 90),
        title=_Row(206, 330, 54, 4),
        level=_Row(346, 250, 42, 1, 72),
    ),
    "roundel": _Design(
        outline="M200 4A196 196 0 0 1 200 396A196 196 0 0 1 200 4Z",
        panel=(24, 122, 352, 156, 14),
        ribbon="M92 294H308L296 324L308 354H92L104 324Z",
        issuer=_Row(80, 244, 36, 2, 74),
        title=_Row(200, 334, 52, 3, 150),
        level=_Row(324, 170, 38, 1, 42),
    ),
    "shield": _Design(
        outline="M34 10H366A22 22 0 0 1 388 32V190C388 292 300 358 200 394C100 358 12 292 12 190"
        "V32A22 22 0 0 1 34 10Z",
        panel=(28, 104, 344, 158, 14),
        ribbon="M98 276H302L290 304L302 332H98L110 304Z",
        issuer=_Row(58, 310, 40, 2, 84),
        title=_Row(183, 324, 52, 3, 150),
        level=_Row(304, 164, 38, 1, 42),
    ),
    "hexagon": _Design(
        outline="M112 20H288A24 24 0 0 1 309 32L393 188A24 24 0 0 1 393 212L309 368A24 24 0 0 1 "
        "288 380H112A24 24 0 0 1 91 368L7 212A24 24 0 0 1 7 188L91 32A24 24 0 0 1 112 20Z",
        panel=(42, 126, 316, 148, 14),
        ribbon="M92 290H308L296 320L308 350H92L104 320Z",
        issuer=_Row(80, 228, 36, 2, 74),
        title=_Row(200, 300, 50, 3, 142),
        level=_Row(320, 170, 38, 1, 42),
    ),
}


def badge_svg(
    name: str,
    issuer: str,
    level: str,
    design: DesignName = "panel",
    colours: Colours | None = None,
) -> str:
    """The seal as an SVG. The words may hold anything: they are escaped, and drawn as outlines."""
    drawn = _DESIGNS[design]
    digest = hashlib.sha256(name.encode()).digest()
    dark, light, accent = colours or _PALETTE[digest[0] % len(_PALETTE)]
    x, y, width, height, radius = drawn.panel
    rosette = _rosette(
        points=5 + digest[1] % 9,
        depth=10 + digest[2] % 20,
        phase=digest[3] / 256,
        middle=y + height / 2,
        size=(width / 352, height / 188),
    )
    label = escape(f"{name}, {level}: a badge issued by {issuer}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img" '
        f'aria-label="{label}"><title>{escape(name)}</title>'
        f'<path d="{drawn.outline}" fill="{dark}"/>'
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{light}"/>'
        f'<path d="{rosette}" fill="none" stroke="{dark}" stroke-opacity=".14" stroke-width="3"/>'
        f'<path d="{drawn.ribbon}" fill="{accent}"/>'
        f"<g>{_lines(issuer, light, drawn.issuer)}{_lines(name, dark, drawn.title)}"
        f"{_lines(level, '#ffffff', drawn.level)}</g></svg>"
    )


_LEAST = 32.0
_MEASURED = ImageFont.truetype(f"{FONT_FOLDER}/SourceSerifPro-Bold.ttf", 100)
_FONT = "Source Serif Pro"
_FONT_FILES = [f"{FONT_FOLDER}/SourceSerifPro-{weight}.ttf" for weight in ("Bold", "Semibold")]
"""For the words of an SVG that somebody brought."""


def framed_svg(png: bytes, label: str) -> str:
    """An SVG that shows a PNG, for a badge whose picture an administrator chose."""
    words = escape(label, {'"': "&quot;"})
    data = base64.b64encode(png).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img" '
        f'aria-label="{words}"><title>{escape(label)}</title>'
        f'<image width="{SIDE}" height="{SIDE}" href="data:image/png;base64,{data}"/></svg>'
    )


def png_of_svg(svg: str, width: int = SIDE, height: int = SIDE) -> bytes:
    """An SVG as a PNG. Raises MalformedDocument for one that cannot be drawn.

    Nothing is loaded to draw it: neither files nor the system's fonts.
    """
    try:
        return resvg_py.svg_to_bytes(
            svg_string=svg,
            width=width,
            height=height,
            skip_system_fonts=True,
            font_files=_FONT_FILES,
            font_family=_FONT,
            serif_family=_FONT,
        )
    except ValueError as error:
        raise MalformedDocument(f"the SVG cannot be drawn: {error}") from None


def _lines(text: str, colour: str, row: _Row) -> str:
    """``text`` in the largest letters that fit, on one line or several."""
    best: list[str] = []
    size = 0.0
    for count in range(1, row.lines + 1):
        lines = _wrapped(text, count)
        fits = min(
            row.largest,
            row.width / max(map(_length, lines)),
            row.height / (1.12 * len(lines)),
        )
        if fits > size * 1.08:
            best, size = lines, fits
    if size < _LEAST:  # smaller could not be read at 96 pixels; the whole is in the label
        size = _LEAST
        best = _filled(text, row.width / size, max(1, int(row.height / (1.12 * size))))
    set_lines = [letters(line) for line in best]
    size = min(size, row.width / max(line.width for line in set_lines))
    first = row.middle + 0.34 * size - 0.56 * size * (len(best) - 1)
    return "".join(
        line.at(200, first + 1.12 * size * number, size, colour)
        for number, line in enumerate(set_lines)
    )


def _filled(text: str, width: float, most: int) -> list[str]:
    """As much of ``text`` as fits on ``most`` lines; the last one tells that there was more."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if _length(joined) <= width:
            lines[-1] = joined
        elif len(lines) < most and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = joined + "…"
            break
    return [_shortened(line, width) for line in lines]


def _wrapped(text: str, count: int) -> list[str]:
    """The words of ``text`` on at most ``count`` lines of about the same length."""
    words = text.split() or ["?"]
    longest = max(max(map(len, words)), math.ceil(len(text) / count))
    while True:
        lines = [""]
        for word in words:
            joined = f"{lines[-1]} {word}".strip()
            if len(joined) <= longest or not lines[-1]:
                lines[-1] = joined
            else:
                lines.append(word)
        if len(lines) <= count:
            return lines
        longest += 1


def _length(text: str) -> float:
    """About how wide it is, in parts of its height: quickly, for the many ways to wrap it."""
    return max(_MEASURED.getlength(text) / 100, 0.1)


def _shortened(text: str, width: float) -> str:
    shown = text
    while _length(shown) > width and len(shown) > 1:
        shown = shown.rstrip("…")[:-1] + "…"
    return shown


def _rosette(
    points: int, depth: int, phase: float, middle: float, size: tuple[float, float]
) -> str:
    """A closed line that waves around the middle of the title's panel."""
    steps = []
    for step in range(180):
        angle = 2 * math.pi * step / 180
        radius = 84 - depth + depth * math.sin(points * angle + 2 * math.pi * phase)
        x = 200 + 1.9 * radius * size[0] * math.cos(angle)
        y = middle + radius * size[1] * math.sin(angle)
        steps.append(f"{'L' if step else 'M'}{x:.1f} {y:.1f}")
    return "".join(steps) + "Z"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _contrast_to_white(colour: str) -> float:
    """WCAG 2.2, "contrast ratio" and "relative luminance"."""
    parts = (c / 255 for c in _channels(colour))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _tint(colour: str) -> str:
    """Nearly white, with a tenth of the colour."""
    return "#" + "".join(f"{round(255 - (255 - c) * 0.1):02x}" for c in _channels(colour))
