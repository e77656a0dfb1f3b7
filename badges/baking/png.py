"""A credential in a PNG: one uncompressed ``iTXt`` chunk (B3; PNG 1.2 §3, §4.2.3.3)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from badges.errors import MalformedDocument

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORDS = {b"openbadgecredential", b"clrcredential", b"openbadges"}
"""Of Open Badges 3.0, of CLR 2.0, and of Open Badges 2.0."""


def credential_in_png(data: bytes) -> bytes:
    """The text of the one credential in a PNG. Raises MalformedDocument.

    Only chunks are walked; no pixel is unpacked, so an image cannot be a bomb.
    """
    found = [text for keyword, text in _texts(data) if keyword in _KEYWORDS]
    if len(found) != 1:
        raise MalformedDocument(f"the PNG holds {len(found) or 'no'} credentials, not one")
    return found[0]


def bake_png(png: bytes, credential: bytes) -> bytes:
    """``png`` with the credential in an ``iTXt`` chunk after its header (B3).

    Raises MalformedDocument for what is no PNG, or holds a credential already.
    """
    if not png.startswith(PNG_SIGNATURE) or any(key in _KEYWORDS for key, _ in _texts(png)):
        raise MalformedDocument("not a PNG that has no credential yet")
    header_ends = len(PNG_SIGNATURE) + 25
    body = b"openbadgecredential\0" + b"\0\0" + b"\0" + b"\0" + credential
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + zlib.crc32(b"iTXt" + body).to_bytes(4)
    return png[:header_ends] + chunk + png[header_ends:]


def _texts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for kind, body in _chunks(data):
        if kind != b"iTXt":
            continue
        keyword, _, rest = body.partition(b"\0")
        if keyword not in _KEYWORDS:
            continue
        if rest[:2] != b"\0\0":
            raise MalformedDocument("the PNG's credential is compressed, which is not allowed")
        _language, _, rest = rest[2:].partition(b"\0")
        _translated, end, text = rest.partition(b"\0")
        if not end:
            raise MalformedDocument("the PNG's credential chunk is cut off")
        yield keyword, text


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(PNG_SIGNATURE)
    while place < len(data):
        if place + 12 > len(data):
            raise MalformedDocument("the PNG is cut off")
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 8 + length
        if end + 4 > len(data):
            raise MalformedDocument("the PNG is cut off")
        body = data[place + 8 : end]
        if zlib.crc32(kind + body) != int.from_bytes(data[end : end + 4]):
            raise MalformedDocument("a chunk of the PNG is damaged")
        yield kind, body
        if kind == b"IEND":
            return
        place = end + 4
