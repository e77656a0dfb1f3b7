"""ecdsa-sd-2023: checking a proof that its holder derived by disclosing parts of a credential.

Source: Data Integrity ECDSA Cryptosuites 1.0 §3.4, §3.5.8 (verify), §3.5.7 (proof value).
The issuer signed what is mandatory, and the public half of a key that signed every other
statement on its own; a derived proof shows the statements that were chosen with theirs.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from badges.canonical import Canonicalize
from badges.document import Document
from badges.errors import MalformedProof, UnsupportedProof
from badges.proofs.signatures import is_signed_by
from keys.errors import MalformedKey
from keys.multikey import (
    PublicKey,
    base58_encode,
    base64url_decode,
    base64url_encode,
    decode_public_key,
)

_BASE, _DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
_BLANK_NODE = re.compile(r"(?P<literal>\"(?:[^\"\\]|\\.)*\")|_:(?P<label>c14n[0-9]+)")


@dataclass(frozen=True)
class DerivedProof:
    """What a derived ``proofValue`` holds (§3.5.7)."""

    base_signature: bytes
    public_key: bytes
    signatures: tuple[bytes, ...]
    labels: dict[int, bytes]
    mandatory: frozenset[int]


def read_derived_proof(proof_value: object) -> DerivedProof:
    """The parts of a derived proof. Raises MalformedProof; UnsupportedProof for a base proof,
    which only its holder can use."""
    if not isinstance(proof_value, str) or not proof_value.startswith("u"):
        raise MalformedProof("proofValue is not base64url multibase")
    try:
        data = base64url_decode(proof_value[1:])
    except MalformedKey as error:
        raise MalformedProof(f"proofValue: {error}") from None
    if data.startswith(_BASE):
        raise UnsupportedProof("a base proof is for its holder; show a proof derived from it")
    if not data.startswith(_DERIVED):
        raise MalformedProof("proofValue is no ecdsa-sd-2023 proof")
    value, end = _cbor(data, len(_DERIVED))
    match value:
        case [bytes(base), bytes(key), list(signatures), dict(labels), list(mandatory)] if (
            end == len(data)
            and len(key) == 35
            and all(isinstance(item, bytes) and len(item) == 64 for item in [base, *signatures])
            and all(isinstance(k, int) and isinstance(v, bytes) for k, v in labels.items())
            and all(isinstance(index, int) for index in mandatory)
        ):
            return DerivedProof(base, key, tuple(signatures), labels, frozenset(mandatory))
    raise MalformedProof("proofValue does not hold the five parts of a derived proof")


def relabelled(nquads: str, labels: dict[int, bytes]) -> list[str]:
    """Canonical N-Quads with the issuer's own labels for blank nodes, sorted (§3.4.6, §3.5.8).

    Raises MalformedProof for a blank node without a label.
    """

    def name(match: re.Match[str]) -> str:
        if match["label"] is None:
            return match[0]
        number = int(match["label"].removeprefix("c14n"))
        if number not in labels:
            raise MalformedProof(f"the proof gives no label for blank node {number}")
        return f"_:u{base64url_encode(labels[number])}"

    return sorted(f"{_BLANK_NODE.sub(name, line)}\n" for line in nquads.split("\n") if line)


def disclosed_holds(
    statements: list[str], derived: DerivedProof, proof_hash: bytes, key: PublicKey
) -> bool:
    """Whether the issuer's ``key`` vouches for every one of ``statements`` (§3.4.17).

    Raises MalformedProof.
    """
    mandatory = [line for index, line in enumerate(statements) if index in derived.mandatory]
    others = [line for index, line in enumerate(statements) if index not in derived.mandatory]
    if len(mandatory) != len(derived.mandatory) or len(others) != len(derived.signatures):
        raise MalformedProof("the proof is for another number of statements")
    try:
        own = decode_public_key("z" + base58_encode(derived.public_key))
    except MalformedKey as error:
        raise MalformedProof(f"the proof's own key: {error}") from None
    if not isinstance(own, ec.EllipticCurvePublicKey) or own.curve.key_size != 256:
        raise MalformedProof("the proof's own key is not P-256")
    signed = proof_hash + derived.public_key + hashlib.sha256("".join(mandatory).encode()).digest()
    return is_signed_by(key, derived.base_signature, signed) and all(
        is_signed_by(own, signature, line.encode())
        for line, signature in zip(others, derived.signatures, strict=True)
    )


class SelectiveDisclosure:
    """The cryptosuite, for checking only."""

    name = "ecdsa-sd-2023"

    def check(
        self, unsecured: Document, proof: Document, key: PublicKey, canonicalize: Canonicalize
    ) -> bool:
        """Raises MalformedProof, MalformedDocument, UnsupportedProof."""
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size != 256:
            raise MalformedProof(f"{self.name} does not go with a key of this type")
        derived = read_derived_proof(proof.get("proofValue"))
        options = {name: item for name, item in proof.items() if name != "proofValue"}
        options["@context"] = unsecured.get("@context", [])
        proof_hash = hashlib.sha256(canonicalize(options).encode()).digest()
        statements = relabelled(canonicalize(unsecured), derived.labels)
        return disclosed_holds(statements, derived, proof_hash, key)


def _cbor(data: bytes, place: int, depth: int = 0) -> tuple[Any, int]:
    """A CBOR item at ``place`` and where it ends (RFC 8949 §3): the four kinds that a proof
    holds, each of definite length. Raises MalformedProof."""
    if place >= len(data) or depth > 3:
        raise MalformedProof("proofValue is cut off")
    kind, size = data[place] >> 5, data[place] & 31
    place += 1
    if size > 23:
        octets = {24: 1, 25: 2, 26: 4}.get(size)
        if octets is None or place + octets > len(data):
            raise MalformedProof("proofValue is not the CBOR of a proof")
        size, place = int.from_bytes(data[place : place + octets]), place + octets
    if kind == 0:
        return size, place
    if kind in {2, 4, 5} and size > len(data) - place:
        raise MalformedProof("proofValue is cut off")
    if kind == 2:
        return data[place : place + size], place + size
    items = []
    for _ in range({4: size, 5: 2 * size}.get(kind, 0)):
        item, place = _cbor(data, place, depth + 1)
        items.append(item)
    if kind == 4:
        return items, place
    if kind == 5 and all(isinstance(item, int) for item in items[::2]):
        return dict(zip(items[::2], items[1::2], strict=True)), place
    raise MalformedProof("proofValue is not the CBOR of a proof")
