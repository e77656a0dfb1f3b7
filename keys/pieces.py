"""Files that are too large to hold in memory, sealed in pieces.

The STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption
and its Nonce-Reuse Misuse-Resistance", 2015) over AES-256-GCM: a piece's nonce is
prefix ‖ number ‖ whether it is the last, so that pieces can be neither dropped from the end, nor
put in another order, nor taken from another file. Each file has a key of its own, derived by HKDF
(RFC 5869) from the person's data key and the file's salt: it goes when that key is destroyed.

    file  = header ‖ piece ‖ … ‖ last piece
    header = "TSEALED1" ‖ salt (32 bytes)
    piece = prefix (7 bytes) ‖ ciphertext of 1 MiB, the last of less or as much ‖ tag (16 bytes)

The prefix is drawn for each piece: one that is sealed again, with other words, after an upload was
cut off, never meets the nonce that it had before.
"""

from __future__ import annotations

import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.errors import KeysError

PIECE = 1024 * 1024
"""Bytes of a file in each of its pieces but the last."""

_MAGIC = b"TSEALED1"
_SALT = 32
_PREFIX = 7
HEADER = len(_MAGIC) + _SALT
SEALED_PIECE = _PREFIX + PIECE + 16
_LEAST = _PREFIX + 16


def new_header() -> bytes:
    """The first bytes of a new sealed file, with its salt."""
    return _MAGIC + os.urandom(_SALT)


class PieceSeal:
    """Seals and opens the pieces of one file of one person."""

    def __init__(self, data_key: bytes, subject: UUID, field: str, header: bytes) -> None:
        """Raises KeysError for what is no header."""
        if len(header) != HEADER or not header.startswith(_MAGIC):
            raise KeysError("this is no sealed file")
        info = b"testamur:pieces:" + subject.bytes + field.encode()
        salt = header[len(_MAGIC) :]
        self._key = AESGCM(HKDF(SHA256(), 32, salt, info).derive(data_key))
        self._bound = header + subject.bytes + field.encode()

    def seal(self, number: int, data: bytes | bytearray, *, last: bool) -> bytes:
        """A piece; ``number`` counts from 0."""
        prefix = os.urandom(_PREFIX)
        return prefix + self._key.encrypt(_nonce(prefix, number, last), data, self._bound)

    def open(self, number: int, piece: bytes, *, last: bool) -> bytes:
        """The bytes of a piece. Raises cryptography's InvalidTag unless it is this one."""
        prefix, box = piece[:_PREFIX], piece[_PREFIX:]
        return self._key.decrypt(_nonce(prefix, number, last), box, self._bound)


def sealed_whole(seal: PieceSeal, header: bytes, data: bytes) -> bytes:
    """A sealed file of what is in memory already."""
    starts = range(0, len(data), PIECE) or range(1)
    pieces = [
        seal.seal(number, data[at : at + PIECE], last=at + PIECE >= len(data))
        for number, at in enumerate(starts)
    ]
    return header + b"".join(pieces)


def count_pieces(sealed_size: int) -> int:
    """How many pieces a whole sealed file of so many bytes has. Raises KeysError for none."""
    body = sealed_size - HEADER
    pieces, rest = divmod(body, SEALED_PIECE)
    if body < _LEAST or 0 < rest < _LEAST:
        raise KeysError("the sealed file is cut off")
    return pieces + (rest > 0)


def plain_size(sealed_size: int) -> int:
    """How many bytes are sealed in a whole file of so many. Raises KeysError."""
    return sealed_size - HEADER - count_pieces(sealed_size) * _LEAST


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
