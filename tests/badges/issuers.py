"""Issuers of our own making, and what the web would answer about them."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from badges.document import Document
from badges.errors import UnreachableDocument
from badges.proofs.data_integrity import add_proof
from badges.status_list import Bitstring, status_list_credential
from badges.verification import TITLES, IssuerPolicy, Verifier
from badges.verification.checks import ON_DEMAND
from keys import did_key
from keys.jwk import jwk_of_public_key
from keys.multikey import encode_public_key

NOW = datetime(2026, 4, 1, tzinfo=UTC)
ISSUER = "did:web:issuer.example.org"
DID_URL = "https://issuer.example.org/.well-known/did.json"
V2 = "https://www.w3.org/ns/credentials/v2"
LIST = "https://issuer.example.org/status/1"


class Key:
    """An issuer's key in a test."""

    def __init__(self, did: str | None = None) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.id = encode_public_key(self.private.public_key())
        self.did = did or did_key(self.private.public_key())
        self.verification_method = f"{self.did}#{self.id}"

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)


class Shelf:
    """Documents at hand by address; anything else cannot be reached."""

    def __init__(self, **_: Any) -> None:
        self.documents: dict[str, Any] = {}

    def load(self, url: str) -> Any:
        if url not in self.documents:
            raise UnreachableDocument("connection refused")
        return copy.deepcopy(self.documents[url])


class JoseKey:
    """A key that signs JWTs: ES256 or RS256."""

    def __init__(self, algorithm: str = "ES256", key_url: str = f"{ISSUER}#jose") -> None:
        self.algorithm = algorithm
        self.key_url = key_url
        self.private: Any = (
            ec.generate_private_key(ec.SECP256R1())
            if algorithm == "ES256"
            else rsa.generate_private_key(65537, 2048)
        )

    @property
    def jwk(self) -> dict[str, Any]:
        return jwk_of_public_key(self.private.public_key())

    def sign(self, data: bytes) -> bytes:
        if self.algorithm == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


def signed_list(key: Key, bits: Bitstring, issuer: str = ISSUER) -> dict[str, Any]:
    return add_proof(status_list_credential(LIST, issuer, "revocation", bits, NOW, 300), key, NOW)


def check(document: Any, shelf: Any, now: datetime = NOW, **more: Any) -> dict[str, str]:
    text = document if isinstance(document, str | bytes) else json.dumps(document)
    report = Verifier(shelf, now, IssuerPolicy({ISSUER: "Issuer"})).verify(text, **more)
    shown = [c.id for c in report.checks]
    assert [name for name in TITLES if name not in ON_DEMAND or name in shown] == shown
    assert (report.outcome == "verified") == report.verified
    return {c.id: c.status for c in report.checks} | {
        "answer": report.answer,
        "outcome": report.outcome,
    }


def report(document: Any, shelf: Any) -> Any:
    text = document if isinstance(document, str) else json.dumps(document)
    return Verifier(shelf, NOW, IssuerPolicy({ISSUER: "Issuer"})).verify(text)


def presentation(*credentials: Any, **more: Any) -> Document:
    return {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": list(credentials),
        **more,
    }
