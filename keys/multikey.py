"""Multibase and Multikey text forms of public keys.

Source: Controlled Identifiers 1.0 §2.2.2 (Multikey), §2.4 (Multibase); requirement D1.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.errors import MalformedKey, UnknownKey

PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | RSAPublicKey
"""The kinds of key that a proof can be checked with; RSA comes as a JWK only."""

ED25519_HEADER = b"\xed\x01"
_CURVE_HEADERS: dict[bytes, ec.EllipticCurve] = {
    b"\x80\x24": ec.SECP256R1(),
    b"\x81\x24": ec.SECP384R1(),
}
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {character: value for value, character in enumerate(_ALPHABET)}
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_LONGEST_BASE58 = 1024  # decoding is quadratic; no key or signature comes near


def base58_encode(data: bytes) -> str:
    """Base58btc text of ``data``; each leading zero byte is a leading ``1``."""
    number = int.from_bytes(data)
    pieces = []
    while number:  # ten digits at a time, so that few divisions are of long numbers
        number, low = divmod(number, 58**10)
        for _ in range(5):
            low, pair = divmod(low, 58**2)
            pieces.append(_PAIRS[pair])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(pieces)).lstrip("1")


def base58_decode(text: str) -> bytes:
    """Bytes of base58btc ``text``. Raises MalformedKey."""
    if len(text) > _LONGEST_BASE58:
        raise MalformedKey(f"base58 text of {len(text)} characters is too long")
    number = 0
    for start in range(0, len(text), 10):  # ten digits at a time: few products of long numbers
        chunk, low = text[start : start + 10], 0
        for character in chunk:
            try:
                low = low * 58 + _DIGITS[character]
            except KeyError:
                raise MalformedKey(f"{character!r} is not a base58btc character") from None
        number = number * 58 ** len(chunk) + low
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def base64url_encode(data: bytes) -> str:
    """Base64url text without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def base64url_decode(text: str) -> bytes:
    """Bytes of unpadded base64url ``text``. Raises MalformedKey."""
    if not text.isascii() or set(text) & set("+/="):  # the decoder would let them through
        raise MalformedKey("not base64url: a character of another alphabet")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedKey(f"not base64url: {error}") from None


def multibase_decode(text: str) -> bytes:
    """Bytes of a multibase text: ``z`` base58btc or ``u`` base64url. Raises MalformedKey."""
    if text.startswith("z"):
        return base58_decode(text[1:])
    if text.startswith("u"):
        return base64url_decode(text[1:])
    raise MalformedKey(f"multibase prefix {text[:1]!r} is neither 'z' nor 'u'")


def encode_public_key(key: PublicKey) -> str:
    """Multikey text: ``z`` + base58btc(multicodec header ‖ key).

    Ed25519 gives ``z6Mk…``, P-256 ``zDn…``, P-384 ``z82…`` (points compressed).
    """
    if isinstance(key, Ed25519PublicKey):
        return "z" + base58_encode(ED25519_HEADER + key.public_bytes_raw())
    if isinstance(key, ec.EllipticCurvePublicKey):
        for header, curve in _CURVE_HEADERS.items():
            if key.curve.name == curve.name:
                point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
                return "z" + base58_encode(header + point)
    raise MalformedKey("no Multikey text for a key of this type")


@lru_cache(maxsize=1024)
def decode_public_key(multibase: str, *, without_header: bool = False) -> PublicKey:
    """The key of a Multikey's ``publicKeyMultibase``. Raises MalformedKey, UnknownKey.

    ``without_header``: 32 bytes alone are an Ed25519 key, as suites before Multikey wrote it.
    Kept: an issuer's badges come in numbers, and its key is named several times in each.
    """
    data = multibase_decode(multibase)
    if without_header and len(data) == 32:
        return Ed25519PublicKey.from_public_bytes(data)
    header, body = data[:2], data[2:]
    try:
        if header == ED25519_HEADER:
            return Ed25519PublicKey.from_public_bytes(body)
        curve = _CURVE_HEADERS[header]
        if len(body) != curve.key_size // 8 + 1:
            raise MalformedKey(f"{curve.name} key is not a compressed point: {multibase!r}")
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, body)
    except KeyError:
        raise UnknownKey(f"unknown key type {header.hex()} in {multibase!r}") from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedKey(f"{multibase!r}: {error}") from None
