"""JSON Web Keys: the public keys that JOSE proofs and some DID documents carry.

Sources: RFC 7517; RFC 7518 §6; RFC 8037 §2; RFC 7638 (thumbprint); requirements K1, K2.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from keys.errors import MalformedKey, UnknownKey
from keys.multikey import PublicKey, base64url_decode, base64url_encode

_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
_RSA_BITS = range(2048, 8193)  # shorter is breakable, longer takes seconds to check


def public_key_of_jwk(jwk: object) -> PublicKey:
    """The public key of a JWK: OKP Ed25519, EC P-256 or P-384, or RSA. Raises MalformedKey,
    or UnknownKey for one of another kind.

    A JWK that holds a private part is refused: whoever publishes it has lost the key.
    """
    if not isinstance(jwk, dict):
        raise MalformedKey("the JWK is not an object")
    if "d" in jwk or "k" in jwk:
        raise MalformedKey("the JWK gives the private key away")
    if jwk.get("use", "sig") != "sig":
        raise MalformedKey(f"the JWK is not for signatures but for {jwk['use']!r}")
    uses = jwk.get("key_ops", ["verify"])
    if not isinstance(uses, list) or "verify" not in uses:
        raise MalformedKey(f"the JWK is not for checking signatures but for {uses!r}")
    kind, curve = jwk.get("kty"), jwk.get("crv")
    try:
        if kind == "OKP" and curve == "Ed25519":
            return Ed25519PublicKey.from_public_bytes(_octets(jwk, "x"))
        if kind == "EC" and isinstance(curve, str) and curve in _CURVES:
            x, y = (int.from_bytes(_octets(jwk, name)) for name in "xy")
            return ec.EllipticCurvePublicNumbers(x, y, _CURVES[curve]).public_key()
        if kind == "RSA":
            modulus, exponent = (int.from_bytes(_octets(jwk, name)) for name in "ne")
            if modulus.bit_length() not in _RSA_BITS or exponent.bit_length() > 64:
                raise MalformedKey(f"an RSA key of {modulus.bit_length()} bits")
            return RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise MalformedKey(f"JWK: {error}") from None
    raise UnknownKey(f"unknown kind of JWK: {kind!r} {curve or ''}".rstrip())


def jwk_of_public_key(key: PublicKey) -> dict[str, Any]:
    """The JWK of a public key: its required members only (RFC 7638 §3.2)."""
    if isinstance(key, Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": base64url_encode(key.public_bytes_raw())}
    if isinstance(key, RSAPublicKey):
        rsa = key.public_numbers()
        return {"e": _number(rsa.e), "kty": "RSA", "n": _number(rsa.n)}
    name = next(name for name, curve in _CURVES.items() if curve.name == key.curve.name)
    point, size = key.public_numbers(), key.curve.key_size // 8
    x, y = (base64url_encode(number.to_bytes(size)) for number in (point.x, point.y))
    return {"crv": name, "kty": "EC", "x": x, "y": y}


def thumbprint(key: PublicKey) -> str:
    """RFC 7638 SHA-256 thumbprint, base64url."""
    text = json.dumps(jwk_of_public_key(key), sort_keys=True, separators=(",", ":"))
    return base64url_encode(hashlib.sha256(text.encode()).digest())


def _octets(jwk: dict[str, Any], name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise MalformedKey(f"the JWK has no {name!r}")
    return base64url_decode(value)


def _number(value: int) -> str:
    return base64url_encode(value.to_bytes((value.bit_length() + 7) // 8))
