"""Credentials in images: other people's come out as they went in, and ours too."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.artefacts import Form, Proof
from badges.baking import bake_png, bake_svg, unbake
from badges.baking.png import PNG_SIGNATURE
from badges.errors import MalformedDocument
from badges.image import badge_svg, png_of_svg
from badges.loader import NoDocuments
from badges.verification import Verifier
from tests.conftest import Vectors
from tests.world import World


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def text_chunk(text: bytes, keyword: bytes = b"openbadgecredential", flag: bytes = b"\0") -> bytes:
    return chunk(b"iTXt", keyword + b"\0" + flag + b"\0" + b"en\0\0" + text)


def png(*chunks: bytes) -> bytes:
    return PNG_SIGNATURE + b"".join(chunks) + chunk(b"IEND", b"")


def test_the_validators_images(vectors: Vectors) -> None:
    folder = vectors.folder / "1edtech-validator/ob30"
    expected = vectors.json("1edtech-validator/ob30/simple.json")["id"]
    for name in ("simple-json.png", "simple-json.svg"):
        assert json.loads(unbake((folder / name).read_bytes())[0])["id"] == expected, name
    for name in ("simple-jwt.png", "simple-jwt.svg"):
        assert unbake((folder / name).read_bytes())[0].count(b".") == 2, name


def test_images_that_hold_none_say_so(vectors: Vectors) -> None:
    """The consortium's images are QR codes beside its credentials: nothing is baked in."""
    images = sorted((vectors.folder / "dcc-vc-test-fixtures").rglob("*.png"))
    assert len(images) > 80
    for image in images:
        with pytest.raises(MalformedDocument, match="holds no credentials"):
            unbake(image.read_bytes())


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "ES256"])
@pytest.mark.parametrize("form", ["svg", "png"])
def test_our_own_crest_with_a_badge_in_it(world: World, form: Form, proof: Proof) -> None:
    award = world.award()
    baked = world.app.publishing.artefact(award, form, proof)
    assert baked is not None
    credential, where = unbake(baked)
    assert where == {"svg": "in an SVG image", "png": "in a PNG image"}[form]
    assert credential == world.app.publishing.artefact(
        award, "jwt" if proof == "ES256" else "json", proof
    )
    assert world.app.verifying.verifier().verify(baked).verified
    altered = credential.replace(b"Checking", b"Chucking").replace(b".eyJ", b".eyK")
    assert altered != credential
    again = baked.replace(credential, altered)
    if form == "png":
        again = bake_png(png_of_svg("<svg xmlns='http://www.w3.org/2000/svg'/>"), altered)
    assert not world.app.verifying.verifier().verify(again).verified


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_any_json_goes_in_and_out_of_an_svg(words: str, name: str) -> None:
    credential = json.dumps({"name": words + "]]>"}).encode()
    drawn = badge_svg("".join(c for c in name if c.isprintable()) or "n", "Issuer & Co", "Met")
    assert unbake(bake_svg(drawn, credential).encode())[0] == credential
    with pytest.raises(MalformedDocument):
        bake_svg(bake_svg(drawn, credential), credential)


def test_a_png_takes_one_credential_only() -> None:
    once = bake_png(png(chunk(b"IHDR", bytes(13))), b'{"a": 1}')
    assert unbake(once)[0] == b'{"a": 1}'
    for data in (once, b"GIF89a"):
        with pytest.raises(MalformedDocument):
            bake_png(data, b"{}")


def test_a_good_png() -> None:
    assert unbake(png(text_chunk(b'{"a": 1}'))) == (b'{"a": 1}', "in a PNG image")


@pytest.mark.parametrize(
    "data",
    [
        png(),
        png(text_chunk(b"{}"), text_chunk(b"{}")),
        png(text_chunk(b"{}", flag=b"\1")),
        png(chunk(b"tEXt", b"openbadgecredential\0{}")),
        png(text_chunk(b"{}"))[:-20],
        png(text_chunk(b"{}")).replace(b"{}", b"[]"),
        PNG_SIGNATURE + b"\xff\xff\xff\xffiTXt",
        PNG_SIGNATURE,
        b"<svg/>",
        b"<svg",
        b'<svg xmlns:o="https://purl.imsglobal.org/ob/v3p0"><o:credential/></svg>',
        b'<svg xmlns:o="https://purl.imsglobal.org/ob/v3p0"><o:credential>{}</o:credential>'
        b"<o:credential>{}</o:credential></svg>",
        b'<svg xmlns:o="https://purl.imsglobal.org/ob/v3p0"><o:credential><b/>{}</o:credential></svg>',
        b'<!DOCTYPE svg [<!ENTITY a "{}">]><svg xmlns:o="https://purl.imsglobal.org/ob/v3p0">'
        b"<o:credential>&a;</o:credential></svg>",
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg/>',
    ],
)
def test_images_that_mean_harm_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedDocument):
        unbake(data)


@settings(max_examples=300)
@given(st.binary(max_size=200), st.sampled_from([PNG_SIGNATURE, b"<svg ", b"<?xml ", b""]))
def test_odd_bytes_are_answered(data: bytes, start: bytes) -> None:
    report = Verifier(NoDocuments(), datetime(2026, 1, 1, tzinfo=UTC)).verify(start + data)
    assert not report.verified
