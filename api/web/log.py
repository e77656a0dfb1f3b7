"""/log: the transparency log, for people."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.http.auth import App
from api.web.pages import page

router = APIRouter(prefix="/log")
_SHOWN = 8


@router.get("")
def log_page(app: App, request: Request) -> Response:
    """The log for people: what is signed now, how it grew, how to check it."""
    last = app.log.latest() or app.log.checkpoint()
    newest = app.log.newest(_SHOWN)[::-1]
    label = "%H:%M" if len({item.signed.date() for item in newest}) == 1 else "%d %b"
    return page(
        request,
        "log/log.html",
        {
            "last": last,
            "witnesses": [signature.name for signature in last.note.signatures[1:]],
            "growth": [(item.signed.strftime(label), item.size) for item in newest],
        },
    )
