"""Receipt: that an event is in the log, in one file (C2SP tlog-proof@v1).

The event's canonical record travels as the proof's extra data, so the file needs no other.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from ledger.transparency.checkpoint import Checkpoint, open_checkpoint
from ledger.transparency.entry import EventRecord
from ledger.transparency.errors import BadReceipt
from ledger.transparency.note import Note, VerifierKey
from ledger.transparency.tree import HASH, leaf_hash, verify_inclusion

_FORM = "c2sp.org/tlog-proof@v1"
_LONGEST_PROOF = 63


@dataclass(frozen=True)
class Receipt:
    """``proof`` leads from the record at its position to the root of the checkpoint."""

    record: EventRecord
    proof: tuple[bytes, ...]
    checkpoint: Note

    def __str__(self) -> str:
        lines = [_FORM, f"extra {_base64(self.record.data)}", f"index {self.record.position}"]
        lines += [_base64(item) for item in self.proof]
        return "\n".join(lines) + f"\n\n{self.checkpoint}"

    @classmethod
    def parse(cls, data: bytes) -> Receipt:
        """Raises BadReceipt, BadNote."""
        head, blank, note = data.partition(b"\n\n")
        form, *lines = head.decode(errors="replace").split("\n")
        if form != _FORM or not blank or len(lines) < 2:
            raise BadReceipt(f"not a {_FORM}")
        extra, index, *proof = lines
        if not extra.startswith("extra ") or not index.startswith("index "):
            raise BadReceipt("the receipt has no record, or no index")
        record = EventRecord.parse(_unbase64(extra.removeprefix("extra ")))
        if index != f"index {record.position}":
            raise BadReceipt("the record is of another position")
        hashes = tuple(_unbase64(line) for line in proof)
        if len(hashes) > _LONGEST_PROOF or any(len(item) != HASH for item in hashes):
            raise BadReceipt("the proof is not one of SHA-256 hashes")
        return cls(record, hashes, Note.parse(note))

    def verify(self, log: VerifierKey) -> Checkpoint:
        """The checkpoint in which the record is, signed by the log.

        Raises BadReceipt, BadSignature.
        """
        checkpoint, _ = open_checkpoint(str(self.checkpoint).encode(), log)
        leaf, at = leaf_hash(self.record.entry), self.record.position
        if not verify_inclusion(leaf, at, checkpoint.size, self.proof, checkpoint.root):
            raise BadReceipt("the proof does not lead from the event to the checkpoint")
        return checkpoint


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise BadReceipt("the receipt is not base64 where it should be") from None
