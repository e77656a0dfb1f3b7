"""What the making of findings may use: keys, files, the network, randomness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from badges.verification import Verifier
from keys.errors import KeyNotFound
from keys.keystore import KeyStore
from keys.vault import Sealed, Vault
from ledger.context import Entropy
from ledger.errors import RuleBroken
from ledger.files import FileStore


@dataclass(frozen=True)
class Preparer:
    """The deployment's means, handed in by the composition root."""

    vault: Vault
    keys: KeyStore
    evidence: FileStore
    images: FileStore
    verifier: Callable[[datetime], Verifier]
    """For what others signed, at a time; one verifier for each verification."""

    entropy: Entropy
    log_time: Callable[[], datetime]
    """The time that the log is at."""

    def new_id(self) -> UUID:
        """A random UUID (RFC 9562 version 4)."""
        return UUID(bytes=self.entropy(16), version=4)

    def seal(self, person: UUID, field: str, text: str) -> Sealed:
        """``text`` sealed for ``person``. Raises RuleBroken when they were erased."""
        return self.seal_bytes(person, field, text.encode())

    def seal_bytes(self, person: UUID, field: str, data: bytes) -> Sealed:
        """The same for bytes."""
        try:
            return self.vault.seal(person, field, data)
        except KeyNotFound:
            raise RuleBroken("person-erased", "the person's data was erased") from None

    def open(self, sealed: Sealed) -> bytes:
        """A sealed value. Raises RuleBroken when the person was erased."""
        value = self.vault.open(sealed)
        if value is None:
            raise RuleBroken("person-erased", "the person's data was erased")
        return value
