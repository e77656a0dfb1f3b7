"""The front page: what this is, what was earned so far, and the catalogue. And the API's map."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter, Request, Response

from api.http.auth import App
from api.http.errors import PROBLEMS
from ledger.errors import NotFound
from projections.awards import counts
from projections.catalogue import micro_credentials

router = APIRouter()
_CATALOGUE = 200


@router.get("/")
def home(app: App, request: Request) -> Response:
    """The front page."""
    with app.views.reading("awards", "micro-credentials") as connection:
        by_year = counts.in_force_by_school_year(connection, app.clock().date())
        micros = micro_credentials.page(connection, "", _CATALOGUE)
    cards = sorted(micros, key=lambda row: (row.role_card or "", row.name))
    page: Response = request.app.state.pages.TemplateResponse(
        request,
        "home.html",
        {
            "issuer": app.publishing.issuer_name(),
            "years": by_year,
            "catalogue": [(role, list(g)) for role, g in groupby(cards, lambda r: r.role_card)],
        },
    )
    return page


@router.get("/docs")
def docs(request: Request) -> Response:
    """The API's operations, as a page."""
    page: Response = request.app.state.pages.TemplateResponse(
        request, "docs.html", {"openapi": request.app.openapi(), "problems": PROBLEMS}
    )
    return page


@router.get("/problems/{code}")
def problem_type(request: Request, code: str) -> Response:
    """What a problem's type means."""
    if code not in PROBLEMS:
        raise NotFound("problem type")
    page: Response = request.app.state.pages.TemplateResponse(
        request, "problem.html", {"title": PROBLEMS[code], "detail": f"Type {code}", "status": None}
    )
    return page
