"""Raw signatures, as every form of proof carries them: checking one with a public key.

Sources: RFC 8032 (Ed25519); FIPS 186-5 with r‖s of fixed length (RFC 7518 §3.4); RFC 8017 §8.2.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from badges.errors import MalformedProof
from keys.multikey import PublicKey


def is_signed_by(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether ``key`` made ``signature``: Ed25519, ECDSA with SHA-256 (P-256) or SHA-384 (P-384),
    or RSA PKCS #1 v1.5 with SHA-256. Raises MalformedProof for a signature of another length.
    """
    try:
        if isinstance(key, Ed25519PublicKey):
            _refuse_length(signature, 64)
            key.verify(signature, message)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            length = key.curve.key_size // 4
            _refuse_length(signature, length)
            r, s = signature[: length // 2], signature[length // 2 :]
            der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
            key.verify(der, message, ec.ECDSA(ecdsa_hash(key)))
        else:
            _refuse_length(signature, key.key_size // 8)
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def ecdsa_hash(key: ec.EllipticCurvePublicKey) -> hashes.SHA256 | hashes.SHA384:
    """The hash that goes with a curve."""
    return hashes.SHA384() if key.curve.key_size == 384 else hashes.SHA256()


def _refuse_length(signature: bytes, length: int) -> None:
    if len(signature) != length:
        raise MalformedProof(f"the signature holds {len(signature)} bytes, not {length}")
