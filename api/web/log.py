"""/log: the transparency log, for people; its checkpoints over time, and who else signed them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from api.http.auth import App
from api.http.v1.answers import LARGEST
from api.registry import read_witnesses
from api.web.pages import page
from ledger.transparency import LogError, VerifierKey
from projections.transparency import SignedCheckpoint

router = APIRouter(prefix="/log")
_DRAWN = 24
_ON_A_PAGE = 50
Before = Annotated[int, Query(ge=1, le=LARGEST)]


@router.get("")
def log_page(app: App, request: Request) -> Response:
    """What is signed now, and how to check it."""
    last = app.log.latest() or app.log.checkpoint()
    values = {"last": last, "witnesses": _cosigned(app, last)}
    return page(request, "log/log.html", values)


@router.get("/checkpoints")
def checkpoints(app: App, request: Request, before: Before = LARGEST) -> Response:
    """Every checkpoint, newest first: how many events, when, and which witnesses signed it too."""
    found, older = _page(app, before)
    drawn = app.log.newest(_DRAWN)[::-1]
    several_days = len({item.signed.date() for item in drawn}) > 1
    words = "%d.%m." if several_days else "%H:%M"
    values = {
        "rows": [(item, _cosigned(app, item)) for item in found],
        "growth": [(item.signed.strftime(words), item.size) for item in drawn],
        "older": f"/log/checkpoints?before={older}" if older else "",
        "known": [witness.name for witness in read_witnesses(app.settings.witnesses_file)],
    }
    return page(request, "log/checkpoints.html", values)


@router.get("/checkpoints.json")
def checkpoints_document(app: App, before: Before = LARGEST) -> JSONResponse:
    """The same as JSON, with the signed notes."""
    found, older = _page(app, before)
    items = [
        {
            "size": item.size,
            "signed": item.signed.isoformat(),
            "note": str(item.note),
            "witnesses": [
                {"name": name, "at": at.isoformat() if at else None}
                for name, at in _cosigned(app, item)
            ],
        }
        for item in found
    ]
    following = f"/log/checkpoints.json?before={older}" if older else None
    return JSONResponse({"items": items, "next": following})


def _page(app: App, before: int) -> tuple[list[SignedCheckpoint], int | None]:
    found = app.log.newest(_ON_A_PAGE + 1, before)
    more = len(found) > _ON_A_PAGE
    return found[:_ON_A_PAGE], found[_ON_A_PAGE - 1].size if more else None


def _cosigned(app: App, item: SignedCheckpoint) -> list[tuple[str, datetime | None]]:
    """The witnesses of a checkpoint, each with when it signed, where its key is known here."""
    keys = {key.name: key for key in read_witnesses(app.settings.witnesses_file)}
    return [(line.name, _when(item, keys.get(line.name))) for line in item.note.signatures[1:]]


def _when(item: SignedCheckpoint, key: VerifierKey | None) -> datetime | None:
    try:
        signature: Any = item.note.signed_by(key) if key is not None else None
    except LogError:
        return None  # an audit tells
    return datetime.fromtimestamp(signature.time, UTC) if signature is not None else None
