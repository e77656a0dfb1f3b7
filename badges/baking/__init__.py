"""Baking: a credential inside the image of its badge, and out of it again.

Source: Open Badges 3.0 §5.3; requirements B1, B3, B4.
"""

from __future__ import annotations

from badges.baking.png import PNG_SIGNATURE, bake_png, credential_in_png
from badges.baking.svg import bake_svg, credential_in_svg

__all__ = ["PLAIN", "bake_png", "bake_svg", "unbake"]

PLAIN = "plain"
"""How a credential comes that is in no image."""


def unbake(data: bytes) -> tuple[bytes, str]:
    """The credential in ``data``, and how it came: plain, in a PNG or in an SVG.

    Raises MalformedDocument for an image without exactly one credential.
    """
    if data.startswith(PNG_SIGNATURE):
        return credential_in_png(data), "in a PNG image"
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return credential_in_svg(data), "in an SVG image"
    return data, PLAIN
