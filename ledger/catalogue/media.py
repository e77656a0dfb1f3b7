"""What a file is, by what stands in it: never by its name, nor by what a client says of it."""

from __future__ import annotations

from urllib.parse import urlsplit

import puremagic

from ledger.catalogue.definition import Media, Part
from ledger.errors import Invalid

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ODF = "application/vnd.oasis.opendocument."

KNOWN: dict[str, tuple[Media, str]] = {
    "text/plain": ("text", "plain text"),
    "text/markdown": ("text", "text"),
    "text/uri-list": ("text", "a link"),
    "application/pdf": ("document", "a PDF document"),
    _WORD: ("document", "a Word document"),
    _SLIDES: ("document", "a PowerPoint presentation"),
    _SHEET: ("document", "an Excel workbook"),
    f"{_ODF}text": ("document", "an OpenDocument text"),
    f"{_ODF}presentation": ("document", "an OpenDocument presentation"),
    f"{_ODF}spreadsheet": ("document", "an OpenDocument spreadsheet"),
    "application/rtf": ("document", "a rich text document"),
    "image/png": ("image", "a PNG picture"),
    "image/jpeg": ("image", "a JPEG picture"),
    "image/gif": ("image", "a GIF picture"),
    "image/webp": ("image", "a WebP picture"),
    "image/heif": ("image", "a HEIF picture"),
    "audio/mpeg": ("audio", "an MP3 recording"),
    "audio/mp4": ("audio", "an MP4 sound recording"),
    "audio/wav": ("audio", "a WAV recording"),
    "audio/flac": ("audio", "a FLAC recording"),
    "audio/ogg": ("audio", "an Ogg recording"),
    "video/mp4": ("video", "an MP4 video"),
    "video/quicktime": ("video", "a QuickTime video"),
    "video/webm": ("video", "a WebM video"),
    "video/3gpp": ("video", "a 3GPP video"),
    "video/x-msvideo": ("video", "an AVI video"),
    "application/zip": ("other", "a ZIP archive"),
    "text/html": ("other", "a web page"),
    "image/svg+xml": ("other", "an SVG picture, which may hold a program"),
    "application/xml": ("other", "an XML file"),
    "application/octet-stream": ("other", "a file of a kind that is not known here"),
}
"""Media types with their family, and what they are called."""

_ALSO = {
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "application/ogg": "audio/ogg",
    "image/heic": "image/heif",
    "text/rtf": "application/rtf",
    "video/avi": "video/x-msvideo",
    "video/x-matroska": "video/webm",
}
_FAMILY_WORDS: dict[Media, str] = {
    "text": "text",
    "document": "a document (PDF, Word, PowerPoint, Excel or OpenDocument)",
    "image": "a picture (PNG, JPEG, GIF, WebP or HEIF)",
    "audio": "a sound recording",
    "video": "a video",
    "other": "any file",
}
_MARKUP = {"<!doctype html": "text/html", "<html": "text/html", "<svg": "image/svg+xml"}


def found_type(part: Part, head: bytes, *, is_text: bool) -> str:
    """The media type of a file that begins with ``head``; ``is_text`` when all of it is UTF-8
    without control characters. What is not known is ``application/octet-stream``.

    Raises Invalid for what should be a link and is none.
    """
    if part.kind == "link":
        return _link(head, is_text=is_text)
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"{\\rtf"):
        return "application/rtf"
    if is_text:
        return _text(part, head.decode("utf-8", "ignore"))
    if head.startswith(b"PK\x03\x04"):
        return _archive(head)
    if head[4:8] == b"ftyp":
        return _iso_media(head[8:12])
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        found = []
    for match in found:
        name: str = _ALSO.get(match.mime_type, match.mime_type)
        if name in KNOWN:
            return name
    return "application/octet-stream"


def family_of(media_type: str) -> Media:
    """``other`` for what is not known."""
    return KNOWN.get(media_type, KNOWN["application/octet-stream"])[0]


def refuse_other_media(part: Part, media_type: str) -> None:
    """Raises Invalid unless the part takes files of this type."""
    family, words = KNOWN.get(media_type, KNOWN["application/octet-stream"])
    if media_type in KNOWN and (family in part.takes or "other" in part.takes):
        return
    taken = " or ".join(_FAMILY_WORDS[media] for media in part.takes)
    raise Invalid("media-not-taken", f"this part takes {taken}, and this is {words}")


def _link(head: bytes, *, is_text: bool) -> str:
    text = head.decode("utf-8", "ignore").strip()
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if not (is_text and fits) or len(text.split()) != 1:
        raise Invalid("not-a-link", "this part takes one web address, with https:// before it")
    return "text/uri-list"


def _text(part: Part, text: str) -> str:
    begins = text.lstrip("\ufeff \t\r\n")[:400].lower()
    for mark, name in _MARKUP.items():
        if begins.startswith(mark):
            return name
    if begins.startswith("<?xml"):
        return "image/svg+xml" if "<svg" in text.lower() else "application/xml"
    return "text/markdown" if part.kind == "text" else "text/plain"


def _archive(head: bytes) -> str:
    """Office documents are ZIP archives: the names of their first members tell which."""
    for name in ("text", "presentation", "spreadsheet"):
        if f"mimetype{_ODF}{name}".encode() in head[:200]:
            return f"{_ODF}{name}"
    for mark, media_type in ((b"word/", _WORD), (b"ppt/", _SLIDES), (b"xl/", _SHEET)):
        if mark in head and b"[Content_Types].xml" in head:
            return media_type
    return "application/zip"


def _iso_media(brand: bytes) -> str:
    """By the major brand of an ISO base media file (ISO/IEC 14496-12 §4.3)."""
    if brand in (b"M4A ", b"M4B ", b"F4A "):
        return "audio/mp4"
    if brand in (b"heic", b"heix", b"heif", b"mif1", b"msf1"):
        return "image/heif"
    if brand.startswith(b"3g"):
        return "video/3gpp"
    return "video/quicktime" if brand == b"qt  " else "video/mp4"
