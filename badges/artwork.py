"""Pictures that an administrator brings: decoded and drawn anew, or stripped to their shapes.

Nothing of the file as it came is kept: no metadata, no scripts, no addresses, no styles.
"""

from __future__ import annotations

import io
import re
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from badges.errors import MalformedDocument
from badges.image import SIDE, png_of_svg
from badges.markup import read_svg

_LARGEST = 2 * 1024 * 1024
_MOST_PIXELS = 24_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")

_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = set(
    """svg g path rect circle ellipse line polyline polygon text tspan title desc defs
    linearGradient radialGradient stop clipPath""".split()  # noqa: SIM905
)
_ATTRIBUTES = set(
    """id viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform fill stroke
    fill-rule fill-opacity stroke-width stroke-linecap stroke-linejoin stroke-dasharray
    stroke-opacity opacity clip-path clip-rule offset stop-color stop-opacity gradientUnits
    gradientTransform spreadMethod text-anchor font-size font-weight font-style dx dy
    preserveAspectRatio""".split()  # noqa: SIM905
)
_VALUE = re.compile(r"[\w\s.,:%()#+\-]*", re.ASCII)
_REFERENCE = re.compile(r"url\(\s*#[\w-]+\s*\)", re.ASCII)


def clean_picture(data: bytes) -> bytes:
    """A safe picture: a PNG of 400 × 400 pixels, or an SVG of shapes and words alone.

    Raises MalformedDocument with a reason for people.
    """
    if len(data) > _LARGEST:
        raise MalformedDocument(f"the picture is larger than {_LARGEST // 1024 // 1024} MiB")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _clean_svg(data)
    return _clean_raster(data)


def _clean_raster(data: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise MalformedDocument("the picture has too many pixels")
            drawn = picture.convert("RGBA")
    except MalformedDocument:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError) as error:
        raise MalformedDocument(f"not a PNG, JPEG or WebP picture: {error}") from None
    drawn.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    canvas.paste(drawn, ((SIDE - drawn.width) // 2, (SIDE - drawn.height) // 2))
    out = io.BytesIO()
    canvas.save(out, "PNG", optimize=True)
    return out.getvalue()


def _clean_svg(data: bytes) -> bytes:
    writer = _Shapes()
    read_svg(data, writer.start, writer.end, writer.text)
    cleaned = "".join(writer.out)
    if not cleaned.startswith("<svg"):
        raise MalformedDocument("the picture's outermost element is not <svg>")
    if "viewBox=" not in cleaned.partition(">")[0]:
        raise MalformedDocument("the SVG has no viewBox, so its size is not known")
    png_of_svg(cleaned)
    return cleaned.encode()


class _Shapes:
    """Writes the elements and attributes that only draw; the rest falls away with its content."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._dropped = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if self._dropped or space != _SVG or local not in _ELEMENTS:
            self._dropped += 1
            return
        kept = "".join(
            f" {key}={quoteattr(value)}"
            for key, value in attributes.items()
            if key in _ATTRIBUTES and _draws(value)
        )
        named = "" if self.out else f' xmlns="{_SVG}"'
        self.out.append(f"<{local}{named}{kept}>")

    def end(self, name: str) -> None:
        if self._dropped:
            self._dropped -= 1
        else:
            self.out.append(f"</{name.rpartition(' ')[2]}>")

    def text(self, text: str) -> None:
        if not self._dropped and self.out:
            self.out.append(escape(text))


def _draws(value: str) -> bool:
    """Whether a value is plain: no address but of something in the same picture."""
    return _VALUE.fullmatch(_REFERENCE.sub("", value)) is not None and "url" not in (
        _REFERENCE.sub("", value).lower()
    )
