"""/log: the transparency log, for people, and as static files (C2SP tlog-tiles) for software."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http.auth import App
from api.http.v1.answers import Raw
from api.registry import read_witnesses
from ledger.errors import NotFound
from ledger.transparency import Note

router = APIRouter(prefix="/log")
_CACHING = {"checkpoint": "public, max-age=2", "vkey": "public, max-age=3600"}


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
def file(app: App, path: str) -> Response:
    """The checkpoint, the verifier key, a tile or a bundle of entries."""
    try:
        data = app.log.read(path)
    except LookupError:
        raise NotFound("file of the log") from None
    is_text = path in _CACHING
    headers = {
        "Cache-Control": _CACHING.get(path, "public, max-age=31536000, immutable"),
        "Access-Control-Allow-Origin": "*",
    }
    kind = "text/plain; charset=utf-8" if is_text else "application/octet-stream"
    return Response(data, media_type=kind, headers=headers)


@router.post("/cosignatures")
def cosign(app: App, data: Raw) -> dict[str, list[str]]:
    """Take cosignatures of witnesses that we know, on a checkpoint of ours."""
    note = Note.parse(data)
    return {"witnesses": app.log.cosign(note, read_witnesses(app.settings.witnesses_file))}
