"""The image of a badge, drawn by ourselves for each micro-credential.

A crest of 400 × 400 units: the issuer above, the title in the middle, the level on a ribbon. Each
is at least seven pixels high when the crest is shown at 90. Colours and the rosette behind the
title come from the name, so that two badges look apart. One drawing serves as SVG and as PNG.
"""

from __future__ import annotations

import base64
import hashlib
import math
from importlib.resources import files
from xml.sax.saxutils import escape

import resvg_py
from PIL import ImageFont

from badges.errors import MalformedDocument

SIDE = 400
"""Width and height of every badge image, in units and in pixels."""

INK = "#14532d"
"""The green of the house, for what is drawn around a seal."""

_PALETTE = (
    ("#14532d", "#eaf6ee", "#8a5f00"),
    ("#1e3a5f", "#e9f1f9", "#b83a15"),
    ("#5b2333", "#faebef", "#1d6f6f"),
    ("#4a3b0a", "#faf4e0", "#3d5a98"),
    ("#3b2a63", "#f0eafa", "#9c5600"),
    ("#0f4c4c", "#e4f5f4", "#c2410c"),
    ("#6b3410", "#fbeee4", "#1f7a5c"),
    ("#2f3e46", "#edf1f3", "#b3541e"),
)
_FONT = "Source Serif Pro"
_FONT_FILES = [
    str(files("font_source_serif_pro") / "files" / f"SourceSerifPro-{weight}.ttf")
    for weight in ("Bold", "Semibold")
]


_MEASURED = ImageFont.truetype(_FONT_FILES[0], 100)


def badge_svg(name: str, issuer: str, level: str) -> str:
    """The crest as an SVG. The words may hold anything: they are escaped."""
    digest = hashlib.sha256(name.encode()).digest()
    dark, light, accent = _PALETTE[digest[0] % len(_PALETTE)]
    rosette = _rosette(points=5 + digest[1] % 9, depth=10 + digest[2] % 20, phase=digest[3] / 256)
    label = escape(f"{name}, {level}: a badge issued by {issuer}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img" '
        f'aria-label="{label}"><title>{escape(name)}</title>'
        f'<rect x="6" y="6" width="388" height="388" rx="64" fill="{dark}"/>'
        f'<rect x="24" y="112" width="352" height="188" rx="20" fill="{light}"/>'
        f'<path d="{rosette}" fill="none" stroke="{dark}" stroke-opacity=".14" stroke-width="3"/>'
        f'<path d="M48 312H352L334 346L352 380H48L66 346Z" fill="{accent}"/>'
        f'<g text-anchor="middle" font-family="\'{_FONT}\', Georgia, serif" font-weight="700">'
        f"{_lines(issuer, light, middle=64, most=2, width=310, largest=40)}"
        f"{_lines(name, dark, middle=206, most=4, width=330, largest=54)}"
        f"{_lines(level, '#ffffff', middle=346, most=1, width=250, largest=42)}</g></svg>"
    )


def framed_svg(png: bytes, label: str) -> str:
    """An SVG that shows a PNG, for a badge whose picture an administrator chose."""
    words = escape(label, {'"': "&quot;"})
    data = base64.b64encode(png).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img" '
        f'aria-label="{words}"><title>{escape(label)}</title>'
        f'<image width="{SIDE}" height="{SIDE}" href="data:image/png;base64,{data}"/></svg>'
    )


def png_of_svg(svg: str) -> bytes:
    """An SVG as a PNG of 400 × 400 pixels. Raises MalformedDocument for one that cannot be drawn.

    Nothing is loaded to draw it: neither files nor the system's fonts.
    """
    try:
        return resvg_py.svg_to_bytes(
            svg_string=svg,
            width=SIDE,
            height=SIDE,
            skip_system_fonts=True,
            font_files=_FONT_FILES,
            font_family=_FONT,
            serif_family=_FONT,
        )
    except ValueError as error:
        raise MalformedDocument(f"the SVG cannot be drawn: {error}") from None


def _lines(text: str, colour: str, middle: int, most: int, width: int, largest: int) -> str:
    """``text`` in the largest letters that fit, on one line or several around ``middle``."""
    best: list[str] = []
    size = 0.0
    for count in range(1, most + 1):
        lines = _wrapped(text, count)
        fits = min(largest, width / max(map(_length, lines)), 172 / (1.12 * len(lines)))
        if fits > size * 1.08:
            best, size = lines, fits
    if size < 32:  # smaller could not be read at 90 pixels; the whole is in the label
        size = 32.0
        best = [_shortened(line, width / size) for line in best]
    first = middle + 0.34 * size - 0.56 * size * (len(best) - 1)
    return "".join(
        f'<text x="200" y="{first + 1.12 * size * row:.1f}" font-size="{size:.1f}" '
        f'textLength="{_length(line) * size:.1f}" lengthAdjust="spacingAndGlyphs" '
        f'fill="{colour}">{escape(line)}</text>'
        for row, line in enumerate(best)
    )


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
    """How wide the bold font sets it, in parts of its height. The SVG says so too: a browser that
    has another font keeps the width."""
    return max(_MEASURED.getlength(text) / 100, 0.1)


def _shortened(text: str, width: float) -> str:
    shown = text
    while _length(shown) > width and len(shown) > 1:
        shown = shown.rstrip("…")[:-1] + "…"
    return shown


def _rosette(points: int, depth: int, phase: float) -> str:
    """A closed line that waves around the middle of the title's panel."""
    steps = []
    for step in range(180):
        angle = 2 * math.pi * step / 180
        radius = 84 - depth + depth * math.sin(points * angle + 2 * math.pi * phase)
        x, y = 200 + 1.9 * radius * math.cos(angle), 206 + radius * math.sin(angle)
        steps.append(f"{'L' if step else 'M'}{x:.1f} {y:.1f}")
    return "".join(steps) + "Z"
