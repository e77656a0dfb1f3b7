"""The cryptosuites: how each makes the bytes to be signed, and checks a signature over them.

Sources: Data Integrity EdDSA Cryptosuites 1.0 §3; Data Integrity ECDSA Cryptosuites 1.0 §3;
W3C CCG Ed25519Signature2020; requirements P2, P3, P6, P7.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from badges.canonical import Canonicalize, canonical_nquads
from badges.document import Document, as_list
from badges.errors import MalformedDocument, MalformedProof
from badges.proofs.ecdsa_sd import SelectiveDisclosure
from badges.proofs.signatures import is_signed_by
from keys.errors import MalformedKey
from keys.multikey import PublicKey, multibase_decode

_SHA = {256: hashlib.sha256, 384: hashlib.sha384}


class Suite(Protocol):
    """A way of securing a document that we can check."""

    @property
    def name(self) -> str:
        """The name that a proof gives it."""

    def check(
        self,
        unsecured: Document,
        proof: Document,
        key: PublicKey,
        canonicalize: Canonicalize,
    ) -> bool:
        """Whether ``key`` made ``proof`` over the document, which is given without it.

        Raises MalformedProof, MalformedDocument, or UnsupportedProof.
        """


@dataclass(frozen=True)
class Cryptosuite:
    """One way of making a proof.

    ``curve`` is the family of its keys. What is signed is canonical N-Quads with ``is_rdf``, and
    the proof options are canonicalized under the document's own ``@context``; else RFC 8785.
    """

    name: str
    curve: type[PublicKey]
    is_rdf: bool

    def hash_data(
        self,
        unsecured: Document,
        proof_options: Document,
        key: PublicKey,
        canonicalize: Canonicalize = canonical_nquads,
    ) -> bytes:
        """Hash of the proof options, then of the document (EdDSA §3.2.4, ECDSA §3.2.4).

        Raises MalformedDocument or MalformedProof.
        """
        sha = _SHA[_hash_bits(key)]
        parts = self.canonical_parts(unsecured, proof_options, canonicalize)
        return b"".join(sha(part).digest() for part in parts)

    def canonical_parts(
        self,
        unsecured: Document,
        proof_options: Document,
        canonicalize: Canonicalize = canonical_nquads,
    ) -> tuple[bytes, bytes]:
        """The canonical form of the proof options, and of the document before this proof.

        A proof's own ``@context`` must be where the document's begins, and then stands for it
        (Data Integrity 1.0 §4.2). Raises MalformedDocument or MalformedProof.
        """
        unsecured = dict(unsecured)
        contexts = as_list(unsecured.get("@context"))
        own = as_list(proof_options.get("@context"))
        if own:
            if contexts[: len(own)] != own:
                raise MalformedProof("the proof's @context is not where the document's begins")
            unsecured["@context"] = proof_options["@context"]
        options = dict(proof_options)
        if self.is_rdf:
            options["@context"] = unsecured.get("@context", [])
            return canonicalize(options).encode(), canonicalize(unsecured).encode()
        return _jcs(options), _jcs(unsecured)

    def check(
        self, unsecured: Document, proof: Document, key: PublicKey, canonicalize: Canonicalize
    ) -> bool:
        """Whether ``key`` made ``proof``. See ``Suite``."""
        if not isinstance(key, self.curve):
            raise MalformedProof(f"{self.name} does not go with a key of this type")
        value = proof.get("proofValue")
        if not isinstance(value, str) or not value.startswith("z"):
            raise MalformedProof("proofValue is not base58btc multibase")
        try:
            signature = multibase_decode(value)
        except MalformedKey as error:
            raise MalformedProof(f"proofValue: {error}") from None
        if not self.is_rdf:  # such a proof covers undefined terms too; we still show none (E8)
            canonicalize(unsecured)
        options = {name: item for name, item in proof.items() if name != "proofValue"}
        return is_signed_by(key, signature, self.hash_data(unsecured, options, key, canonicalize))


def _jcs(document: Document) -> bytes:
    """RFC 8785."""
    try:
        return rfc8785.dumps(document)
    except rfc8785.CanonicalizationError as error:
        raise MalformedDocument(f"no canonical JSON: {error}") from None


def _hash_bits(key: PublicKey) -> int:
    return 384 if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size == 384 else 256


EDDSA_RDFC_2022 = Cryptosuite("eddsa-rdfc-2022", Ed25519PublicKey, True)

EDDSA_JCS_2022 = Cryptosuite("eddsa-jcs-2022", Ed25519PublicKey, False)
ECDSA_RDFC_2019 = Cryptosuite("ecdsa-rdfc-2019", ec.EllipticCurvePublicKey, True)

_DATA_INTEGRITY: dict[str, Suite] = {
    EDDSA_RDFC_2022.name: EDDSA_RDFC_2022,
    EDDSA_JCS_2022.name: EDDSA_JCS_2022,
    ECDSA_RDFC_2019.name: ECDSA_RDFC_2019,
    "ecdsa-jcs-2019": Cryptosuite("ecdsa-jcs-2019", ec.EllipticCurvePublicKey, False),
    SelectiveDisclosure.name: SelectiveDisclosure(),
}
_OLDER: dict[str, Suite] = {
    "Ed25519Signature2020": Cryptosuite("Ed25519Signature2020", Ed25519PublicKey, True),
}


def suite_of(proof: Document) -> Suite | None:
    """The cryptosuite of a proof, or None for one that this verifier does not know."""
    kind, name = proof.get("type"), proof.get("cryptosuite")
    if kind == "DataIntegrityProof":
        return _DATA_INTEGRITY.get(name) if isinstance(name, str) else None
    return _OLDER.get(kind) if isinstance(kind, str) else None
