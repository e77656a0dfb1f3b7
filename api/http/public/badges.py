"""/badges/{id}: an award as a page for people and as a credential for software."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, HTTPException, Request, Response

from api.http.auth import App
from api.http.public.negotiation import wants_page
from api.wiring import Testamur
from badges.document import parse_document
from ledger.errors import NotFound
from projections import awards, people, unseal

router = APIRouter(prefix="/badges")
CREDENTIAL_TYPE = "application/vc+ld+json"


@router.get("/{award}.json")
def credential(app: App, award: str) -> Response:
    """The signed badge, byte for byte as it was issued."""
    data = _badge(app, award)
    return Response(
        data,
        media_type=CREDENTIAL_TYPE,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Content-Disposition": f'inline; filename="badge-{award}.json"',
            "Vary": "Accept",
        },
    )


@router.get("/{award}.svg")
def baked(app: App, award: str) -> Response:
    """The badge's seal, with the signed badge baked into it."""
    return Response(
        _artefact(app.baked_svg, award),
        media_type="image/svg+xml",
        headers={
            "Access-Control-Allow-Origin": "*",
            "Content-Disposition": f'attachment; filename="badge-{award}.svg"',
        },
    )


@router.get("/{award}")
def badge(
    app: App, request: Request, award: str, accept: Annotated[str, Header()] = "*/*"
) -> Response:
    """A page for a browser, the credential for whoever asks for one."""
    if not wants_page(accept):
        return credential(app, award)
    data = _badge(app, award)
    report = app.verifier().verify(data)
    with app.views.reading() as connection:
        row = awards.by_id(connection, award)
        holder = people.by_id(connection, row.person) if row is not None else None
    if row is None:  # recorded a moment ago, not yet projected
        raise HTTPException(503, "this badge is being prepared; try again in a second")
    document = parse_document(data)
    name = unseal(app.vault, holder.name) if holder is not None and holder.is_public else None
    page: Response = request.app.state.pages.TemplateResponse(
        request,
        "badge.html",
        {
            "award": row,
            "badge": document,
            "achievement": document["credentialSubject"]["achievement"],
            "criteria": _reached(document),
            "holder": {"name": name, "handle": holder.handle} if holder and name else None,
            "report": report,
        },
        headers={"Vary": "Accept", "X-Robots-Tag": "noindex"},
    )
    return page


def _badge(app: Testamur, award: str) -> bytes:
    return _artefact(app.badge, award)


def _artefact(make: Callable[[UUID], bytes | None], award: str) -> bytes:
    try:
        identifier = UUID(award)
    except ValueError:
        raise NotFound("badge") from None
    data = make(identifier)
    if data is None:
        raise HTTPException(410, "this person's data was erased, and the badge with it")
    return data


def _reached(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Each criterion with its levels, the one that was reached and the one that was asked for."""
    subject = document["credentialSubject"]
    reached = {r["resultDescription"]: r["achievedLevel"] for r in subject.get("result", [])}
    return [
        {
            "name": description["name"],
            "levels": [
                {
                    "name": level["name"],
                    "description": level.get("description", ""),
                    "reached": reached.get(description["id"]) == level["id"],
                    "required": description["requiredLevel"] == level["id"],
                }
                for level in description["rubricCriterionLevel"]
            ],
        }
        for description in subject["achievement"].get("resultDescription", [])
    ]
