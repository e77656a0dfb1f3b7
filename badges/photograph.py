"""QR codes in a photograph.

Decoding a picture takes other people's C and C++: work for a process that can be ended.
"""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image

from badges.errors import MalformedDocument

_MOST_PIXELS = 50_000_000
_SIDE = 2_000
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")


def read_qr(photograph: bytes) -> list[str]:
    """What the QR codes in a photograph say, in the order in which they were found.

    Raises MalformedDocument for what is no picture, or has too many pixels.
    """
    try:
        with Image.open(io.BytesIO(photograph), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise MalformedDocument("the picture has too many pixels")
            picture.draft("L", (_SIDE, _SIDE))  # a JPEG is decoded no larger than is needed
            grey = picture.convert("LA").convert("RGBA") if _is_clear(picture) else picture
            flat = Image.new("RGB", grey.size, "white")
            flat.paste(grey, mask=grey.getchannel("A") if grey.mode == "RGBA" else None)
    except MalformedDocument:
        raise
    except Image.DecompressionBombError:
        raise MalformedDocument("the picture has too many pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise MalformedDocument("it is no picture that can be read") from None
    seen = flat.convert("L")
    seen.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    found = zxingcpp.read_barcodes(
        seen, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return [code.text for code in found]


def _is_clear(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
