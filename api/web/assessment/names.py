"""What micro-credentials are called, for lists."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from api.wiring import Testamur
from ledger.catalogue import MicroCredential


@dataclass(frozen=True)
class Names:
    """Looks names up as a template asks for them."""

    app: Testamur

    def of(self, micro_credential: UUID | str, number: int) -> str:
        """The name of a version."""
        stream = UUID(str(micro_credential))
        micro = self.app.store.read(MicroCredential, stream, "micro-credential")
        return micro.published(number).name
