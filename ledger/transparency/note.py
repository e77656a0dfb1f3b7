"""Signed notes and their keys (C2SP signed-note), with witnesses' signatures (tlog-cosignature)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.transparency.errors import BadNote, BadSignature

Kind = Literal[1, 4]
"""Signature type: 1, an Ed25519 signature; 4, a timestamped cosignature."""

_LARGEST = 64 * 1024
_MOST_SIGNATURES = 64
_DASH = "— "

Sign = Callable[[bytes], bytes]
"""An Ed25519 signature over a message."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key under its name: of a log (type 1) or of a witness (type 4)."""

    name: str
    key: bytes
    kind: Kind = 1

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name ‖ LF ‖ type ‖ key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._typed).digest()[:4]

    @property
    def vkey(self) -> str:
        """``name+id+key``: how a verifier key is handed around."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self._typed).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Raises BadNote for anything but the verifier key of an Ed25519 log or witness."""
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        typed = _unbase64(encoded)
        if not _is_name(name) or len(typed) != 33 or typed[0] not in (1, 4):
            raise BadNote(f"not a verifier key: {vkey[:80]!r}")
        found = cls(name, typed[1:], 4 if typed[0] == 4 else 1)
        if found.key_id.hex() != key_id:
            raise BadNote(f"the id in the verifier key of {name} is not the key's")
        return found

    @property
    def _typed(self) -> bytes:
        return bytes([self.kind]) + self.key


@dataclass(frozen=True)
class Signature:
    """One signature line: who, the key's id, and the bytes after it."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def line(self) -> str:
        packed = base64.b64encode(self.key_id + self.data).decode()
        return f"{_DASH}{self.name} {packed}\n"

    @property
    def time(self) -> int:
        """Seconds since 1970 of a cosignature."""
        return int.from_bytes(self.data[:8])


@dataclass(frozen=True)
class Note:
    """A text with its signatures, none of which was checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Raises BadNote."""
        if len(data) > _LARGEST:
            raise BadNote("the note is too large")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise BadNote("the note is not UTF-8") from None
        if any(ord(c) < 0x20 and c != "\n" for c in whole):
            raise BadNote("the note has control characters")
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise BadNote("the note has no signatures")
        return cls(f"{text}\n", parse_signatures(lines))

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(signature.line for signature in self.signatures)

    def signed_by(self, verifier: VerifierKey) -> Signature | None:
        """The signature of this key, checked; None when there is none.

        Raises BadSignature when it has one that does not fit.
        """
        for signature in self.signatures:
            if (signature.name, signature.key_id) == (verifier.name, verifier.key_id):
                _check(self.text, signature, verifier)
                return signature
        return None

    def with_signatures(self, added: Sequence[Signature]) -> Note:
        """The same note with further signatures."""
        return Note(self.text, (*self.signatures, *added))


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Signature lines. Raises BadNote."""
    rows = lines.split("\n")[:-1]
    if not rows or len(rows) > _MOST_SIGNATURES:
        raise BadNote(f"a note has 1 to {_MOST_SIGNATURES} signatures")
    found = []
    for row in rows:
        name, _, packed = row.removeprefix(_DASH).partition(" ")
        data = _unbase64(packed)
        if not row.startswith(_DASH) or not _is_name(name) or len(data) < 5:
            raise BadNote(f"not a signature line: {row[:80]!r}")
        found.append(Signature(name, data[:4], data[4:]))
    return tuple(found)


def sign(text: str, verifier: VerifierKey, signer: Sign, time: int | None = None) -> Signature:
    """A log's signature, or a witness's cosignature made at ``time``, seconds since 1970."""
    if verifier.kind == 1:
        return Signature(verifier.name, verifier.key_id, signer(text.encode()))
    assert time is not None
    signed = signer(_cosigned(text, time))
    return Signature(verifier.name, verifier.key_id, time.to_bytes(8) + signed)


def _check(text: str, signature: Signature, verifier: VerifierKey) -> None:
    message, data = text.encode(), signature.data
    if verifier.kind == 4:
        message, data = _cosigned(text, signature.time), data[8:]
    try:
        Ed25519PublicKey.from_public_bytes(verifier.key).verify(data, message)
    except (InvalidSignature, ValueError):
        raise BadSignature(f"the signature of {verifier.name} does not fit") from None


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _is_name(name: str) -> bool:
    """Without plus signs, white space and control characters."""
    return bool(name) and not any(
        c == "+" or c.isspace() or unicodedata.category(c) == "Cc" for c in name
    )


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
