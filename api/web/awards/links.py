"""/me/links: private links to one's badges; /badges/{id}/share: what only a holder hands on."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from api.http.auth import App
from api.sharing import address_of, make_link, own_links
from api.web.awards.sharing import speech_of, ways
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import SignedIn, SignedInVisitor
from api.wiring import Testamur
from badges.document import parse_document
from ledger.awards import Award, EndShareLink, badge_bytes
from ledger.errors import Invalid, LedgerError, NotFound
from projections.awards import register
from projections.catalogue import micro_credentials

router = APIRouter()

_LISTED = 100
_NEWEST = 2**31 - 1
_DAYS = (7, 30, 90, 365)
_PRIVATE = {"Cache-Control": "no-store"}
_ENDED = message("The link has ended. Whoever has it sees nothing any more.")
_CHOOSE = message("Choose at least one badge.")
_OTHERS = message("This badge is somebody else's. Its holder can share more of it.")
_FIELDS = {"link-life": "days", "link-twice": "awards"}


@router.get("/me/links")
def links(
    app: App, request: Request, visitor: SignedIn, award: Annotated[UUID | None, Query()] = None
) -> Response:
    """The caller's private links, and the form for another; ``?award=`` is ticked in it."""
    return _links(app, request, visitor, chosen=[str(award)] if award else [])


@router.post("/me/links")
def make(app: App, request: Request, visitor: SignedIn, form: FromForm) -> Response:
    """Make a link, and show its address this once."""
    problems = Problems()
    awards = [_uuid(text) for text in form.all("awards")]
    if not awards or None in awards:
        problems.add("awards", say(request, _CHOOSE))
        return _links(app, request, visitor, problems=problems, kept=form)
    try:
        made = make_link(
            app,
            form.asked,
            tuple(found for found in awards if found),
            form.text("label"),
            _days(form.text("days")),
            form.text("named") == "yes",
        )
    except (LedgerError, ValidationError) as error:
        problems = Problems.from_error(request, error, _FIELDS)
        return _links(app, request, visitor, problems=problems, kept=form)
    values = {"address": address_of(app, made.secret), "expires": made.expires}
    return page(request, "awards/link_made.html", values, headers=_PRIVATE)


@router.post("/me/links/{link}/end")
def end(app: App, request: Request, _visitor: SignedIn, form: FromForm, link: UUID) -> Response:
    """Let a link show nothing any more."""
    app.bus.execute(form.asked, EndShareLink(link=link))
    return see_other(request, "/me/links", say(request, _ENDED))


@router.get("/badges/{award}/share")
def share(app: App, request: Request, visitor: SignedIn, award: UUID) -> Response:
    """All ways to hand a badge on, for its holder."""
    found = app.store.read(Award, award, "badge")
    if found.person != visitor.person:
        return see_other(request, f"/badges/{award}", say(request, _OTHERS))
    badge = parse_document(badge_bytes(app.vault, found.document) or b"{}")
    values = {
        "award": {"id": str(award)},
        "badge": badge,
        "seal": f"/achievements/{found.micro_credential}/{found.number}/image.svg",
        "ways": ways(app, request, badge),
        "is_holder": True,
    }
    return page(request, "awards/share.html", values, headers=_PRIVATE)


@router.get("/badges/{award}/share/certificate.pdf")
def certificate(app: App, request: Request, visitor: SignedIn, award: UUID) -> Response:
    """The certificate with the holder's name on it, for the holder alone. Raises NotFound."""
    found = app.store.read(Award, award, "badge")
    if found.person != visitor.person:
        raise NotFound("badge")
    data = app.publishing.artefact(
        award, "pdf", "eddsa-rdfc-2022", visitor.name, speech_of(request)
    )
    disposition = f'attachment; filename="certificate-{award}.pdf"'
    headers = {**_PRIVATE, "Content-Disposition": disposition}
    return Response(data, media_type="application/pdf", headers=headers)


def _links(
    app: Testamur,
    request: Request,
    visitor: SignedInVisitor,
    chosen: list[str] | None = None,
    problems: Problems | None = None,
    kept: Posted | None = None,
) -> Response:
    badges = _own_badges(app, visitor)
    names = {badge["id"]: badge["name"] for badge in badges}
    values: dict[str, Any] = {
        "links": own_links(app, visitor.caller, _NEWEST, _LISTED),
        "badges": badges,
        "names": names,
        "chosen": chosen or [],
        "days": _DAYS,
        "kept": kept,
        **({"problems": problems} if problems else {}),
    }
    status = 422 if problems else 200
    return page(request, "awards/links.html", values, status=status, headers=_PRIVATE)


def _own_badges(app: Testamur, visitor: SignedInVisitor) -> list[dict[str, str]]:
    """What the visitor earned, newest first."""
    with app.views.reading("awards", "micro-credentials") as connection:
        rows = register.page(connection, 0, _LISTED, person=str(visitor.person))
        found = []
        for row in reversed(rows):
            version = micro_credentials.version(connection, row.micro_credential, row.number)
            name = micro_credentials.definition_of(version).name if version else ""
            found.append({"id": row.id, "name": name, "awarded": row.awarded})
    return found


def _days(text: str) -> int:
    """Raises Invalid."""
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Invalid("link-life", "say for how many days")
    return int(text)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
