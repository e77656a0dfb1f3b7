"""/verify: check a badge of any issuer by pasting it, uploading it or giving its address."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from api.fetch import GuardedFetcher
from api.http.auth import App
from api.wiring import Testamur
from badges.errors import UnreachableDocument
from ledger.errors import LedgerError

router = APIRouter(prefix="/verify")


@router.get("")
def form(request: Request, url: str = "") -> Response:
    """The form; ``?url=`` fills in an address."""
    return _page(request, {"url": url})


@router.post("")
def verify(
    app: App,
    request: Request,
    text: Annotated[str, Form()] = "",
    url: Annotated[str, Form(max_length=2000)] = "",
    recipient: Annotated[str, Form(max_length=254)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """The report on what was given, as a page."""
    uploaded = file.file.read() if file is not None else b""
    given = [bool(text.strip()), bool(url.strip()), bool(uploaded)]
    if given.count(True) != 1:
        words = "Give one thing: the badge's text, its file or its address."
        return _page(request, {"url": url, "error": words}, status=422)
    try:
        data = uploaded or text.encode() if not url.strip() else _at(app, url.strip())
    except UnreachableDocument as error:
        words = f"The badge could not be fetched: {error}."
        return _page(request, {"url": url, "error": words}, status=422)
    report = app.verifier().verify(data, recipient.strip() or None)
    return _page(request, {"report": report, "url": url})


def _at(app: Testamur, url: str) -> bytes:
    """The badge at an address; our own without going out. Raises UnreachableDocument."""
    own = app.site.badge_id(url)
    if own is None:
        return GuardedFetcher(app.settings.is_development).fetch(url)
    try:
        data = app.badge(own)
    except LedgerError as error:
        raise UnreachableDocument(str(error)) from None
    if data is None:
        raise UnreachableDocument("it was erased")
    return data


def _page(request: Request, values: dict[str, object], status: int = 200) -> Response:
    page: Response = request.app.state.pages.TemplateResponse(
        request, "verify.html", values, status_code=status
    )
    return page
