"""Data Integrity proofs: made with eddsa-rdfc-2022, checked with every cryptosuite we know.

Sources: VC Data Integrity 1.0 §4; requirements P1–P7.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from badges.canonical import canonical_nquads
from badges.document import Document, as_list
from badges.errors import MalformedProof, UnsupportedProof
from badges.model import utc_text
from badges.proofs.cryptosuites import EDDSA_RDFC_2022, suite_of
from keys.errors import MalformedKey
from keys.multikey import PublicKey, base58_encode, decode_public_key, multibase_decode


class Signer(Protocol):
    """Signs with an issuer key, wherever that is kept."""

    @property
    def verification_method(self) -> str:
        """Absolute URL of the key; its fragment is the Multikey text."""

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""


def add_proof(document: Document, signer: Signer, created: datetime) -> Document:
    """``document`` with an eddsa-rdfc-2022 proof (EdDSA §3.2.1). Raises MalformedDocument."""
    method = signer.verification_method
    proof: Document = {
        "type": "DataIntegrityProof",
        "created": utc_text(created),
        "verificationMethod": method,
        "cryptosuite": EDDSA_RDFC_2022.name,
        "proofPurpose": "assertionMethod",
    }
    key = decode_public_key(method.rpartition("#")[2])
    signature = signer.sign(EDDSA_RDFC_2022.hash_data(document, proof, key))
    return {**document, "proof": {**proof, "proofValue": "z" + base58_encode(signature)}}


def verify_proof(document: Document, proof: Document, key: PublicKey) -> bool:
    """Whether ``key`` made ``proof`` over ``document`` as it is now (Data Integrity 1.0 §4.4).

    Raises MalformedProof, MalformedDocument, or UnsupportedProof.
    """
    suite = suite_of(proof)
    if suite is None:
        raise UnsupportedProof(f"this verifier does not know {_named(proof)}")
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z"):
        raise MalformedProof("proofValue is not base58btc multibase")
    try:
        signature = multibase_decode(value)
    except MalformedKey as error:
        raise MalformedProof(f"proofValue: {error}") from None
    if not suite.is_rdf:  # such a proof covers undefined terms too; we still show none (E8)
        canonical_nquads({name: item for name, item in document.items() if name != "proof"})
    options = {name: item for name, item in proof.items() if name != "proofValue"}
    return suite.verify(key, signature, suite.hash_data(document, options, key))


def supported_proof(document: Document) -> Document:
    """The first proof of ``document`` that we can check. MalformedProof, UnsupportedProof."""
    proofs = as_list(document.get("proof"))
    if not proofs:
        raise MalformedProof("the document carries no proof")
    for proof in proofs:
        if not isinstance(proof, dict):
            raise MalformedProof("a proof is not an object")
        if suite_of(proof) is not None:
            return proof
    raise UnsupportedProof(f"this verifier does not know {', '.join(map(_named, proofs))}")


def _named(proof: Document) -> str:
    return str(proof.get("cryptosuite", proof.get("type")))
