"""Key encodings against the did:key vectors, and the two DID methods that we speak."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from keys import MalformedDID, MalformedKey, did_key, did_key_document, did_web, did_web_url
from keys.multikey import (
    base58_decode,
    base58_encode,
    base64url_decode,
    decode_public_key,
    encode_public_key,
    multibase_decode,
)
from tests.conftest import Vectors


@given(st.binary(max_size=80))
def test_base58_goes_there_and_back(data: bytes) -> None:
    assert base58_decode(base58_encode(data)) == data


def test_ed25519_did_key_vectors(vectors: Vectors) -> None:
    cases = vectors.json("did-key/ed25519-x25519.json")
    assert len(cases) >= 3
    for did in cases:
        key = decode_public_key(did.removeprefix("did:key:"))
        assert isinstance(key, Ed25519PublicKey)
        assert did_key(key) == did
        document = did_key_document(did)
        fragment = did.removeprefix("did:key:")
        assert document["assertionMethod"] == [f"{did}#{fragment}"]
        assert document["verificationMethod"][0]["publicKeyMultibase"] == fragment


def test_nist_curve_did_key_vectors(vectors: Vectors) -> None:
    known = 0
    for did in vectors.json("did-key/nist-curves.json"):
        multibase = did.removeprefix("did:key:")
        if not multibase.startswith(("zDn", "z82")):  # P-521 is not one of ours
            continue
        key = decode_public_key(multibase)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert encode_public_key(key) == multibase
        known += 1
    assert known >= 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "zzzz",
        "Q6Mk",
        "z6Mk0",
        "u!!",
        "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hw",
        "z" + "1" * 5000,
        "zDnae",
        "m",
    ],
)
def test_malformed_keys_are_refused(text: str) -> None:
    with pytest.raises(MalformedKey):
        decode_public_key(text)


def test_malformed_multibase_is_refused() -> None:
    with pytest.raises(MalformedKey):
        multibase_decode("f00")
    with pytest.raises(MalformedKey):
        base64url_decode("a+b/")


@pytest.mark.parametrize(
    ("base", "did", "url"),
    [
        (
            "http://localhost:8000",
            "did:web:localhost%3A8000",
            "http://localhost:8000/.well-known/did.json",
        ),
        (
            "https://Badges.Example.org",
            "did:web:badges.example.org",
            "https://badges.example.org/.well-known/did.json",
        ),
        ("https://example.org/t/a", "did:web:example.org:t:a", "https://example.org/t/a/did.json"),
        (
            "https://example.org:8443",
            "did:web:example.org%3A8443",
            "https://example.org:8443/.well-known/did.json",
        ),
    ],
)
def test_did_web_there_and_back(base: str, did: str, url: str) -> None:
    assert did_web(base) == did
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:127.0.0.1",
        "did:web:%5B::1%5D",
        "did:web:example.org:..:x",
        "did:web:example.org%3Aport",
        "did:web:example.org%3A99999",
        "did:web:exa mple.org",
        "did:web:example.org:a%2Fb",
        "did:key:z6Mk",
        "did:web:2130706433",
        "did:web:user@host",
    ],
)
def test_did_web_outside_its_syntax_is_refused(did: str) -> None:
    with pytest.raises(MalformedDID):
        did_web_url(did)
