"""Compact JSON Web Signatures: reading one strictly, checking it, making one.

Source: RFC 7515, RFC 7518 §3, RFC 8725 (best practice); requirements K1, K2, K4. The algorithm
is never taken from the token alone: it must be one of the list and fit the kind of key, so
neither ``none`` nor a public key taken for a shared secret gets through.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from badges.document import Document, parse_document
from badges.errors import MalformedDocument, MalformedProof, UnsupportedProof
from badges.proofs.signatures import is_signed_by
from keys.errors import MalformedKey
from keys.multikey import PublicKey, base64url_decode, base64url_encode

_COMPACT = re.compile(r"[\w-]+\.[\w-]*\.[\w-]*", re.ASCII)
_NOT_UNDERSTOOD = ("crit", "b64", "zip", "jku", "x5u")


class JwsSigner(Protocol):
    """Signs with a key that JOSE knows."""

    @property
    def algorithm(self) -> str:
        """The JOSE name, e.g. ``ES256``."""

    @property
    def key_url(self) -> str:
        """Absolute URL of the key in its controller's document: the ``kid``."""

    def sign(self, data: bytes) -> bytes:
        """The signature in JOSE's form: r‖s for ECDSA."""


@dataclass(frozen=True)
class Jws:
    """A compact JWS, taken apart and not yet believed."""

    header: Document
    payload: bytes
    signature: bytes
    signed: bytes

    @property
    def algorithm(self) -> str:
        return str(self.header.get("alg"))


def is_compact_jws(text: str) -> bool:
    """Whether ``text`` has the form of a compact JWS."""
    return _COMPACT.fullmatch(text) is not None


def read_jws(text: str) -> Jws:
    """The parts of a compact JWS. Raises MalformedProof, or UnsupportedProof for an algorithm or
    header parameter that this verifier does not know."""
    try:
        parts = [base64url_decode(part) for part in text.split(".")]
        header, payload, signature = parts
        members = parse_document(header)
    except (MalformedKey, MalformedDocument, ValueError) as error:
        raise MalformedProof(f"not a compact JWS: {error}") from None
    if base64url_encode(signature) != text.rpartition(".")[2]:
        raise MalformedProof("not a compact JWS: its signature has stray bits")
    algorithm = members.get("alg")
    if not isinstance(algorithm, str) or algorithm.lower() == "none":
        raise MalformedProof("alg is 'none': nobody signed it")
    if algorithm.startswith("HS"):
        raise MalformedProof(f"alg {algorithm} is a shared secret: whoever checks could forge")
    if algorithm not in _ALGORITHMS:
        raise UnsupportedProof(f"this verifier does not know alg {algorithm!r}")
    if odd := [name for name in _NOT_UNDERSTOOD if name in members]:
        raise UnsupportedProof(f"the JWS header has {odd[0]!r}, which this verifier does not take")
    return Jws(members, payload, signature, text.rpartition(".")[0].encode())


def verify_jws(jws: Jws, key: PublicKey) -> bool:
    """Whether ``key`` made the signature. Raises MalformedProof when alg and key do not go
    together, so that no key is used in another's place (RFC 8725 §3.1)."""
    if not _ALGORITHMS[jws.algorithm](key):
        raise MalformedProof(f"alg {jws.algorithm} does not go with the issuer's key")
    return is_signed_by(key, jws.signature, jws.signed)


def sign_jws(payload: Document, signer: JwsSigner, typ: str) -> str:
    """A compact JWS over ``payload`` as JSON."""
    header = {"alg": signer.algorithm, "kid": signer.key_url, "typ": typ}
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, payload))
    signed = ".".join(base64url_encode(part) for part in parts)
    return f"{signed}.{base64url_encode(signer.sign(signed.encode()))}"


def _is_curve(key: PublicKey, bits: int) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size == bits


_ALGORITHMS = {
    "ES256": lambda key: _is_curve(key, 256),
    "ES384": lambda key: _is_curve(key, 384),
    "RS256": lambda key: isinstance(key, RSAPublicKey),
    "EdDSA": lambda key: isinstance(key, Ed25519PublicKey),
    "Ed25519": lambda key: isinstance(key, Ed25519PublicKey),
}
