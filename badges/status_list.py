"""Bitstring Status List 1.0: one bit for each award, in a signed list of its own.

Source: W3C Bitstring Status List 1.0; requirements R3–R8.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from badges.contexts import CREDENTIALS_V2
from badges.document import Document, as_list
from badges.errors import StatusListError
from badges.model import utc_text
from keys.errors import MalformedKey
from keys.multikey import base64url_decode, base64url_encode

Purpose = Literal["revocation", "suspension"]

LEAST_ENTRIES = 131_072
"""Entries that a list has at least (§2.2): a fetch must not tell whose badge is looked at."""

_WIDEST_STATUS = 8
_LONGEST_INDEX = 12  # digits; no list comes near
_LARGEST_LIST = 8 * 1024 * 1024  # bytes unpacked: 2^26 entries, then it is a bomb


@dataclass(frozen=True)
class StatusEntry:
    """Where an award's bit stands: ``list_url`` names the status list credential."""

    list_url: str
    index: int
    purpose: Purpose

    def document(self) -> Document:
        """A ``BitstringStatusListEntry`` (§2.1); the index is text in base 10."""
        return {
            "id": f"{self.list_url}#{self.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": self.purpose,
            "statusListIndex": str(self.index),
            "statusListCredential": self.list_url,
        }


class Bitstring:
    """Bits counted from the most significant bit of byte 0."""

    def __init__(self, data: bytes | None = None) -> None:
        self.data = bytearray(data if data is not None else bytes(LEAST_ENTRIES // 8))

    def __len__(self) -> int:
        return len(self.data) * 8

    def __getitem__(self, index: int) -> bool:
        return bool(self.data[index >> 3] & (0x80 >> (index & 7)))

    def __setitem__(self, index: int, value: bool) -> None:
        mask = 0x80 >> (index & 7)
        if value:
            self.data[index >> 3] |= mask
        else:
            self.data[index >> 3] &= ~mask

    def encode(self) -> str:
        """``u`` + base64url of the GZIP form (§3.3); the same bits give the same text."""
        return "u" + base64url_encode(gzip.compress(bytes(self.data), mtime=0))

    @classmethod
    def decode(cls, encoded: object) -> Bitstring:
        """Bits of an ``encodedList``. Raises StatusListError."""
        if not isinstance(encoded, str) or not encoded.startswith("u"):
            raise StatusListError("MALFORMED_VALUE_ERROR", "encodedList is not multibase base64url")
        inflate = zlib.decompressobj(wbits=31)
        try:
            data = inflate.decompress(base64url_decode(encoded[1:]), _LARGEST_LIST + 1)
        except (zlib.error, MalformedKey) as error:
            raise StatusListError("MALFORMED_VALUE_ERROR", f"encodedList: {error}") from None
        if len(data) > _LARGEST_LIST:
            raise StatusListError("MALFORMED_VALUE_ERROR", "encodedList unpacks to more than 8 MiB")
        if not inflate.eof:
            raise StatusListError("MALFORMED_VALUE_ERROR", "encodedList is cut off")
        return cls(data)


def status_list_credential(
    url: str, issuer: str, purpose: Purpose, bits: Bitstring, valid_from: datetime, ttl: int
) -> Document:
    """The unsigned status list credential (§2.2). ``ttl`` in seconds for caches."""
    return {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": utc_text(valid_from),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": bits.encode(),
            "ttl": ttl * 1000,
        },
    }


def status_value(entry: Document, status_list: Document) -> int:
    """The status of ``entry`` in an already verified list (§3.2): 0 or 1, or up to
    ``statusSize`` bits of it. Raises StatusListError.

    A list may be of several subjects; all of the entry's purpose are asked, and one that says
    something wins over those that say nothing.
    """
    size = entry.get("statusSize", 1)
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= _WIDEST_STATUS:
        raise StatusListError("MALFORMED_VALUE_ERROR", f"statusSize {size!r} is no number of bits")
    index = _index(entry.get("statusListIndex"))
    purpose = entry.get("statusPurpose")
    values = [
        _value_in(subject, index, size)
        for subject in as_list(status_list.get("credentialSubject"))
        if isinstance(subject, dict) and purpose in as_list(subject.get("statusPurpose"))
    ]
    if not values:
        raise StatusListError("STATUS_VERIFICATION_ERROR", "the list has another purpose")
    return max(values)


def _index(index: object) -> int:
    """A ``statusListIndex``: text in base 10 (§2.1), or the number that others write."""
    if isinstance(index, str) and index.isascii() and index.isdigit():
        return int(index.lstrip("0")[:_LONGEST_INDEX] or "0")
    if isinstance(index, int) and not isinstance(index, bool) and index >= 0:
        return index
    raise StatusListError("MALFORMED_VALUE_ERROR", f"statusListIndex {index!r} is no number")


def _value_in(subject: Document, index: int, size: int) -> int:
    """StatusList2021 differs in form only: base64url without a multibase prefix."""
    encoded = subject.get("encodedList")
    if "StatusList2021" in as_list(subject.get("type")) and isinstance(encoded, str):
        encoded = "u" + encoded.rstrip("=")
    bits = Bitstring.decode(encoded)
    if len(bits) // size < LEAST_ENTRIES:
        raise StatusListError(
            "STATUS_LIST_LENGTH_ERROR", f"the list has only {len(bits) // size} entries"
        )
    start = index * size
    if start + size > len(bits):
        raise StatusListError("RANGE_ERROR", f"index {index} is outside the list")
    return int("".join("1" if bits[start + place] else "0" for place in range(size)), 2)


def status_message(entry: Document, value: int) -> str | None:
    """What the entry says that a status of several bits means (R3)."""
    for item in as_list(entry.get("statusMessage")):
        if isinstance(item, dict) and isinstance(item.get("status"), str):
            try:
                stated = int(item["status"], 16)
            except ValueError:
                continue
            if stated == value and isinstance(item.get("message"), str):
                return str(item["message"])
    return None
