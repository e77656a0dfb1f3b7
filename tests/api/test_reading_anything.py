"""One field takes anything: what is it, and what is said of what is none."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from PIL import Image, ImageFilter

from api.checking import Question
from api.deadline import Deadline
from api.readers import Readers
from api.reading import MOST_ADDRESSES, Addresses, Asked, Credential, LogReceipt, Reading
from badges.errors import MalformedDocument, TooMuchWork
from badges.qr import qr_png
from tests.world import World

ADDRESS = "https://badges.harmony.example/badges/0d9f1d2e-6f3b-4f4a-9a65-2f2d54a5f0e1"
reading = Reading(Readers())


@pytest.fixture(scope="module", autouse=True)
def ended() -> Iterator[None]:
    yield
    reading.readers.close()


def read(data: bytes | str) -> Any:
    return reading.read(data, Deadline.after(20))


def photographed(change: Callable[[Image.Image], Image.Image], form: str = "JPEG") -> bytes:
    """A QR code on a sheet of grey paper, as a telephone sees it."""
    code = Image.open(io.BytesIO(qr_png(ADDRESS))).convert("RGB")
    sheet = Image.new("RGB", (1600, 1200), (208, 205, 196))
    sheet.paste(code.resize((520, 520)), (540, 300))
    out = io.BytesIO()
    change(sheet).save(out, form)
    return out.getvalue()


def tilted(sheet: Image.Image) -> Image.Image:
    """As seen from the side: what is farther away is smaller."""
    seen = (1.1, 0.25, -180, 0.05, 1.2, -80, 0.0001, 0.0003)
    return sheet.transform(
        sheet.size, Image.Transform.PERSPECTIVE, seen, Image.Resampling.BILINEAR, 1, (90, 80, 70)
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda sheet: sheet,
        lambda sheet: sheet.rotate(23, expand=True, fillcolor=(90, 80, 70)),
        lambda sheet: sheet.rotate(180),
        lambda sheet: sheet.filter(ImageFilter.GaussianBlur(3)),
        lambda sheet: sheet.resize((640, 480)),
        lambda sheet: sheet.point(lambda value: int(value * 0.35)),
        tilted,
        lambda sheet: tilted(sheet.rotate(9)).filter(ImageFilter.GaussianBlur(2)),
    ],
    ids=["plain", "turned", "upside-down", "blurred", "small", "dark", "tilted", "all"],
)
def test_a_photographed_code_is_read(change: Callable[[Image.Image], Image.Image]) -> None:
    assert read(photographed(change)) == Addresses((Asked(ADDRESS),), "in a QR code")


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_photograph_comes_in_any_usual_form(form: str) -> None:
    assert read(photographed(lambda sheet: sheet, form)).asked == (Asked(ADDRESS),)


def test_every_form_of_a_badge_is_read(world: World) -> None:
    award = world.award()
    for form, proof in (("json", "eddsa-rdfc-2022"), ("jwt", "ES256"), ("png", "ES256")):
        data = world.app.publishing.artefact(award, form, proof)  # type: ignore[arg-type]
        assert read(data or b"") == Credential(data or b"")
    pdf = world.app.publishing.artefact(award, "pdf", "eddsa-rdfc-2022")
    assert read(pdf or b"") == Credential(world.app.publishing.badge(award) or b"", "in a PDF")
    receipt = str(world.app.publishing.receipt(award))
    assert isinstance(read(receipt), LogReceipt)


def test_lists_of_addresses() -> None:
    assert read(f"  {ADDRESS}\n") == Addresses((Asked(ADDRESS),))
    assert read(f"{ADDRESS}\r\n\r\n{ADDRESS}").asked == (Asked(ADDRESS), Asked(ADDRESS))
    table = f"Name;Badge;E-mail\nAna;{ADDRESS};ana@example.org\nBo;{ADDRESS};\nCy;none;c@x.org"
    assert read(table).asked == (Asked(ADDRESS, "ana@example.org"), Asked(ADDRESS))
    assert read(f'"Name","Badge"\n"A, B","{ADDRESS}"').asked == (Asked(ADDRESS),)


def test_a_list_is_bounded_in_words() -> None:
    with pytest.raises(MalformedDocument, match=f"10000 lines; at most {MOST_ADDRESSES}"):
        read("\n".join([ADDRESS] * 10_000))
    assert len(read("\n".join([ADDRESS] * MOST_ADDRESSES)).asked) == MOST_ADDRESSES


def garbage(start: bytes) -> bytes:
    return start + bytes(range(256)) * 4096


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "there is nothing in it"),
        (b" \n", "there is nothing in it"),
        (garbage(b"%PDF-1.7\n"), "a PDF that cannot be opened"),
        (garbage(b"\xff\xd8\xff"), "no picture that can be read"),
        (garbage(b"\x89PNG\r\n\x1a\n"), "a chunk of the PNG is damaged"),
        (garbage(b"PK\x03\x04"), "a ZIP file"),
        (b"<!DOCTYPE html><html><body>Hello", "a web page, not a badge"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "the SVG holds no credentials"),
        (b"x" * (5 * 1024 * 1024), "larger than 4 MiB"),
    ],
)
def test_what_is_no_badge_is_said_in_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(MalformedDocument, match=words):
        read(data)


def test_a_picture_without_a_code_or_too_large() -> None:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "JPEG")
    with pytest.raises(MalformedDocument, match="a JPEG picture, and no QR code is seen in it"):
        read(out.getvalue())
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 200_000
    with pytest.raises(MalformedDocument, match="too many pixels"):
        read(out.getvalue())


def test_a_code_that_holds_no_address() -> None:
    with pytest.raises(MalformedDocument, match="does not hold the address of a badge"):
        read(qr_png("mailto:ana@example.org"))


def test_a_megabyte_of_garbage_is_answered_in_words(world: World) -> None:
    checking = world.app.verifying.checking
    report = checking.report(garbage(b"\0"), Deadline.after(20))
    assert report.verdict.key == "not-a-badge"
    assert "A badge is a .json, .jwt, .png, .svg or .pdf file" in str(report.verdict.sentence)


def test_reading_has_an_end() -> None:
    """A reader that hangs, or eats memory, is ended; that says nothing about the badge."""
    photograph = photographed(lambda sheet: sheet)
    for limit in ({"memory": 64 * 1024 * 1024}, {"seconds": 0.001}):
        with closing(Readers(**limit)) as readers, pytest.raises(TooMuchWork):
            Reading(readers).read(photograph, Deadline.after(60))


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/badge",
        "https://[::1]/badge",
        "https://10.0.0.8/badge",
        "https://169.254.169.254/latest/meta-data/",
        "http://badges.harmony.example/x",
        "https://user:secret@badges.harmony.example/",
        "https://badges.harmony.example:8443/",
    ],
)
def test_a_list_cannot_send_us_where_we_may_not_go(world: World, address: str) -> None:
    """Each address of a list passes the guarded fetcher (tests/api/test_guarded_fetch.py)."""
    found = read(f"{address}\n{address}")
    checking = world.app.verifying.checking
    reports = [checking.at(one, Deadline.after(5.0)).report for one in found.asked]
    assert [report.verdict.key for report in reports] == ["not-had", "not-had"]


def test_our_own_badge_by_its_address_and_for_the_person_a_list_names(world: World) -> None:
    award = world.award()
    address = world.app.site.badge(award)
    checking = world.app.verifying.checking
    for one in (address, f"{address}?from=qr", f"{address}/share", f"{address}.json"):
        assert checking.report(one, Deadline.after(20)).verified, one
    named = (Asked(address, "somebody@example.org"), Asked(address))
    reports = [checking.at(one, Deadline.after(20)).report for one in named]
    assert [report.outcome for report in reports] == ["other-person", "verified"]


def test_a_receipt_that_was_handed_in_with_its_badge(world: World) -> None:
    from ledger.transparency import Receipt

    award, other = world.award(), world.award(world.person("educator", world.campus))
    publishing = world.app.publishing
    data = publishing.badge(award) or b""
    own, strange = (Receipt.parse(str(publishing.receipt(a)).encode()) for a in (award, other))
    checking, key = world.app.verifying.checking, world.app.log.verifier
    report = checking.report(data, Deadline.after(20), Question(receipt=own, log=key))
    assert report.statuses["log.inclusion"] == "passed"
    report = checking.report(data, Deadline.after(20), Question(receipt=strange, log=key))
    assert report.statuses["log.inclusion"] == "failed"
