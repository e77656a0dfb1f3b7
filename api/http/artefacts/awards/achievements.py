"""/achievements/{id}: a micro-credential as a page, as an Achievement, and its image."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse

from api.http.artefacts.awards.badges import CREDENTIAL_TYPE
from api.http.artefacts.negotiation import wants_page
from api.http.auth import App, Here
from api.http.v1.answers import Number
from api.web.awards.achievement import achievement_page
from api.wiring import Testamur
from badges.contexts import CREDENTIALS_V2, OPEN_BADGES_3
from ledger.awards import achievement as open_badges_achievement
from ledger.errors import NotFound
from ledger.site import Site
from projections.catalogue import micro_credentials

router = APIRouter(prefix="/achievements")


@router.get("/{micro}.json")
def latest_document(app: App, here: Here, micro: UUID) -> Response:
    """The latest version as an Open Badges Achievement."""
    return _document(here, _version(app, micro, None))


@router.get("/{micro}/{number}.json")
def document(app: App, here: Here, micro: UUID, number: Number) -> Response:
    """One version as an Open Badges Achievement."""
    return _document(here, _version(app, micro, number))


@router.get("/{micro}/{number}/image")
@router.get("/{micro}/{number}/image.png")
def image_png(app: App, micro: UUID, number: Number) -> Response:
    """The badge's picture as PNG: the address that badges name."""
    return _picture(app.publishing.picture(micro, number).png, "image/png")


@router.get("/{micro}/{number}/image.svg")
def image_svg(app: App, micro: UUID, number: Number) -> Response:
    """The badge's picture as SVG."""
    return _picture(app.publishing.picture(micro, number).svg.encode(), "image/svg+xml")


def _picture(data: bytes, kind: str) -> Response:
    headers = {"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"}
    return Response(data, media_type=kind, headers=headers)


@router.get("/{micro}")
def latest(
    app: App, request: Request, micro: UUID, accept: Annotated[str, Header()] = "*/*"
) -> Response:
    """The latest version."""
    return _page_or_document(app, request, _version(app, micro, None), accept)


@router.get("/{micro}/{number}")
def version(
    app: App,
    request: Request,
    micro: UUID,
    number: Number,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """One version; the address that badges name."""
    return _page_or_document(app, request, _version(app, micro, number), accept)


def _version(app: Testamur, micro: UUID, number: int | None) -> Any:
    with app.views.reading("micro-credentials") as connection:
        row = micro_credentials.version(connection, str(micro), number)
    if row is None:
        raise NotFound("micro-credential")
    return row


def _page_or_document(app: Testamur, request: Request, row: Any, accept: str) -> Response:
    if not wants_page(accept):
        return _document(app.site.at(request.headers.get("host", "")), row)
    return achievement_page(app, request, row)


def _document(site: Site, row: Any) -> Response:
    shown = open_badges_achievement(
        site, UUID(row.micro_credential), row.number, micro_credentials.definition_of(row)
    )
    members = shown.model_dump(mode="json", by_alias=True, exclude_none=True)
    return JSONResponse(
        {"@context": [CREDENTIALS_V2, OPEN_BADGES_3], **members},
        media_type=CREDENTIAL_TYPE,
        headers={"Access-Control-Allow-Origin": "*", "Vary": "Accept"},
    )
