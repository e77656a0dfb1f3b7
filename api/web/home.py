"""The front page: what this is, what was earned so far, and the catalogue. And the API's map."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from sqlalchemy import Connection

from api.http.auth import App
from api.problem_types import PROBLEMS
from api.web.language import say
from api.web.pages import page
from api.web.problems import SENTENCES
from api.web.schema_org import schema_org
from api.web.static_files import STATIC
from ledger.errors import NotFound
from projections.awards import counts
from projections.catalogue import micro_credentials
from projections.catalogue.micro_credentials import Wanted

router = APIRouter()

_CARDS = 6
"""Role cards that the first page shows, each with its first micro-credentials."""

_EACH = 4


@router.get("/")
def home(app: App, request: Request) -> Response:
    """The network's landing page: what this is, in one screen; numbers; what can be earned."""
    today = app.clock().date()
    with app.views.reading("awards", "micro-credentials") as connection:
        by_year = counts.in_force_by_school_year(connection, today)
        in_force, holders = counts.in_force(connection, "network", "", today)
        cards = micro_credentials.role_cards(connection)
        shown = [(card, number, _first(connection, card)) for card, number in cards[:_CARDS]]
        total = micro_credentials.count(connection, Wanted())
        others = [] if shown else _first(connection, "")
    issuer = app.publishing.issuer_name()
    return page(
        request,
        "home.html",
        {
            "issuer": issuer,
            "years": [(year, awards) for year, (awards, _people) in by_year.items()],
            "in_force": in_force,
            "holders": holders,
            "total": total,
            "cards": shown,
            "others": others,
            "schema": schema_org(
                {"@type": "EducationalOrganization", "name": issuer, "url": app.site.base_url}
            ),
        },
    )


def _first(connection: Connection, role_card: str) -> list[Any]:
    return micro_credentials.search(connection, Wanted(role_card=role_card), 0, _EACH)


@router.get("/issuer")
def issuer_page(app: App, request: Request) -> Response:
    """Who signs the badges, and how anybody finds that out without us."""
    today = app.clock().date()
    with app.views.reading("awards") as connection:
        by_status = counts.by_status(connection, "network", "", today)
    issuer = app.publishing.issuer_name()
    return page(
        request,
        "issuer.html",
        {
            "issuer": issuer,
            "keys": app.keys.issuer_keys(),
            "by_status": by_status,
            "schema": schema_org(
                {"@type": "EducationalOrganization", "name": issuer, "url": app.site.base_url}
            ),
        },
    )


@router.get("/robots.txt")
def robots() -> Response:
    """What search engines are welcome to: the catalogue and who we are. Badges and people say on
    their own pages that they are not to be listed, which is read only where it can be fetched."""
    closed = ("/v1/", "/sign-in", "/me", "/verify?", "/log/tile/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "Allow: /"]
    return Response("\n".join(lines) + "\n", media_type="text/plain; charset=utf-8")


@router.get("/favicon.ico")
def favicon() -> Response:
    """For what asks for it unasked; pages name the drawing."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return FileResponse(STATIC / "favicon.ico", media_type="image/x-icon", headers=headers)


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
