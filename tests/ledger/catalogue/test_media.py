"""What a file is stands in it; what a part takes, its definition says."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from ledger.catalogue import Part, family_of, found_type, refuse_other_media
from ledger.errors import Invalid

FILE = Part(id="plan", name="Plan", instruction="Add it.", kind="file")
LINK = Part(id="site", name="Site", instruction="Link it.", kind="link")
TEXT = Part(id="words", name="Words", instruction="Write.", kind="text")
OFFICE = "application/vnd.openxmlformats-officedocument."


def archive(*names: str, mimetype: str = "") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as bundle:
        if mimetype:
            bundle.writestr("mimetype", mimetype)
        for name in names:
            bundle.writestr(name, "x")
    return written.getvalue()


@pytest.mark.parametrize(
    ("head", "media_type", "family"),
    [
        (b"%PDF-1.7\n%abc", "application/pdf", "document"),
        (b"{\\rtf1 words}", "application/rtf", "document"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(30), "image/png", "image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(30), "image/jpeg", "image"),
        (b"GIF89a\1\0\1\0" + bytes(30), "image/gif", "image"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2", "video/mp4", "video"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video/quicktime", "video"),
        (b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42", "audio/mp4", "audio"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heif", "image"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86\x82\x84webm", "video/webm", "video"),
        (b"ID3\x03\0\0\0\0" + bytes(30), "audio/mpeg", "audio"),
        (b"RIFF\0\0\0\0WAVEfmt " + bytes(30), "audio/wav", "audio"),
        (b"fLaC\0" + bytes(30), "audio/flac", "audio"),
        (
            archive("[Content_Types].xml", "word/a.xml"),
            f"{OFFICE}wordprocessingml.document",
            "document",
        ),
        (
            archive("[Content_Types].xml", "ppt/a.xml"),
            f"{OFFICE}presentationml.presentation",
            "document",
        ),
        (archive("[Content_Types].xml", "xl/a.xml"), f"{OFFICE}spreadsheetml.sheet", "document"),
        (
            archive(mimetype="application/vnd.oasis.opendocument.text"),
            "application/vnd.oasis.opendocument.text",
            "document",
        ),
        (archive("a.exe"), "application/zip", "other"),
        (b"MZ\x90\0" + bytes(60), "application/octet-stream", "other"),
        (b"\x7fELF" + bytes(60), "application/octet-stream", "other"),
    ],
)
def test_bytes_tell_what_they_are(head: bytes, media_type: str, family: str) -> None:
    assert found_type(FILE, head, is_text=False) == media_type
    assert family_of(media_type) == family


@pytest.mark.parametrize(
    ("words", "media_type"),
    [
        ("What changed: a lot.", "text/plain"),
        ("BM is how this sentence begins, and it is no picture.", "text/plain"),
        ("\ufeff <!DOCTYPE html><p>", "text/html"),
        ("<html>", "text/html"),
        ("<svg onload='x'>", "image/svg+xml"),
        ("<?xml version='1.0'?><svg>", "image/svg+xml"),
        ("<?xml version='1.0'?><plan>", "application/xml"),
    ],
)
def test_text_is_text_unless_it_is_a_program_s(words: str, media_type: str) -> None:
    assert found_type(FILE, words.encode(), is_text=True) == media_type


def test_what_is_written_for_a_part_of_text_is_markdown() -> None:
    assert found_type(TEXT, b"**Words**", is_text=True) == "text/markdown"


@pytest.mark.parametrize("words", ["https://example.org/a?b=c", " http://example.org \n"])
def test_a_link_is_one_web_address(words: str) -> None:
    assert found_type(LINK, words.encode(), is_text=True) == "text/uri-list"


@pytest.mark.parametrize(
    "words",
    ["", "example.org", "javascript:alert(1)", "https://", "https://a.example b", "ftp://a"],
)
def test_what_is_no_link_is_refused(words: str) -> None:
    with pytest.raises(Invalid, match="one web address"):
        found_type(LINK, words.encode(), is_text=True)


@pytest.mark.parametrize(
    ("part", "taken", "refused"),
    [
        (lambda: FILE, ["video/mp4", "application/pdf", "text/plain"], ["application/zip"]),
        (lambda: TEXT, ["text/markdown", "application/pdf"], ["video/mp4", "image/png"]),
        (lambda: LINK, ["text/uri-list"], ["application/pdf"]),
        (lambda: FILE.model_copy(update={"media": ("video",)}), ["video/webm"], ["image/png"]),
        (
            lambda: FILE.model_copy(update={"media": ("other",)}),
            ["application/zip"],
            ["text/x-made-up"],
        ),
    ],
)
def test_a_part_takes_what_its_definition_says(
    part: Callable[[], Any], taken: list[str], refused: list[str]
) -> None:
    for media_type in taken:
        refuse_other_media(part(), media_type)
    for media_type in refused:
        with pytest.raises(Invalid, match="this part takes"):
            refuse_other_media(part(), media_type)


def test_a_part_may_ask_for_less_than_the_policy_allows() -> None:
    small = FILE.model_copy(update={"most_bytes": 10})
    assert (FILE.limit(100), small.limit(100), small.limit(5)) == (100, 10, 5)
    assert LINK.limit(10**9) == 2000
