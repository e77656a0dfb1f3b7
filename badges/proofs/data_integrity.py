"""Data Integrity proofs: made, and checked with every cryptosuite we know.

Sources: VC Data Integrity 1.0 §4; requirements P1–P7.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from badges.canonical import Canonicalize, canonical_nquads
from badges.document import Document, as_list
from badges.errors import MalformedProof, UnsupportedProof
from badges.model import utc_text
from badges.proofs.cryptosuites import EDDSA_RDFC_2022, Cryptosuite, suite_of
from keys.multikey import PublicKey, base58_encode, decode_public_key

_MOST_PROOFS = 10


class Signer(Protocol):
    """Signs with an issuer key, wherever that is kept."""

    @property
    def verification_method(self) -> str:
        """Absolute URL of the key; its fragment is the Multikey text."""

    def sign(self, data: bytes) -> bytes:
        """The signature, 64 bytes: Ed25519, or r‖s of ECDSA with P-256."""


def add_proof(
    document: Document, signer: Signer, created: datetime, suite: Cryptosuite = EDDSA_RDFC_2022
) -> Document:
    """``document`` with a proof (EdDSA §3.2.1, ECDSA §3.2.1). Raises MalformedDocument.

    With a JCS suite the proof carries the document's ``@context`` (EdDSA §3.3.1).
    """
    method = signer.verification_method
    proof = proof_options(suite, method, utc_text(created))
    if not suite.is_rdf:
        proof = {"@context": document["@context"], **proof}
    key = decode_public_key(method.rpartition("#")[2])
    signature = signer.sign(suite.hash_data(document, proof, key))
    return {**document, "proof": {**proof, "proofValue": "z" + base58_encode(signature)}}


def proof_options(suite: Cryptosuite, method: str, created: str) -> Document:
    """A proof without its value (Data Integrity 1.0 §2.1)."""
    return {
        "type": "DataIntegrityProof",
        "created": created,
        "verificationMethod": method,
        "cryptosuite": suite.name,
        "proofPurpose": "assertionMethod",
    }


def verify_proof(
    document: Document,
    proof: Document,
    key: PublicKey,
    canonicalize: Canonicalize = canonical_nquads,
) -> bool:
    """Whether ``key`` made ``proof`` over ``document`` as it is now (Data Integrity 1.0 §4.4).

    Raises MalformedProof, MalformedDocument, or UnsupportedProof.
    """
    suite = suite_of(proof)
    if suite is None:
        raise UnsupportedProof(f"this verifier does not know {_named(proof)}")
    return suite.check(document, proof, key, canonicalize)


def supported_proofs(document: Document) -> list[Document]:
    """The proofs of ``document`` that we can check, at most ten. Raises MalformedProof when there
    is none at all, UnsupportedProof when we know none of them.

    A proof that builds on another (``previousProof``, §2.1.2) is not one of them.
    """
    proofs = as_list(document.get("proof"))
    if not proofs:
        raise MalformedProof("the document carries no proof")
    if not all(isinstance(proof, dict) for proof in proofs) or len(proofs) > _MOST_PROOFS:
        raise MalformedProof(f"proof is neither an object nor up to {_MOST_PROOFS} of them")
    known = [p for p in proofs if suite_of(p) is not None and "previousProof" not in p]
    if not known:
        raise UnsupportedProof(f"this verifier does not know {', '.join(map(_named, proofs))}")
    return known


def _named(proof: Document) -> str:
    chained = " that builds on another proof" if "previousProof" in proof else ""
    return str(proof.get("cryptosuite", proof.get("type"))) + chained
