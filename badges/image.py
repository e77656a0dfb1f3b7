"""The image of a badge, drawn by ourselves for each micro-credential: a seal.

Its colours and its rim come from the name, so that two badges look apart; the initials can be
read at 90 pixels, the name at 200.
"""

from __future__ import annotations

import hashlib
import math
from xml.sax.saxutils import escape

_SMALL_WORDS = {"a", "an", "and", "as", "for", "in", "of", "on", "the", "to", "with", "your"}
_PALETTE = (
    ("#14532d", "#d9f2e3"),
    ("#1e3a5f", "#dce9f7"),
    ("#5b2333", "#f7dfe5"),
    ("#4a3b0a", "#f6ecc9"),
    ("#3b2a63", "#e8e0f8"),
    ("#0f4c4c", "#d5f0ef"),
    ("#6b3410", "#f9e4d3"),
    ("#2f3e46", "#e2e9ec"),
)


def badge_svg(name: str, issuer: str) -> str:
    """An SVG of 400 × 400 units. ``name`` and ``issuer`` may hold anything: they are escaped."""
    digest = hashlib.sha256(name.encode()).digest()
    dark, light = _PALETTE[digest[0] % len(_PALETTE)]
    rim = _rosette(points=14 + digest[1] % 5 * 2, outer=196, inner=178)
    lines = _wrapped(name, width=20)[:3]
    first = 268 - 12 * (len(lines) - 1)
    words = "".join(
        f'<text x="200" y="{first + 26 * row}" font-size="23" font-weight="600">{escape(line)}'
        "</text>"
        for row, line in enumerate(lines)
    )
    label = escape(f"{name}, a badge issued by {issuer}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img" '
        f'aria-label="{label}"><title>{escape(name)}</title>'
        f'<path d="{rim}" fill="{dark}"/>'
        f'<circle cx="200" cy="200" r="164" fill="{light}"/>'
        f'<circle cx="200" cy="200" r="154" fill="none" stroke="{dark}" stroke-width="3" '
        f'stroke-dasharray="{2 + digest[2] % 6} {5 + digest[3] % 5}"/>'
        f'<g fill="{dark}" text-anchor="middle" font-family="Georgia, \'Times New Roman\', serif">'
        f'<text x="200" y="196" font-size="104" font-weight="700" letter-spacing="-2">'
        f"{escape(_initials(name))}</text>"
        f'<path d="M120 222h160" stroke="{dark}" stroke-width="3"/>'
        f'{words}<path id="arc" d="M70 200a130 130 0 0 1 260 0" fill="none"/>'
        f'<text font-size="17" letter-spacing="2"><textPath href="#arc" startOffset="50%">'
        f"{escape(_shortened(issuer.upper(), 26))}</textPath></text></g></svg>"
    )


def _initials(name: str) -> str:
    words = [word for word in name.split() if word.lower() not in _SMALL_WORDS] or [name or "?"]
    return "".join(word[0].upper() for word in words[:2])


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= width or not lines[-1]:
            lines[-1] = _shortened(joined, width)
        else:
            lines.append(_shortened(word, width))
    return lines


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _rosette(points: int, outer: int, inner: int) -> str:
    steps = []
    for step in range(points * 2):
        radius = outer if step % 2 == 0 else inner
        angle = math.pi * step / points
        x, y = 200 + radius * math.sin(angle), 200 - radius * math.cos(angle)
        steps.append(f"{'L' if step else 'M'}{x:.1f} {y:.1f}")
    return "".join(steps) + "Z"
