"""The cryptosuites: how each makes the bytes to be signed, and checks a signature over them.

Sources: Data Integrity EdDSA Cryptosuites 1.0 §3; Data Integrity ECDSA Cryptosuites 1.0 §3;
W3C CCG Ed25519Signature2020; requirements P2, P3, P6, P7.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from badges.canonical import canonical_nquads
from badges.document import Document, as_list
from badges.errors import MalformedDocument, MalformedProof, UnsupportedProof
from keys.multikey import PublicKey

_SHA = {256: hashlib.sha256, 384: hashlib.sha384}


@dataclass(frozen=True)
class Cryptosuite:
    """One way of making a proof.

    ``canonical`` gives a document's bytes; ``curve`` is the family of its keys; with ``is_rdf``
    the proof options are canonicalized under the document's own ``@context``.
    """

    name: str
    canonical: Callable[[Document], bytes]
    curve: type[PublicKey]
    is_rdf: bool

    def hash_data(self, document: Document, proof_options: Document, key: PublicKey) -> bytes:
        """Hash of the proof options, then of the document (EdDSA §3.2.4, ECDSA §3.2.4).

        A proof's own ``@context`` must be where the document's begins, and then stands for it
        (Data Integrity 1.0 §4.2). Raises MalformedDocument or MalformedProof.
        """
        unsecured = {name: item for name, item in document.items() if name != "proof"}
        contexts = as_list(unsecured.get("@context"))
        own = as_list(proof_options.get("@context"))
        if own:
            if contexts[: len(own)] != own:
                raise MalformedProof("the proof's @context is not where the document's begins")
            unsecured["@context"] = proof_options["@context"]
        options = dict(proof_options)
        if self.is_rdf:
            options["@context"] = unsecured.get("@context", [])
        sha = _SHA[_hash_bits(key)]
        return b"".join(sha(self.canonical(part)).digest() for part in (options, unsecured))

    def verify(self, key: PublicKey, signature: bytes, message: bytes) -> bool:
        """Whether ``key`` made ``signature``. Raises UnsupportedProof for another kind of key,
        MalformedProof for a signature of another length."""
        if not isinstance(key, self.curve):
            raise UnsupportedProof(f"{self.name} does not go with a key of this type")
        length = 64 if isinstance(key, Ed25519PublicKey) else key.curve.key_size // 4
        if len(signature) != length:
            raise MalformedProof(f"proofValue holds {len(signature)} bytes, not {length}")
        try:
            if isinstance(key, Ed25519PublicKey):
                key.verify(signature, message)
            else:
                r, s = signature[: length // 2], signature[length // 2 :]
                der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
                key.verify(der, message, ec.ECDSA(_digest(key)))
        except InvalidSignature:
            return False
        return True


def _rdfc(document: Document) -> bytes:
    return canonical_nquads(document).encode()


def _jcs(document: Document) -> bytes:
    """RFC 8785."""
    try:
        return rfc8785.dumps(document)
    except rfc8785.CanonicalizationError as error:
        raise MalformedDocument(f"no canonical JSON: {error}") from None


def _hash_bits(key: PublicKey) -> int:
    return 384 if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size == 384 else 256


def _digest(key: ec.EllipticCurvePublicKey) -> hashes.HashAlgorithm:
    return hashes.SHA384() if _hash_bits(key) == 384 else hashes.SHA256()


EDDSA_RDFC_2022 = Cryptosuite("eddsa-rdfc-2022", _rdfc, Ed25519PublicKey, True)

_DATA_INTEGRITY = {
    suite.name: suite
    for suite in (
        EDDSA_RDFC_2022,
        Cryptosuite("eddsa-jcs-2022", _jcs, Ed25519PublicKey, False),
        Cryptosuite("ecdsa-rdfc-2019", _rdfc, ec.EllipticCurvePublicKey, True),
        Cryptosuite("ecdsa-jcs-2019", _jcs, ec.EllipticCurvePublicKey, False),
    )
}
_OLDER = {
    "Ed25519Signature2020": Cryptosuite("Ed25519Signature2020", _rdfc, Ed25519PublicKey, True),
}


def suite_of(proof: Document) -> Cryptosuite | None:
    """The cryptosuite of a proof, or None for one that this verifier does not know."""
    kind, name = proof.get("type"), proof.get("cryptosuite")
    if kind == "DataIntegrityProof":
        return _DATA_INTEGRITY.get(name) if isinstance(name, str) else None
    return _OLDER.get(kind) if isinstance(kind, str) else None
