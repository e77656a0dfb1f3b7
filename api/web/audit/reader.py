"""Who reads the auditor's pages, and what each of them needs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from api.http.auth import App
from api.web.audit.names import Names
from api.web.audit.words import Telling
from api.web.visitor import SignedInVisitor, acting_as
from api.wiring import Testamur

Auditor = Annotated[SignedInVisitor, acting_as("auditor")]


class Desk:
    """What a page for an auditor is made with."""

    def __init__(self, request: Request, app: App, visitor: Auditor) -> None:
        """Raises NotPermitted for whoever the rules in force do not let read the log."""
        app.bus.require(visitor.caller, "log.read", visitor.unit)
        self.app: Testamur = app
        self.visitor = visitor
        self.names = Names(app, request, visitor.caller)
        self.telling = Telling(request, self.names)

    def units(self) -> list[tuple[UUID, str]]:
        """The units of the auditor's part, with their names."""
        from projections.people import organizations

        with self.app.views.reading("organizations") as connection:
            within = organizations.units_within(connection, str(self.visitor.unit))
        found = [(UUID(unit), str(self.names.unit(UUID(unit)).striptags())) for unit in within]
        return sorted(found, key=lambda unit: unit[1])


Reader = Annotated[Desk, Depends(Desk)]
