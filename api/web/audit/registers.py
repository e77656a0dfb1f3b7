"""/audit/erasures and /audit/readings: who was forgotten, and who opened whose evidence first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from api.audit.search import of_stream
from api.http.auth import App
from api.http.v1.answers import LARGEST
from api.web.audit.reader import Desk, Reader
from api.web.audit.words import CODES
from api.web.language import say
from api.web.pages import page
from ledger.people import Proposal
from projections.assessment import readers
from projections.people import erasures

router = APIRouter(prefix="/audit")
_ON_A_PAGE = 50
Before = Annotated[int, Query(ge=1, le=LARGEST)]


@router.get("/erasures")
def erased(request: Request, app: App, desk: Reader, before: Before = LARGEST) -> Response:
    """Who was forgotten: names are gone, places, grounds and deciders stay."""
    rows, more = _erasures(app, desk, before)
    for row in rows:
        row["ground"] = say(request, CODES[row["ground"]])
    values = {"rows": rows, "older": _older("/audit/erasures", rows, more)}
    return page(request, "audit/erasures.html", values, headers=_KEPT_NOWHERE)


@router.get("/erasures.json")
def erased_document(app: App, desk: Reader, before: Before = LARGEST) -> JSONResponse:
    """The same as JSON."""
    return _document("/audit/erasures.json", *_erasures(app, desk, before))


@router.get("/readings")
def read(request: Request, app: App, desk: Reader, before: Before = LARGEST) -> Response:
    """Who opened which evidence, each the first time."""
    rows, more = _readings(app, desk, before)
    values = {"rows": rows, "older": _older("/audit/readings", rows, more)}
    return page(request, "audit/readings.html", values, headers=_KEPT_NOWHERE)


@router.get("/readings.json")
def read_document(app: App, desk: Reader, before: Before = LARGEST) -> JSONResponse:
    """The same as JSON."""
    return _document("/audit/readings.json", *_readings(app, desk, before))


_KEPT_NOWHERE = {"Cache-Control": "no-store"}
_Rows = list[dict[str, Any]]


def _erasures(app: App, desk: Desk, before: int) -> tuple[_Rows, bool]:
    def all_of_them() -> Iterator[dict[str, Any]]:
        at = before
        while True:
            with app.views.reading("erasures") as connection:
                found = erasures.page(connection, at, _ON_A_PAGE)
            for row in found:
                person = UUID(row.person)
                place = desk.names.place_of(person)
                if place is not None and desk.names.lies_within(place):
                    yield _erasure(app, desk, row, place)
            if len(found) < _ON_A_PAGE:
                return
            at = found[-1].position

    return _some(all_of_them())


def _erasure(app: App, desk: Desk, row: Any, place: UUID) -> dict[str, Any]:
    proposal = _proposal(desk, row.cause)
    return {
        "number": row.position,
        "position": app.log.position_of(row.position),
        "at": row.at,
        "ground": row.ground,
        "unit": desk.names.unit(place),
        "proposed_by": desk.names.person(proposal.proposer) if proposal else None,
        "confirmed_by": _confirmer(app, desk, proposal),
        "finished": not app.erasing.unfinished(UUID(row.person)),
    }


def _proposal(desk: Desk, cause: str | None) -> Any:
    """The proposal that an erasure carried out; None for the operator's own."""
    parts = (cause or "").split(":")
    found = desk.names.find(UUID(parts[1])) if len(parts) == 3 else None
    return found if isinstance(found, Proposal) else None


def _confirmer(app: App, desk: Desk, proposal: Any) -> Any:
    for each in of_stream(app, proposal.id) if proposal else ():
        if isinstance(each.event, Proposal.Confirmed):
            return desk.names.person(each.event.actor)
    return None


def _readings(app: App, desk: Desk, before: int) -> tuple[_Rows, bool]:
    def all_of_them() -> Iterator[dict[str, Any]]:
        at = before
        while True:
            with app.views.reading("evidence_readers") as connection:
                found = readers.page(connection, at, _ON_A_PAGE)
            for row in found:
                place = desk.names.place_of(UUID(row.submission))
                if place is not None and desk.names.lies_within(place):
                    yield {
                        "number": row.position,
                        "position": app.log.position_of(row.position),
                        "at": row.at,
                        "reader": desk.names.person(UUID(row.reader)),
                        "role": row.role,
                        "unit": desk.names.unit(UUID(row.unit)),
                        "part": row.part,
                        "submission": desk.names.thing(UUID(row.submission)),
                    }
            if len(found) < _ON_A_PAGE:
                return
            at = found[-1].position

    return _some(all_of_them())


def _some(rows: Iterator[dict[str, Any]]) -> tuple[_Rows, bool]:
    """A page of them, and whether there are more."""
    page_of = [row for row, _ in zip(rows, range(_ON_A_PAGE), strict=False)]
    return page_of, next(rows, None) is not None


def _older(path: str, rows: _Rows, more: bool) -> str:
    return f"{path}?before={rows[-1]['number']}" if rows and more else ""


def _document(path: str, rows: _Rows, more: bool) -> JSONResponse:
    items = [
        {
            k: v.striptags() if hasattr(v, "striptags") else v
            for k, v in row.items()
            if k != "number"
        }
        for row in rows
    ]
    return JSONResponse(
        {"items": items, "next": _older(path, rows, more) or None}, headers=_KEPT_NOWHERE
    )
