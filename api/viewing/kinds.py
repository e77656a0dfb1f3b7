"""How a piece of evidence is shown, by its media type.

The list is closed: what is not in it is handed out as a download and never rendered. HTML, SVG and
XML are not in it, as they could carry scripts.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["picture", "pages", "text", "video", "audio", "file"]
"""``pages`` are a PDF's, made into pictures; a ``file`` is only downloaded."""

_PICTURES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/tiff": "tiff",
}
_VIDEOS = {
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/ogg": "ogv",
    "video/quicktime": "mov",
}
_SOUNDS = {
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "oga",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/webm": "weba",
    "audio/flac": "flac",
    "audio/aac": "aac",
}
_TEXTS = {"text/plain": "txt", "text/markdown": "md", "text/csv": "csv"}
_PDF = {"application/pdf": "pdf"}
_DOWNLOADS = {
    "application/json": "json",
    "application/zip": "zip",
    "application/msword": "doc",
    "application/rtf": "rtf",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "image/heif": "heic",
}

_KINDS: tuple[tuple[Kind, dict[str, str]], ...] = (
    ("picture", _PICTURES),
    ("pages", _PDF),
    ("text", _TEXTS),
    ("video", _VIDEOS),
    ("audio", _SOUNDS),
    ("file", _DOWNLOADS),
)
_KIND = {media_type: kind for kind, types in _KINDS for media_type in types}
_ENDING = {media_type: ending for _, types in _KINDS for media_type, ending in types.items()}

_SEEN_AS_THEY_ARE = {"video", "audio"}


def kind_of(media_type: str) -> Kind:
    """How evidence of a media type is shown."""
    return _KIND.get(media_type, "file")


def is_streamed(media_type: str) -> bool:
    """Whether a browser is given the bytes themselves to play."""
    return kind_of(media_type) in _SEEN_AS_THEY_ARE


def served_as(media_type: str) -> str:
    """The Content-Type of the bytes as they are: one of the list, or bytes of no type."""
    return media_type if media_type in _KIND else "application/octet-stream"


def file_name(part: str, media_type: str) -> str:
    """A name for a download that says nothing of a person: the part's, with an ending of ours."""
    return f"{part}.{_ENDING.get(media_type, 'bin')}"
