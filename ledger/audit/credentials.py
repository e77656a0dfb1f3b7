"""Every credential that the log records: is it the recorded one, and was it signed rightly?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from badges.document import Document, parse_document
from badges.errors import BadgesError
from badges.proofs.data_integrity import verify_proof
from badges.verification.issuer import VerificationMethod, key_problems, listed_method
from keys.errors import KeysError
from keys.lifecycle import IssuerKey
from ledger.awards import Award
from ledger.endorsements import Endorsement

Open = Callable[[Any], bytes | None]
"""The signed credential of an event; None where it cannot be had (any more)."""


@dataclass
class CredentialAudit:
    """Checks credentials of one issuer, whose DID documents, one for each address that it had,
    list the keys."""

    did_documents: Sequence[Document]
    open: Open
    keys: Mapping[str, IssuerKey] = field(default_factory=dict)
    """What the key store knows of the keys' lives, where it is at hand."""
    now: datetime = field(kw_only=True)
    _methods: dict[str, VerificationMethod] = field(default_factory=dict)
    checked: int = 0
    closed: int = 0

    def problem(self, event: Any) -> str | None:
        """What is wrong with the credential of an event; None for one that has none."""
        if not isinstance(event, Award.Issued | Award.Renewed | Endorsement.Issued):
            return None
        data = self.open(event)
        if data is None:
            self.closed += 1
            return None
        self.checked += 1
        if hashlib.sha256(data).hexdigest() != event.digest:
            return "it is not the credential whose hash was recorded"
        try:
            return self._problem(event, parse_document(data))
        except (BadgesError, KeysError, KeyError, TypeError) as error:
            return f"it cannot be checked: {error}"

    def _problem(self, event: Any, document: Document) -> str | None:
        proof = document["proof"]
        url = proof["verificationMethod"]
        own = [each for each in self.did_documents if url == f"{each['id']}#{event.key}"]
        if not own:
            return "it was signed with another key than was recorded"
        if url not in self._methods:
            self._methods[url] = listed_method(own[0], url)
        method = self._methods[url]
        problems = key_problems(proof, method, self.now)
        if problems:
            return "; ".join(problems)
        if not self._lived(event.key, event.valid_from):
            return "its key did not sign yet, or no more, when it was signed"
        if not verify_proof(document, proof, method.key):
            return "the signature does not fit"
        return None

    def _lived(self, key_id: str, at: datetime) -> bool:
        key = self.keys.get(key_id)
        if key is None:
            return not self.keys
        born = key.created.replace(microsecond=0)
        return born <= at and (key.retired is None or at <= key.retired)
