"""/achievements/{id}: a micro-credential as a page, as an Achievement, and its image."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse

from api.http.auth import App
from api.http.public.badges import CREDENTIAL_TYPE
from api.http.public.negotiation import wants_page
from api.wiring import Testamur
from badges.contexts import CREDENTIALS_V2, OPEN_BADGES_3
from badges.image import badge_svg
from ledger.errors import NotFound
from ledger.issuing import achievement as open_badges_achievement
from projections import achievements, awards

router = APIRouter(prefix="/achievements")


@router.get("/{micro}.json")
def latest_document(app: App, micro: UUID) -> Response:
    """The latest version as an Open Badges Achievement."""
    return _document(app, _version(app, micro, None))


@router.get("/{micro}/{number}.json")
def document(app: App, micro: UUID, number: int) -> Response:
    """One version as an Open Badges Achievement."""
    return _document(app, _version(app, micro, number))


@router.get("/{micro}/{number}/image.svg")
def image(app: App, micro: UUID, number: int) -> Response:
    """The badge image of one version."""
    definition = achievements.definition_of(_version(app, micro, number))
    return Response(
        badge_svg(definition.name, app.issuer_name()),
        media_type="image/svg+xml",
        headers={"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"},
    )


@router.get("/{micro}")
def latest(
    app: App, request: Request, micro: UUID, accept: Annotated[str, Header()] = "*/*"
) -> Response:
    """The latest version."""
    return _page_or_document(app, request, _version(app, micro, None), accept)


@router.get("/{micro}/{number}")
def version(
    app: App, request: Request, micro: UUID, number: int, accept: Annotated[str, Header()] = "*/*"
) -> Response:
    """One version; the address that badges name."""
    return _page_or_document(app, request, _version(app, micro, number), accept)


def _version(app: Testamur, micro: UUID, number: int | None) -> Any:
    with app.views.reading() as connection:
        row = achievements.version(connection, str(micro), number)
    if row is None:
        raise NotFound("micro-credential")
    return row


def _page_or_document(app: Testamur, request: Request, row: Any, accept: str) -> Response:
    if not wants_page(accept):
        return _document(app, row)
    with app.views.reading() as connection:
        holders = awards.count_for(connection, row.micro_credential)
    page: Response = request.app.state.pages.TemplateResponse(
        request,
        "achievement.html",
        {
            "row": row,
            "definition": achievements.definition_of(row),
            "holders": holders,
            "issuer": app.issuer_name(),
        },
        headers={"Vary": "Accept"},
    )
    return page


def _document(app: Testamur, row: Any) -> Response:
    shown = open_badges_achievement(
        app.site, UUID(row.micro_credential), row.number, achievements.definition_of(row)
    )
    members = shown.model_dump(mode="json", by_alias=True, exclude_none=True)
    return JSONResponse(
        {"@context": [CREDENTIALS_V2, OPEN_BADGES_3], **members},
        media_type=CREDENTIAL_TYPE,
        headers={"Access-Control-Allow-Origin": "*", "Vary": "Accept"},
    )
