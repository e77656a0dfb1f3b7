"""/home: what is next for an educator, then what waits, then what was reached; and their badges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.http.auth import App
from api.own_work import OwnRow, own_submissions, own_work
from api.web.assessment.own import Educator
from api.web.pages import page
from api.wiring import Testamur
from ledger.context import Caller
from projections.awards import register
from projections.catalogue import micro_credentials

router = APIRouter()

_MOST = 500
_ORDER = ("returned", "not-accepted", "draft", "in-review", "submitted", "appealed")
"""Which comes first: what came back, then what is begun, then what others have in hand."""

_LATELY = ("accepted", "awarded")


@dataclass(frozen=True)
class InHand:
    """A submission that is not over, with the day by which its round is to be judged."""

    row: OwnRow
    due: date | None


@dataclass(frozen=True)
class OwnBadge:
    """A badge of one's own, and whether it is in force."""

    award: UUID
    name: str
    micro_credential: str
    number: int
    awarded: datetime
    state: str


@router.get("/home")
def home(request: Request, app: App, visitor: Educator) -> Response:
    """The educator's first page."""
    rows = own_submissions(app, visitor.caller, 0, _MOST)
    by_urgency = sorted((r for r in rows if r.state in _ORDER), key=lambda r: _ORDER.index(r.state))
    in_hand = [InHand(row, _due(app, visitor.caller, row)) for row in by_urgency]
    first = in_hand[0].row if in_hand and in_hand[0].row.state in _ORDER[:3] else None
    with app.views.reading("awards") as connection:
        badges = register.page(connection, 0, _MOST, person=str(visitor.person))
    values = {
        "first": own_work(app, visitor.caller, first.id) if first else None,
        "in_hand": in_hand,
        "passed": [row for row in rows if row.state in _LATELY],
        "badges": len(badges),
        "is_new": not rows,
    }
    return page(request, "assessment/own/home.html", values)


@router.get("/my/badges")
def badges(request: Request, app: App, visitor: Educator) -> Response:
    """The badges that one was awarded, newest first."""
    now = app.clock()
    with app.views.reading("awards", "micro-credentials") as connection:
        rows = register.page(connection, 0, _MOST, person=str(visitor.person))
        found = [
            OwnBadge(
                award=UUID(row.id),
                name=_name(connection, row),
                micro_credential=row.micro_credential,
                number=row.number,
                awarded=datetime.fromisoformat(row.awarded),
                state=_state(row, now),
            )
            for row in reversed(rows)
        ]
    return page(request, "awards/own.html", {"badges": found})


def _name(connection: Connection, row: Any) -> str:
    version = micro_credentials.version(connection, row.micro_credential, row.number)
    return micro_credentials.definition_of(version).name if version else ""


def _state(row: Any, now: datetime) -> str:
    if row.status == "active" and not register.is_in_force(row, now):
        return "expired"
    return str(row.status)


def _due(app: Testamur, caller: Caller, row: OwnRow) -> date | None:
    if row.state not in ("submitted", "in-review"):
        return None
    return app.reading.submission(caller, app.bus.policy(), row.id).due
