"""The process that draws what strangers hand in (``workers.py``): pictures anew, pages as pictures.

``python -m api.viewing.drawing``. A request is a line of JSON and the file's bytes; an answer is a
line of JSON and a picture (WebP), or says in ``refused`` why there is none. A picture that is drawn
anew holds pixels and nothing else: no place where it was taken, no author, no second file inside.
"""

from __future__ import annotations

import io
import json
from typing import Any

import pypdfium2
from PIL import Image, ImageOps

from api.workers import serve

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP", "TIFF")
_PIXELS = 50_000_000
"""Of a picture that is handed in."""

_SIDE = 2000
"""The longer side of what is drawn, in pixels."""

_WIDTH = 1400
"""A page's width, in pixels, and at most so much of its height."""
_HEIGHT = 4 * _WIDTH

_WORDS = 20_000
"""Characters of a page's text."""

Image.MAX_IMAGE_PIXELS = _PIXELS


class _Refused(Exception):
    """It is not drawn; the text says why."""


def answer(request: bytes) -> bytes:
    """One request's answer."""
    head, _, data = request.partition(b"\n")
    asked = json.loads(head)
    try:
        told, picture = _DRAWN[asked["draw"]](data, asked)
    except _Refused as refusal:
        told, picture = {"refused": str(refusal)}, b""
    except Image.DecompressionBombError:
        told, picture = {"refused": "too-large"}, b""
    except MemoryError:
        raise
    except Exception as error:  # a library's word on a file that is none
        told, picture = {"refused": "unreadable", "why": type(error).__name__}, b""
    return json.dumps(told).encode() + b"\n" + picture


def _picture(data: bytes, _asked: Any) -> tuple[dict[str, Any], bytes]:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as found:
        if found.width * found.height > _PIXELS:
            raise _Refused("too-large")
        told = {"moves": getattr(found, "n_frames", 1) > 1}
        mode = "RGBA" if found.has_transparency_data else "RGB"
        found.draft(mode, (_SIDE, _SIDE))
        shown = found if found.mode in ("L", "RGB", "RGBA") else found.convert(mode)
        shown.thumbnail((_SIDE, _SIDE))  # first, so that what follows is small
        ImageOps.exif_transpose(shown, in_place=True)
        return told, _webp(shown.convert(mode))


def _pages(data: bytes, _asked: Any) -> tuple[dict[str, Any], bytes]:
    with _document(data) as document:
        return {"pages": len(document)}, b""


def _page(data: bytes, asked: Any) -> tuple[dict[str, Any], bytes]:
    with _document(data) as document:
        if not 1 <= asked["page"] <= len(document):
            raise _Refused("no-such-page")
        page = document[asked["page"] - 1]
        width, height = page.get_size()
        scale = min(_WIDTH / max(width, 1), _HEIGHT / max(height, 1))
        drawn = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        return {}, _webp(drawn)


def _words(data: bytes, asked: Any) -> tuple[dict[str, Any], bytes]:
    found: list[str] = []
    with _document(data) as document:
        for number in range(min(len(document), asked["pages"])):
            words = document[number].get_textpage().get_text_bounded()
            found.append(words.replace("\r\n", "\n").strip()[:_WORDS])
    return {"words": found}, b""


def _document(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
        raise _Refused("locked" if locked else "unreadable") from None


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=85, method=2)
    return out.getvalue()


_DRAWN = {"picture": _picture, "pages": _pages, "page": _page, "words": _words}

if __name__ == "__main__":
    serve(answer)
