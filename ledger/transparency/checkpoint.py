"""Checkpoint: a signed state of the log (C2SP tlog-checkpoint)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import urlsplit

from ledger.transparency.errors import BadNote, BadSignature, Contradiction
from ledger.transparency.note import Note, VerifierKey
from ledger.transparency.tree import HASH, Nodes, consistency_proof, verify_consistency


def log_origin(base_url: str) -> str:
    """The name of a deployment's log: its address without scheme."""
    parts = urlsplit(base_url)
    return f"{parts.netloc}{parts.path}/log"


@dataclass(frozen=True)
class Checkpoint:
    """The root over the first ``size`` entries of the log called ``origin``."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note's text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Raises BadNote. Extension lines are passed over."""
        lines = text.split("\n")
        if len(lines) < 4 or not all(lines[:-1]) or lines[-1]:
            raise BadNote("a checkpoint has at least three lines")
        origin, size, root = lines[:3]
        if not (size.isascii() and size.isdigit()) or str(int(size)) != size or len(size) > 18:
            raise BadNote(f"{size[:40]!r} is not the size of a tree")
        try:
            found = cls(origin, int(size), base64.b64decode(root, validate=True))
        except ValueError:
            raise BadNote("the root is not base64") from None
        if len(found.root) != HASH:
            raise BadNote(f"the root has {len(found.root)} bytes")
        return found


def open_checkpoint(data: bytes, log: VerifierKey) -> tuple[Checkpoint, Note]:
    """A checkpoint that the log signed. Raises BadNote, BadSignature."""
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != log.name or note.signed_by(log) is None:
        raise BadSignature(f"the checkpoint is not signed by {log.name}")
    return checkpoint, note


def must_continue(old: Checkpoint, new: Checkpoint, nodes: Nodes) -> None:
    """Raises Contradiction unless ``new``, whose tree ``nodes`` reads, only grew from ``old``."""
    if old.origin != new.origin:
        raise Contradiction(f"these are two logs: {old.origin} and {new.origin}")
    if old.size > new.size:
        raise Contradiction(f"the log shrank from {old.size} entries to {new.size}")
    proof = consistency_proof(nodes, old.size, new.size)
    if not verify_consistency(old.size, new.size, old.root, new.root, proof):
        raise Contradiction(f"the first {old.size} entries are not those of the earlier checkpoint")
