"""The transparency log: every event a leaf of a Merkle tree that anyone can check."""

from ledger.transparency.checkpoint import Checkpoint, log_origin, must_continue, open_checkpoint
from ledger.transparency.entry import EventRecord
from ledger.transparency.errors import LogError
from ledger.transparency.note import Note, VerifierKey
from ledger.transparency.receipt import Receipt

__all__ = [
    "Checkpoint",
    "EventRecord",
    "LogError",
    "Note",
    "Receipt",
    "VerifierKey",
    "log_origin",
    "must_continue",
    "open_checkpoint",
]
