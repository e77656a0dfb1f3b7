"""/log: the transparency log as static files (C2SP tlog-tiles), for other people's software."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.http.auth import App
from ledger.errors import NotFound
from ledger.transparency import Note
from ledger.transparency.tiles import Tile, parse_number

router = APIRouter(prefix="/log")
_FOR_EVER = "public, max-age=31536000, immutable"
_TEXT = "text/plain; charset=utf-8"


@router.get("/checkpoint")
def checkpoint(app: App) -> Response:
    """The last signed state of the log, with its witnesses' cosignatures."""
    last = app.log.latest() or app.log.checkpoint()
    return _file(str(last.note), _TEXT, "public, max-age=2")


@router.get("/vkey")
def vkey(app: App) -> Response:
    """The log's verifier key (C2SP signed-note), to be compared with one had from elsewhere."""
    return _file(f"{app.log.verifier.vkey}\n", _TEXT, "public, max-age=3600")


@router.get("/tile/entries/{path:path}")
def entries(app: App, path: str) -> Response:
    """A bundle of entries."""
    number, width = _numbered(path)
    try:
        return _file(app.log.bundle(number, width), "application/octet-stream", _FOR_EVER)
    except LookupError:
        raise NotFound("entry bundle") from None


@router.get("/tile/{level}/{path:path}")
def tile(app: App, level: str, path: str) -> Response:
    """A tile of the tree."""
    number, width = _numbered(path)
    if not (level.isascii() and level.isdigit()) or str(int(level)) != level or int(level) > 63:
        raise NotFound("tile")
    try:
        data = app.log.tile(Tile(int(level), number, width))
    except LookupError:
        raise NotFound("tile") from None
    return _file(data, "application/octet-stream", _FOR_EVER)


@router.post("/cosignatures")
async def cosign(app: App, request: Request) -> dict[str, list[str]]:
    """Take cosignatures of witnesses that we know, on a checkpoint of ours."""
    note = Note.parse(await request.body())
    return {"witnesses": app.log.cosign(note, app.witnesses())}


def _numbered(path: str) -> tuple[int, int]:
    found = parse_number(path)
    if found is None:
        raise NotFound("tile")
    return found


def _file(data: bytes | str, kind: str, caching: str) -> Response:
    headers = {"Cache-Control": caching, "Access-Control-Allow-Origin": "*"}
    return Response(data, media_type=kind, headers=headers)
