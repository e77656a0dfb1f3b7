"""/people/{handle}: the profile that an educator chose to show."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from api.http.auth import App
from api.web.pages import page
from api.web.schema_org import schema_org
from api.wiring import Testamur
from ledger.errors import NotFound
from projections import unseal
from projections.awards import register
from projections.catalogue import micro_credentials
from projections.people import persons
from projections.people.organizations import name_of

router = APIRouter(prefix="/people")
_MOST = 200


def _could_be_one(handle: str) -> str:
    """Raises NotFound of what no profile was ever called."""
    if not re.fullmatch("[0-9a-z]{1,40}", handle):
        raise NotFound("profile")
    return handle


Handle = Annotated[str, Depends(_could_be_one)]


@router.get("/{handle}.json")
def document(app: App, handle: Handle) -> Response:
    """The profile as data."""
    return JSONResponse(_profile(app, handle), headers={"X-Robots-Tag": "noindex"})


@router.get("/{handle}")
def profile(app: App, request: Request, handle: Handle) -> Response:
    """The profile as a page."""
    shown = _profile(app, handle)
    years = Counter(badge["schoolYear"] for badge in shown["badges"])
    return page(
        request,
        "awards/person.html",
        {
            "person": shown,
            "years": sorted(years.items()),
            "issuer": app.publishing.issuer_name(),
            "schema": schema_org(_schema(app, shown)),
        },
        headers={"X-Robots-Tag": "noindex"},
    )


def _profile(app: Testamur, handle: str) -> dict[str, Any]:
    """What is public of a person. Raises NotFound, also for one who is not public."""
    with app.views.reading("persons", "awards", "micro-credentials", "organizations") as connection:
        person = persons.by_handle(connection, handle)
        name = unseal(app.vault, person.name) if person and person.is_public else None
        if person is None or name is None:
            raise NotFound("profile")
        rows = register.page(connection, 0, _MOST, person=person.id)
        now = app.clock()
        badges, competencies = [], {}
        for row in rows:
            version = micro_credentials.version(connection, row.micro_credential, row.number)
            if register.is_in_force(row, now):
                definition = micro_credentials.definition_of(version) if version else None
                for item in definition.alignments if definition else ():
                    competencies[item.url] = item.name
                badges.append(
                    {
                        "url": app.site.badge(row.id),
                        "name": definition.name if definition else "",
                        "image": app.site.achievement(row.micro_credential, row.number)
                        + "/image.svg",
                        "awarded": row.awarded,
                        "schoolYear": row.school_year,
                    }
                )
        return {
            "name": name,
            "handle": handle,
            "organization": name_of(connection, person.home),
            "competencies": sorted(set(competencies.values())),
            "badges": badges,
        }


def _schema(app: Testamur, person: dict[str, Any]) -> dict[str, Any]:
    address = f"{app.site.base_url}/people/{person['handle']}"
    return {
        "@type": "Person",
        "@id": address,
        "url": address,
        "name": person["name"],
        "knowsAbout": person["competencies"],
        "hasCredential": [
            {
                "@type": "EducationalOccupationalCredential",
                "name": badge["name"],
                "url": badge["url"],
            }
            for badge in person["badges"]
        ],
    }
