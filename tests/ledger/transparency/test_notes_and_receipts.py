"""Signed notes, verifier keys, checkpoints and receipts: read strictly, refused with a reason."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.store import EventRow
from ledger.transparency import (
    Checkpoint,
    EventRecord,
    LogError,
    Note,
    Receipt,
    VerifierKey,
    open_checkpoint,
)
from ledger.transparency.errors import BadNote, BadReceipt, BadSignature
from ledger.transparency.note import sign
from ledger.transparency.tree import leaf_hash

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = VerifierKey("example.com/log", KEY.public_key().public_bytes_raw())
WITNESS = VerifierKey("witness.example/w1", LOG.key, 4)
# The Go team's own vector (golang.org/x/mod/sumdb/note, "PeterNeumann").
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZ"
    "b6KE6RyyBwJnAM=\n"
)


def signed(text: str) -> Note:
    return Note(text, (sign(text, LOG, KEY.sign),))


def test_the_go_team_s_note_is_read_and_its_changes_are_seen() -> None:
    peter = VerifierKey.parse(PETER)
    assert peter.vkey == PETER
    note = Note.parse(PETERS_NOTE.encode())
    assert note.signed_by(peter) is not None
    assert str(note) == PETERS_NOTE
    with pytest.raises(BadSignature):
        Note.parse(PETERS_NOTE.replace("answer", "Answer").encode()).signed_by(peter)
    assert note.signed_by(LOG) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\nno dash\n",
        "text\n\n— name nobase64!\n".encode(),
        "text\n\n— na+me AAAAAAA=\n".encode(),
        "text\n\n— name AAAA\n".encode(),
        "text\n\n— name AAAAAAAAAA==".encode(),
        "te\x01xt\n\n— name AAAAAAAAAA==\n".encode(),
        b"\xff\n\n",
        b"x" * 70_000,
        ("text\n\n" + "— name AAAAAAAAAA==\n" * 65).encode(),
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    with pytest.raises(BadNote):
        Note.parse(data)


@pytest.mark.parametrize(
    "vkey", ["", "name", "name+00000000+", PETER.replace("c74f", "c74e"), "n+1+AQ==", f"a b{PETER}"]
)
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(BadNote):
        VerifierKey.parse(vkey)


def test_a_cosignature_binds_its_time() -> None:
    text = Checkpoint(LOG.name, 7, bytes(32)).text
    note = signed(text).with_signatures([sign(text, WITNESS, KEY.sign, 1_679_315_147)])
    found = note.signed_by(WITNESS)
    assert found is not None
    assert found.time == 1_679_315_147
    later = found.data[:7] + bytes([found.data[7] ^ 1]) + found.data[8:]
    with pytest.raises(BadSignature):
        Note(text, (type(found)(found.name, found.key_id, later),)).signed_by(WITNESS)


@given(st.integers(0, 10**15), st.binary(min_size=32, max_size=32))
def test_checkpoints_are_read_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(LOG.name, size, root)
    found, _ = open_checkpoint(str(signed(checkpoint.text)).encode(), LOG)
    assert found == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "example.com/log\n7\n",
        "example.com/log\n07\nAAAA\n",
        "example.com/log\n-1\nAAAA\n",
        f"example.com/log\n7\n{base64.b64encode(bytes(31)).decode()}\n",
        "example.com/log\n7\n!\n",
        f"\n7\n{base64.b64encode(bytes(32)).decode()}\n",
        f"example.com/log\n{'9' * 30}\n{base64.b64encode(bytes(32)).decode()}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(LogError):
        open_checkpoint(str(signed(text)).encode(), LOG)


def test_another_log_s_checkpoint_is_refused() -> None:
    text = Checkpoint("example.com/other", 7, bytes(32)).text
    with pytest.raises(BadSignature):
        open_checkpoint(str(signed(text)).encode(), LOG)


def record(position: int = 0, state: bytes = b'{"a":\n1}') -> EventRecord:
    row = EventRow(99, str(UUID(int=7)), 3, "ledger.awards:Award.Issued", state)
    return EventRecord.of(position, row)


def test_the_canonical_record_is_five_lines_and_the_state_as_stored() -> None:
    assert record(12).data == (
        b"testamur.org/event@v1\n12\n00000000-0000-0000-0000-000000000007\n3\n"
        b'ledger.awards:Award.Issued\n{"a":\n1}'
    )


@given(st.integers(0, 10**12), st.binary(max_size=200))
def test_records_are_read_back(position: int, state: bytes) -> None:
    assert EventRecord.parse(record(position, state).data) == record(position, state)


def test_a_receipt_is_read_back_and_every_change_of_it_is_refused() -> None:
    entry = record()
    checkpoint = Checkpoint(LOG.name, 1, leaf_hash(entry.entry))
    receipt = Receipt(entry, (), signed(checkpoint.text))
    text = str(receipt)
    assert Receipt.parse(text.encode()) == receipt
    assert receipt.verify(LOG) == checkpoint
    with pytest.raises(BadReceipt):
        Receipt(record(state=b"{}"), (), receipt.checkpoint).verify(LOG)
    lines = text.split("\n")
    for number, changed in (
        (0, "c2sp.org/tlog-proof@v2"),
        (1, "extra !"),
        (1, "extra " + base64.b64encode(entry.data + b" ").decode()),
        (1, lines[2]),
        (2, "index 1"),
        (2, "index 00"),
        (3, "AAAA"),
        (4, "example.com/other"),
    ):
        with pytest.raises(LogError):
            other = "\n".join([*lines[:number], changed, *lines[number + 1 :]])
            Receipt.parse(other.encode()).verify(LOG)


@given(st.binary(max_size=300))
def test_nonsense_is_refused_and_never_crashes(data: bytes) -> None:
    for read in (Note.parse, Receipt.parse, EventRecord.parse):
        with pytest.raises(LogError):
            read(data)
