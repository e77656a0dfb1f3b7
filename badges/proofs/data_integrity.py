"""Data Integrity proofs: made, and checked with every cryptosuite we know.

Sources: VC Data Integrity 1.0 §4; requirements P1–P7.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from badges.canonical import Canonicalize, canonical_nquads
from badges.document import Document, as_list, without_proof
from badges.errors import MalformedDocument, MalformedProof, UnsupportedProof
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
    signature = signer.sign(suite.hash_data(without_proof(document), proof, key))
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
    earlier: Sequence[Document] = (),
) -> bool:
    """Whether ``key`` made ``proof`` over ``document`` as it is now (Data Integrity 1.0 §4.4).

    ``earlier`` are the proofs that it builds on. By the standard they are signed with the document
    (§4.5); widespread software signs the document alone, and their ids among the proof's options.
    Both cover the document; the earlier proofs are the caller's to check.
    Raises MalformedProof, MalformedDocument, or UnsupportedProof.
    """
    suite = suite_of(proof)
    if suite is None:
        raise UnsupportedProof(f"this verifier does not know {_named(proof)}")
    unsecured = without_proof(document)
    genuine = suite.check(unsecured, proof, key, canonicalize)
    if genuine or not earlier:
        return genuine
    try:
        return suite.check({**unsecured, "proof": [*earlier]}, proof, key, canonicalize)
    except MalformedDocument as error:
        raise UnsupportedProof(f"it builds on a proof that cannot be read: {error}") from None


def proofs_of(document: Document) -> list[Document]:
    """The proofs of ``document``, one to ten. Raises MalformedProof."""
    proofs = as_list(document.get("proof"))
    if not proofs:
        raise MalformedProof("the document carries no proof")
    if not all(isinstance(proof, dict) for proof in proofs) or len(proofs) > _MOST_PROOFS:
        raise MalformedProof(f"proof is neither an object nor up to {_MOST_PROOFS} of them")
    return proofs


def earlier_proofs(proof: Document, proofs: list[Document]) -> list[Document]:
    """Those of ``proofs`` that ``proof`` builds on (``previousProof``, §2.1.2, §4.5 step 3).

    Raises MalformedProof for one that is not there.
    """
    found = []
    for name in as_list(proof.get("previousProof")):
        named = [item for item in proofs if isinstance(name, str) and item.get("id") == name]
        if not named:
            raise MalformedProof(f"it builds on the proof {name!r}, which is not there")
        found += named
    return found


def _named(proof: Document) -> str:
    return str(proof.get("cryptosuite", proof.get("type")))
