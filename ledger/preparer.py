"""What the making of findings may use: keys, files, the network, randomness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from badges.verification import Verifier
from keys.errors import KeyNotFound
from keys.keystore import KeyStore
from keys.pieces import new_header, sealed_whole
from keys.vault import Sealed, Vault
from ledger.context import Entropy
from ledger.errors import RuleBroken
from ledger.files import FileStore, ObjectStore
from ledger.sealed_files import SealedFile


@dataclass(frozen=True)
class Preparer:
    """The deployment's means, handed in by the composition root."""

    vault: Vault
    keys: KeyStore
    evidence: ObjectStore
    images: FileStore
    verifier: Callable[[datetime], Verifier]
    """For what others signed, at a time; one verifier for each verification."""

    entropy: Entropy
    ledger_time: Callable[[], datetime]
    """The time that the ledger is at."""

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

    def keep_evidence(self, person: UUID, field: str, data: bytes | SealedFile) -> str:
        """Keep what is short, or what was sealed already; gives the SHA-256 of the sealed bytes,
        under which it lies. Raises RuleBroken when the person was erased."""
        if isinstance(data, SealedFile):
            self.evidence.take(data.draft, data.digest)
            return data.digest
        header = new_header()
        seal = self.vault.pieces(person, field, header)
        if seal is None:
            raise RuleBroken("person-erased", "the person's data was erased")
        return self.evidence.put(sealed_whole(seal, header, data))

    def open(self, sealed: Sealed) -> bytes:
        """A sealed value. Raises RuleBroken when the person was erased."""
        value = self.vault.open(sealed)
        if value is None:
            raise RuleBroken("person-erased", "the person's data was erased")
        return value
