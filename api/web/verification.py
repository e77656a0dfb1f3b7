"""/verify: check a badge of any issuer by pasting it, uploading it or giving its address."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from api.deadline import Deadline
from api.http.auth import App, Lines
from api.verifying import SECONDS, own_badge
from api.web.pages import page
from api.wiring import Testamur
from badges.errors import UnreachableDocument
from badges.verification import VerificationReport

router = APIRouter(prefix="/verify")


@router.get("")
def form(request: Request, url: str = "") -> Response:
    """The form; ``?url=`` fills in an address."""
    return _page(request, {"url": url})


@router.post("")
async def verify(
    app: App,
    lines: Lines,
    request: Request,
    text: Annotated[str, Form()] = "",
    url: Annotated[str, Form(max_length=2000)] = "",
    recipient: Annotated[str, Form(max_length=254)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """The report on what was given, as a page."""
    uploaded = await file.read() if file is not None else b""
    given = [bool(text.strip()), bool(url.strip()), bool(uploaded)]
    if given.count(True) != 1:
        words = "Give one thing: the badge's text, its file or its address."
        return _page(request, {"url": url, "error": words}, status=422)
    try:
        report = await lines.strangers.take(
            lambda: _report(app, uploaded or text, url.strip(), recipient.strip() or None)
        )
    except UnreachableDocument as error:
        words = f"The badge could not be fetched: {error}."
        return _page(request, {"url": url, "error": words}, status=422)
    return _page(request, {"report": report, "url": url})


def _report(
    app: Testamur, data: bytes | str, url: str, recipient: str | None
) -> VerificationReport:
    """On what was given, or on the badge at ``url``: our own without going out.

    Raises UnreachableDocument.
    """
    deadline = Deadline.after(SECONDS)
    if url:
        is_own = app.site.badge_id(url) is not None
        data = (
            own_badge(app.publishing, url)
            if is_own
            else app.bounds.fetcher.within(deadline).fetch(url)
        )
    return app.verifying.verifier(deadline=deadline).verify(data, recipient)


def _page(request: Request, values: dict[str, object], status: int = 200) -> Response:
    return page(request, "verification/verify.html", values, status=status)
