"""Who writes micro-credentials, and which are theirs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from api.web.visitor import SignedInVisitor, acting_as
from api.wiring import Testamur
from ledger.catalogue import MicroCredential
from ledger.errors import NotFound

Manager = Annotated[SignedInVisitor, acting_as("programme-manager")]


def owned(app: Testamur, visitor: SignedInVisitor, micro: UUID) -> MicroCredential:
    """A micro-credential of the visitor's part. Raises NotFound for any other."""
    found = app.store.read(MicroCredential, micro, "micro-credential")
    if visitor.unit not in app.authority.path(found.owner):
        raise NotFound("micro-credential")
    return found
