"""Who the pages of people are for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.http.auth import App
from api.web.visitor import SignedInVisitor, acting_as, freshly

Reader = Annotated[SignedInVisitor, acting_as("administrator", "programme-manager")]
"""Whoever may read people."""

Administrator = Annotated[SignedInVisitor, acting_as("administrator")]


def _fresh(app: App, visitor: Administrator) -> SignedInVisitor:
    """Raises SignInFirst, once it is an administrator at all."""
    return freshly(app, visitor)


FreshAdministrator = Annotated[SignedInVisitor, Depends(_fresh)]
"""One who showed a moment ago that it is them: for roles and erasure."""
