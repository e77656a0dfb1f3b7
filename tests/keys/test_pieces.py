"""What is sealed in pieces opens as it was, and in no other order, length or place."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.errors import KeysError
from keys.pieces import (
    HEADER,
    PIECE,
    SEALED_PIECE,
    PieceSeal,
    count_pieces,
    new_header,
    plain_size,
    sealed_whole,
)
from keys.vault import Vault

KEY = bytes(range(32))
PERSON = UUID(int=7)
SIZES = [1, 100, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 5]


def pieces_of(sealed: bytes) -> list[bytes]:
    body = sealed[HEADER:]
    return [body[at : at + SEALED_PIECE] for at in range(0, len(body), SEALED_PIECE)]


def opened(seal: PieceSeal, pieces: list[bytes]) -> bytes:
    last = len(pieces) - 1
    return b"".join(seal.open(n, piece, last=n == last) for n, piece in enumerate(pieces))


@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_any_size_opens_as_it_was(size: int) -> None:
    data, header = os.urandom(size), new_header()
    seal = PieceSeal(KEY, PERSON, "f", header)
    sealed = sealed_whole(seal, header, data)
    assert plain_size(len(sealed)) == size
    assert count_pieces(len(sealed)) == len(pieces_of(sealed))
    assert opened(seal, pieces_of(sealed)) == data


def test_pieces_cannot_be_dropped_swapped_repeated_or_taken_from_elsewhere() -> None:
    data, header = os.urandom(3 * PIECE), new_header()
    seal = PieceSeal(KEY, PERSON, "f", header)
    pieces = pieces_of(sealed_whole(seal, header, data))
    other_header = new_header()
    other = PieceSeal(KEY, PERSON, "f", other_header)
    strange = pieces_of(sealed_whole(other, other_header, data))
    wrong = [
        pieces[:-1],
        pieces[1:],
        [pieces[1], pieces[0], pieces[2]],
        [pieces[0], pieces[0], pieces[2]],
        [*pieces, pieces[-1]],
        [pieces[0], strange[1], pieces[2]],
    ]
    for tampered in wrong:
        with pytest.raises(InvalidTag):
            opened(seal, tampered)
    for another in (
        PieceSeal(KEY, uuid4(), "f", header),
        PieceSeal(KEY, PERSON, "g", header),
        PieceSeal(bytes(32), PERSON, "f", header),
        other,
    ):
        with pytest.raises(InvalidTag):
            opened(another, pieces)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=300), st.data())
def test_no_altered_bit_passes(data: bytes, draw: st.DataObject) -> None:
    header = new_header()
    seal = PieceSeal(KEY, PERSON, "f", header)
    (piece,) = pieces_of(sealed_whole(seal, header, data))
    bit = draw.draw(st.integers(0, len(piece) * 8 - 1))
    altered = bytearray(piece)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidTag):
        seal.open(0, bytes(altered), last=True)


@pytest.mark.parametrize("size", [0, HEADER, HEADER + 22, HEADER + SEALED_PIECE + 22])
def test_a_length_that_no_sealed_file_has_is_told(size: int) -> None:
    with pytest.raises(KeysError, match="cut off"):
        plain_size(size)


def test_what_is_no_header_opens_nothing() -> None:
    for header in (b"", b"TSEALED1", b"x" * HEADER):
        with pytest.raises(KeysError, match="no sealed file"):
            PieceSeal(KEY, PERSON, "f", header)


def test_destroying_the_persons_key_closes_their_files(tmp_path: Path) -> None:
    vault = Vault.make(f"sqlite:///{tmp_path / 'vault.db'}", KEY)
    vault.create(PERSON)
    header = new_header()
    seal = vault.pieces(PERSON, "f", header)
    assert seal is not None
    again = vault.pieces(PERSON, "f", header)
    assert again is not None
    assert again.open(0, seal.seal(0, b"words", last=True), last=True) == b"words"
    vault.destroy(PERSON)
    assert vault.pieces(PERSON, "f", header) is None
    vault.engine.dispose()
