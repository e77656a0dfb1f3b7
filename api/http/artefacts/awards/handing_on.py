"""What other sites show of a badge: a picture beside its link, a QR code, a frame, oEmbed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse

from api.deadline import Deadline
from api.http.artefacts.awards.badges import award_id
from api.http.auth import App, Lines
from api.web.awards.badge import PATIENCE, said_of, verdict_of
from api.web.awards.sharing import EMBED_HEIGHT, EMBED_WIDTH, embed_code
from api.web.pages import page
from api.wiring import Testamur
from badges.card import card
from badges.document import parse_document
from badges.image import SIDE, badge_svg, png_of_svg
from badges.qr import qr_png, qr_svg
from badges.verification.verdict import day
from ledger.awards import Award, badge_bytes, reached_level
from ledger.errors import NotFound

router = APIRouter()

_KEPT = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}

_FRAMED = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""The one page of ours that others may frame: it has neither forms nor scripts, and knows no
visitor."""


@router.get("/card.png")
def site_card(app: App) -> Response:
    """What a social network shows beside a link to this site."""
    name = app.publishing.issuer_name()
    picture = app.publishing.card(
        ("site", name), lambda: card(_seal_of_site(name), name, "Testamur", ["Open Badges 3.0"])
    )
    return Response(picture, media_type="image/png", headers=_KEPT)


@router.get("/badges/{award}/card.png")
def badge_card(app: App, award: str) -> Response:
    """What a social network shows beside a link to a badge."""
    found, badge = _badge(app, award)
    holder = app.publishing.shown_name(found.person)
    awarded = f"Awarded on {day(badge['awardedDate'])}"
    below = [awarded, f"to {holder}"] if holder else [awarded]
    level = reached_level(badge)
    picture = app.publishing.card(
        (found.digest, holder),
        lambda: card(
            app.publishing.picture(found.micro_credential, found.number, level).png,
            badge["name"],
            badge["issuer"]["name"],
            below,
        ),
    )
    return Response(picture, media_type="image/png", headers=_KEPT)


@router.get("/badges/{award}/qr.svg")
def code_svg(app: App, award: str) -> Response:
    """The QR code of the badge's address."""
    _, badge = _badge(app, award)
    return Response(qr_svg(badge["id"]), media_type="image/svg+xml", headers=_KEPT)


@router.get("/badges/{award}/qr.png")
def code_png(app: App, award: str) -> Response:
    """The same as PNG."""
    _, badge = _badge(app, award)
    return Response(qr_png(badge["id"]), media_type="image/png", headers=_KEPT)


@router.get("/badges/{award}/embed")
async def embed(app: App, lines: Lines, request: Request, award: str) -> Response:
    """The badge small, to be framed by other sites."""
    return await lines.pages.take(lambda: _framed(app, request, award))


def _framed(app: Testamur, request: Request, award: str) -> Response:
    found, badge = _badge(app, award)
    data = badge_bytes(app.vault, found.document) or b""
    shown = verdict_of(app, found, data, Deadline.after(PATIENCE))
    return page(
        request,
        "awards/embed.html",
        {
            "badge": badge,
            "seal": f"/achievements/{found.micro_credential}/{found.number}/image.svg",
            "said": said_of(app, shown.report),
            "checked": shown.made,
        },
        headers={"Content-Security-Policy": _FRAMED, "X-Robots-Tag": "noindex"},
    )


@router.get("/oembed")
def oembed(
    app: App,
    url: Annotated[str, Query(max_length=2000)],
    maxwidth: Annotated[int, Query(ge=1, le=10_000)] = EMBED_WIDTH,
    maxheight: Annotated[int, Query(ge=1, le=10_000)] = EMBED_HEIGHT,
    format: Annotated[str, Query(max_length=10)] = "json",  # noqa: A002 (oEmbed's name)
) -> Response:
    """How to show one of our badges (oEmbed 1.0 §2.3)."""
    if format != "json":
        raise HTTPException(501, "only JSON is answered")
    page_address = url.partition("#")[0].partition("?")[0].removesuffix("/embed")
    known = app.site.badge_id(page_address)
    if known is None:
        raise NotFound("badge")
    _, badge = _badge(app, str(known))
    width, height = min(maxwidth, EMBED_WIDTH), min(maxheight, EMBED_HEIGHT)
    members = {
        "version": "1.0",
        "type": "rich",
        "title": badge["name"],
        "author_name": badge["issuer"]["name"],
        "author_url": badge["issuer"]["url"],
        "provider_name": app.publishing.issuer_name(),
        "provider_url": app.site.base_url,
        "cache_age": 3600,
        "thumbnail_url": badge["credentialSubject"]["achievement"]["image"]["id"],
        "thumbnail_width": SIDE,
        "thumbnail_height": SIDE,
        "html": embed_code(badge["id"], badge["name"], width, height),
        "width": width,
        "height": height,
    }
    return JSONResponse(members, headers=_KEPT)


def _badge(app: Testamur, award: str) -> tuple[Award, dict[str, Any]]:
    """Raises NotFound, HTTPException (410) for an erased person's."""
    known: UUID = award_id(award)
    found = app.store.read(Award, known, "award")
    data = badge_bytes(app.vault, found.document)
    if data is None:
        raise HTTPException(410, "this person's data was erased, and the badge with it")
    return found, parse_document(data)


def _seal_of_site(name: str) -> bytes:
    return png_of_svg(badge_svg(name, "Testamur", "Open Badges"))
