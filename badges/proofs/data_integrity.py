"""Data Integrity proofs with the cryptosuite eddsa-rdfc-2022.

Sources: VC Data Integrity 1.0 §4; Data Integrity EdDSA Cryptosuites 1.0 §3.2; P1–P5.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from badges.canonical import canonical_nquads
from badges.document import Document, as_list
from badges.errors import MalformedProof, UnsupportedProof
from badges.model import utc_text
from keys.errors import MalformedKey
from keys.multikey import PublicKey, base58_encode, multibase_decode

CRYPTOSUITE = "eddsa-rdfc-2022"


class Signer(Protocol):
    """Signs with an issuer key, wherever that is kept."""

    @property
    def verification_method(self) -> str:
        """Absolute URL of the key, with its fragment."""

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""


def add_proof(document: Document, signer: Signer, created: datetime) -> Document:
    """``document`` with an eddsa-rdfc-2022 proof (EdDSA §3.2.1). Raises MalformedDocument."""
    proof: Document = {
        "type": "DataIntegrityProof",
        "created": utc_text(created),
        "verificationMethod": signer.verification_method,
        "cryptosuite": CRYPTOSUITE,
        "proofPurpose": "assertionMethod",
    }
    signature = signer.sign(hash_data(document, proof))
    return {**document, "proof": {**proof, "proofValue": "z" + base58_encode(signature)}}


def verify_proof(document: Document, proof: Document, key: PublicKey) -> bool:
    """Whether ``key`` made ``proof`` over ``document`` as it is now (EdDSA §3.2.2).

    Raises MalformedProof, MalformedDocument, or UnsupportedProof for a key of another type.
    """
    if not isinstance(key, Ed25519PublicKey):
        raise UnsupportedProof(f"{CRYPTOSUITE} needs an Ed25519 key")
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z"):
        raise MalformedProof("proofValue is not base58btc multibase")
    try:
        signature = multibase_decode(value)
    except MalformedKey as error:
        raise MalformedProof(f"proofValue: {error}") from None
    if len(signature) != 64:
        raise MalformedProof(f"proofValue holds {len(signature)} bytes, not 64")
    options = {name: item for name, item in proof.items() if name != "proofValue"}
    try:
        key.verify(signature, hash_data(document, options))
    except InvalidSignature:
        return False
    return True


def hash_data(document: Document, proof_options: Document) -> bytes:
    """The 64 bytes to be signed: SHA-256 of the proof options, then of the document (§3.2.4).

    A proof's own ``@context`` must be where the document's begins, and then stands for it
    (Data Integrity §4.2); else the options take the document's.
    """
    unsecured = {name: item for name, item in document.items() if name != "proof"}
    contexts = as_list(unsecured.get("@context"))
    own = as_list(proof_options.get("@context"))
    if own:
        if contexts[: len(own)] != own:
            raise MalformedProof("the proof's @context is not where the document's begins")
        unsecured["@context"] = own
    options = {**proof_options, "@context": unsecured.get("@context", [])}
    return b"".join(
        hashlib.sha256(canonical_nquads(part).encode()).digest() for part in (options, unsecured)
    )


def supported_proof(document: Document) -> Document:
    """The first proof of ``document`` that we can check. MalformedProof, UnsupportedProof."""
    proofs = as_list(document.get("proof"))
    if not proofs:
        raise MalformedProof("the document carries no proof")
    seen = []
    for proof in proofs:
        if not isinstance(proof, dict):
            raise MalformedProof("a proof is not an object")
        if proof.get("type") == "DataIntegrityProof" and proof.get("cryptosuite") == CRYPTOSUITE:
            return proof
        seen.append(str(proof.get("cryptosuite", proof.get("type"))))
    raise UnsupportedProof(f"this verifier does not know {', '.join(seen)}")
