"""A piece of evidence by itself, for whoever may see it; and what its page fetches.

Nothing that somebody handed in is rendered as a document of ours: pictures and pages are drawn anew
(``api/viewing``), recordings go out under a policy that lets them do nothing, everything else is a
download. The first opening by anybody but its educator is recorded before a byte is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from api.assessing import open_evidence
from api.http.auth import App, Lines
from api.http.receiving import sent
from api.viewing import NotDrawn, file_name, is_streamed, kind_of, served_as
from api.web.assessment.drawing import whole
from api.web.assessment.piece import piece
from api.web.pages import page
from api.web.visitor import SignedIn, SignedInVisitor
from api.wiring import Testamur
from ledger.catalogue import MicroCredential
from ledger.errors import NotFound

router = APIRouter(prefix="/submissions/{submission}/evidence/{part}")

_HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; media-src 'self'; img-src 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
"""Headers under which a stranger's bytes do nothing in a browser, whatever they are."""

PartId = Annotated[str, Path(max_length=60)]
PageNumber = Annotated[int, Path(ge=1, le=1000)]


@router.get("")
async def shown(
    request: Request, app: App, lines: Lines, visitor: SignedIn, submission: UUID, part: PartId
) -> Response:
    """The piece within our layout."""

    def work() -> Response:
        open_evidence(app, visitor.caller, submission, part)
        found = app.reading.submission(visitor.caller, app.bus.policy(), submission)
        micro = app.store.read(MicroCredential, found.micro_credential, "micro-credential")
        definition = micro.published(found.number)
        values = {
            "definition": definition,
            "submission": found,
            "piece": piece(app, visitor.caller, found, definition.part(part)),
        }
        return page(request, "assessment/evidence.html", values)

    return await lines.viewing.take(work)


@router.get("/raw")
def raw(request: Request, app: App, visitor: SignedIn, submission: UUID, part: PartId) -> Response:
    """The bytes as they were handed in: a recording to be played, anything else a download."""
    return _bytes(request, app, visitor, submission, part, may_play=True)


@router.get("/download")
def download(
    request: Request, app: App, visitor: SignedIn, submission: UUID, part: PartId
) -> Response:
    """The bytes as they were handed in, always as a download."""
    return _bytes(request, app, visitor, submission, part, may_play=False)


@router.get("/picture")
async def picture(
    app: App, lines: Lines, visitor: SignedIn, submission: UUID, part: PartId
) -> Response:
    """A picture, drawn anew."""

    def draw(data: bytes) -> bytes:
        return app.viewing.picture(data).data

    return await _drawn(app, lines, visitor, submission, part, "picture", draw)


@router.get("/pages/{number}")
async def pdf_page(
    app: App, lines: Lines, visitor: SignedIn, submission: UUID, part: PartId, number: PageNumber
) -> Response:
    """A page of a PDF as a picture."""

    def draw(data: bytes) -> bytes:
        return app.viewing.page(data, number)

    return await _drawn(app, lines, visitor, submission, part, "pages", draw)


@router.get("/words")
async def words(
    request: Request, app: App, lines: Lines, visitor: SignedIn, submission: UUID, part: PartId
) -> Response:
    """The words of a PDF, page by page, for whoever does not see them."""

    def work() -> Response:
        file, item = open_evidence(app, visitor.caller, submission, part)
        if kind_of(item.media_type) != "pages":
            raise NotFound("evidence")
        found, why = [], ""
        try:
            found = app.viewing.words(whole(file))
        except NotDrawn as refusal:
            why = refusal.why
        shown = app.reading.submission(visitor.caller, app.bus.policy(), submission)
        micro = app.store.read(MicroCredential, shown.micro_credential, "micro-credential")
        values = {
            "part": micro.published(shown.number).part(part),
            "address": f"/submissions/{submission}/evidence/{part}",
            "pages": found,
            "why": why,
        }
        return page(request, "assessment/words.html", values)

    return await lines.drawing.take(work)


async def _drawn(
    app: Testamur,
    lines: Lines,
    visitor: SignedInVisitor,
    submission: UUID,
    part: str,
    kind: str,
    draw: Callable[[bytes], bytes],
) -> Response:
    """A picture of a piece of that kind. Raises NotFound for any other, and for what cannot be
    drawn: its page says so."""

    def work() -> bytes:
        file, item = open_evidence(app, visitor.caller, submission, part)
        if kind_of(item.media_type) != kind:
            raise NotFound("picture")
        try:
            return draw(whole(file))
        except NotDrawn as refusal:
            raise NotFound("picture") from refusal

    data = await lines.drawing.take(work)
    return Response(data, media_type="image/webp", headers=_HARMLESS)


def _bytes(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    submission: UUID,
    part: str,
    *,
    may_play: bool,
) -> Response:
    """A piece as it was handed in, or a range of it. A download is named as its educator named it
    for themselves, and for others by its part (RFC 6266)."""
    file, item = open_evidence(app, visitor.caller, submission, part)
    headers = _HARMLESS | {"Content-Type": served_as(item.media_type)}
    if not (may_play and is_streamed(item.media_type)):
        plain = file_name(part, item.media_type)
        shown = app.reading.submission(visitor.caller, app.bus.policy(), submission)
        named = next((each.name for each in shown.evidence if each.part == part), None) or plain
        quoted = quote(named, safe="")
        headers["Content-Disposition"] = (
            f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quoted}"
        )
    return sent(request, file, f'"{item.digest}"', headers)
