"""/catalogue: what can be earned, searched by words and role card."""

from __future__ import annotations

import csv
import io
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.http.auth import App
from api.web.lists import Turned, csv_address
from api.web.pages import page
from api.wiring import Testamur
from projections.catalogue.micro_credentials import (
    Wanted,
    count,
    definition_of,
    role_cards,
    search,
)

router = APIRouter(prefix="/catalogue")
_MOST = 2_000
"""Rows of the catalogue as data."""

_COLUMNS = ("name", "roleCard", "description", "parts", "criteria", "tags", "version", "url")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@router.get("")
def catalogue(app: App, request: Request) -> Response:
    """The list; its state is in the address."""
    wanted, turned = _wanted(request), Turned.by(request)
    with app.views.reading("micro-credentials") as connection:
        total = count(connection, wanted)
        rows = search(connection, wanted, turned.offset, turned.limit)
        cards = role_cards(connection)
    return page(
        request,
        "catalogue/catalogue.html",
        {
            "micros": [(row, definition_of(row)) for row in rows],
            "total": total,
            "turned": turned,
            "wanted": wanted,
            "roles": [(name, f"{name} ({number})") for name, number in cards],
            "csv": csv_address(request, "/catalogue.csv"),
            "json": csv_address(request, "/catalogue.json"),
        },
    )


def _wanted(request: Request) -> Wanted:
    asked = request.query_params
    words, role = asked.get("q", "").strip()[:100], asked.get("role", "").strip()[:200]
    return Wanted(words, role, retired=asked.get("state") == "retired")


twins = APIRouter()


@twins.get("/catalogue.json")
def as_json(app: App, request: Request) -> Response:
    """The same list as data."""
    rows = _rows(app, _wanted(request))
    return JSONResponse({"items": rows}, headers={"Access-Control-Allow-Origin": "*"})


@twins.get("/catalogue.csv")
def as_csv(app: App, request: Request) -> Response:
    """The same list as a spreadsheet."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(_COLUMNS)
    for row in _rows(app, _wanted(request)):
        lines.writerow([_cell(row[column]) for column in _COLUMNS])
    headers = {"Content-Disposition": 'attachment; filename="catalogue.csv"'}
    return Response(written.getvalue().encode("utf-8-sig"), 200, headers, "text/csv; charset=utf-8")


def _rows(app: Testamur, wanted: Wanted) -> list[dict[str, Any]]:
    with app.views.reading("micro-credentials") as connection:
        found = search(connection, wanted, 0, _MOST)
    return [_row(app, row) for row in found]


def _row(app: Testamur, row: Any) -> dict[str, Any]:
    definition = definition_of(row)
    return {
        "id": row.id,
        "name": row.name,
        "roleCard": row.role_card,
        "description": definition.description,
        "parts": [part.name for part in definition.parts],
        "criteria": [criterion.name for criterion in definition.rubric],
        "tags": list(definition.tags),
        "version": row.latest,
        "url": app.site.achievement(row.id, row.latest),
    }


def _cell(value: Any) -> str:
    """What no spreadsheet takes for a formula (OWASP, CSV injection)."""
    text = "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
