"""The front page: what this is, what was earned so far, and the catalogue. And the API's map."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter, Request, Response

from api.http.auth import App
from api.problem_types import PROBLEMS
from api.web.language import say
from api.web.pages import page
from api.web.problems import SENTENCES
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
    return page(
        request,
        "home.html",
        {
            "issuer": app.publishing.issuer_name(),
            "years": by_year,
            "catalogue": [(role, list(g)) for role, g in groupby(cards, lambda r: r.role_card)],
        },
    )


@router.get("/docs")
def docs(request: Request) -> Response:
    """The API's operations, as a page."""
    return page(request, "docs.html", {"openapi": request.app.openapi(), "problems": PROBLEMS})


@router.get("/problems/{code}")
def problem_type(request: Request, code: str) -> Response:
    """What a problem's type means."""
    if code not in PROBLEMS:
        raise NotFound("problem type")
    return page(
        request,
        "problem.html",
        {
            "title": say(request, PROBLEMS[code]),
            "sentence": say(request, SENTENCES[code]) if code in SENTENCES else "",
            "detail": f"/problems/{code}",
            "detail_language": None,
            "status": None,
        },
    )
