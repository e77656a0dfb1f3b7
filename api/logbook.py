"""What a log says of a badge: our own log, or one receipt that came with the badge."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from badges.document import Document, parse_document, without_proof
from badges.verification.report import Status
from keys.vault import Vault
from ledger.awards import Award, badge_bytes
from ledger.errors import NotFound
from ledger.site import Site
from ledger.store import EventStore
from ledger.transparency import LogError, Receipt, VerifierKey
from projections.transparency import TransparencyLog

_FORGED = "the issuer's log has no such award: whoever signed this did it past the ledger"


@dataclass(frozen=True)
class OwnLog:
    """Our own log and ledger, for badges that say that they are ours."""

    site: Site
    store: EventStore
    vault: Vault
    log: TransparencyLog
    receipt: Callable[[UUID], Receipt]
    """Of an award. Raises NotFound."""

    def __call__(self, document: Document) -> tuple[Status, str] | None:
        award = self.site.badge_id(str(document.get("id")))
        if award is None:
            return None
        versions = [
            event.document
            for event in self.store.events.get(award)
            if isinstance(event, Award.Issued | Award.Renewed)
        ]
        if not versions:
            return "failed", _FORGED
        content = without_proof(document)
        opened = [data for v in versions if (data := badge_bytes(self.vault, v)) is not None]
        if opened and content not in [without_proof(parse_document(data)) for data in opened]:
            return "failed", "the issuer's log has another badge under this address"
        try:
            receipt = self.receipt(award)
        except NotFound:
            return "failed", _FORGED
        position = receipt.record.position
        since = self.log.logged_since(position)
        assert since is not None  # the receipt is against a checkpoint
        size = receipt.verify(self.log.verifier).size
        return "passed", f"in the log since {since:%Y-%m-%d %H:%M}, entry {position} of {size}"


@dataclass(frozen=True)
class ReceiptLog:
    """One receipt, for the one badge that it is about; ``data`` is the badge as it was handed in.

    ``log`` is the log's key as the asker has it, or None when they have none.
    """

    receipt: Receipt
    data: bytes
    log: VerifierKey | None

    def __call__(self, _document: Document) -> tuple[Status, str]:
        record = self.receipt.record
        state = json.loads(record.state)
        if state.get("digest") != hashlib.sha256(self.data.strip()).hexdigest():
            return "failed", "the receipt is about another badge, or another form or version of it"
        if self.log is None:
            return "warning", "whose log this is cannot be told without its key (--log-key)"
        try:
            checkpoint = self.receipt.verify(self.log)
        except LogError as error:
            return "failed", str(error)
        where = f"entry {record.position} of {checkpoint.size} of {checkpoint.origin}"
        return "passed", f"in the log: {where}"
