"""Recipient hashes and status bits, against the published values where there are some."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest

from badges.errors import StatusListError
from badges.identity import identity_hash, is_awarded_to, person_asked, recipients_of
from badges.status_list import (
    LEAST_ENTRIES,
    Bitstring,
    StatusEntry,
    status_list_credential,
    status_value,
)
from keys.multikey import base64url_encode
from tests.conftest import Vectors

CUT_OFF = gzip.compress(bytes(20_000), mtime=0)[:-9]
LIST = "https://example.org/status/1"


def test_the_published_hash_of_kosher() -> None:
    published = "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"
    assert identity_hash("a@example.com", "Kosher") == published


def test_recipient_by_hash_plain_and_mailto() -> None:
    hashed = {
        "identityType": "emailAddress",
        "hashed": True,
        "salt": "Kosher",
        "identityHash": identity_hash("a@example.com", "Kosher").upper().replace("SHA", "sha"),
    }
    plain = {"identityType": "emailAddress", "hashed": False, "identityHash": "b@example.com"}
    subject = {"identifier": [hashed, plain]}
    assert _matches(subject, "a@example.com") is True
    assert _matches(subject, "b@example.com") is True
    assert _matches(subject, "c@example.com") is False
    assert _matches({"id": "mailto:d@example.com"}, "d@example.com") is True
    assert _matches({"id": "did:example:1"}, "d@example.com") is None
    unknown = {**hashed, "identityHash": "sha1$00"}
    assert _matches({"identifier": unknown}, "a@example.com") is None, "not one of the two hashes"


def _matches(subject: dict[str, Any], text: str) -> bool | None:
    return is_awarded_to(recipients_of(subject), person_asked(text))


def test_the_w3c_example_list_decodes(vectors: Vectors) -> None:
    example = vectors.json("bitstring-examples/01-example-bitstringstatuslistcredential.json")
    bits = Bitstring.decode(example["credentialSubject"]["encodedList"])
    assert len(bits) == LEAST_ENTRIES
    assert not any(bits.data)


def test_index_0_is_the_most_significant_bit_of_the_first_byte() -> None:
    bits = Bitstring()
    bits[0] = True
    bits[9] = True
    assert bits.data[:2] == bytes([0b1000_0000, 0b0100_0000])
    again = Bitstring.decode(bits.encode())
    assert [i for i in range(32) if again[i]] == [0, 9]
    again[9] = False
    assert not again[9]


def test_the_same_bits_give_the_same_text() -> None:
    assert Bitstring().encode() == Bitstring().encode()


def entry(index: str = "5", purpose: str = "revocation") -> dict[str, object]:
    return {
        **StatusEntry(LIST, 5, "revocation").document(),
        "statusListIndex": index,
        "statusPurpose": purpose,
    }


def a_list(bits: Bitstring) -> dict[str, object]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return status_list_credential(LIST, "did:example:1", "revocation", bits, now, 300)


def test_a_set_bit_is_found() -> None:
    bits = Bitstring()
    bits[5] = True
    assert status_value(entry(), a_list(bits)) == 1
    assert not status_value(entry("6"), a_list(bits))


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (entry(str(LEAST_ENTRIES)), "RANGE_ERROR"),
        (entry("9" * 40), "RANGE_ERROR"),
        (entry("-1"), "MALFORMED_VALUE_ERROR"),
        (entry("٣"), "MALFORMED_VALUE_ERROR"),
        (entry(purpose="suspension"), "STATUS_VERIFICATION_ERROR"),
    ],
)
def test_entries_outside_the_list(case: dict[str, object], code: str) -> None:
    with pytest.raises(StatusListError) as caught:
        status_value(case, a_list(Bitstring()))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        ("u" + base64url_encode(gzip.compress(bytes(100), mtime=0)), "STATUS_LIST_LENGTH_ERROR"),
        ("z111", "MALFORMED_VALUE_ERROR"),
        ("uAAAA", "MALFORMED_VALUE_ERROR"),
        ("u***", "MALFORMED_VALUE_ERROR"),
        (
            "u" + base64url_encode(gzip.compress(bytes(20_000), mtime=0)[:-9]),
            "MALFORMED_VALUE_ERROR",
        ),
    ],
)
def test_lists_that_are_not_lists(encoded: str, code: str) -> None:
    status_list = a_list(Bitstring())
    status_list["credentialSubject"]["encodedList"] = encoded  # type: ignore[index]
    with pytest.raises(StatusListError) as caught:
        status_value(entry(), status_list)
    assert caught.value.code == code


def test_a_gzip_bomb_stops_at_its_cap() -> None:
    bomb = "u" + base64url_encode(gzip.compress(bytes(512 * 1024 * 1024), 1))
    tracemalloc.start()
    with pytest.raises(StatusListError):
        Bitstring.decode(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 1024 * 1024 + 4 * len(bomb)
