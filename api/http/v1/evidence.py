"""/v1: evidence in and out. Nothing of it is held whole, nor lies anywhere unsealed.

Resumable uploads are those of the IETF (draft-ietf-httpbis-resumable-upload): POST begins one, HEAD
tells how much is kept, PATCH appends from there, DELETE ends it. What is kept are whole pieces of
1 MiB, so the offset may be less than what was sent; it survives a broken line, a client and a
server.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated
from urllib.parse import unquote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from api.assessing import open_evidence
from api.http.auth import App, Asked, Who
from api.http.receiving import pass_on, sent
from api.http.resumable import PARTIAL, Complete, FileName, appended, begun, progress
from api.http.v1.answers import done, no_query
from api.unfinished import Unfinished
from api.uploading import Incoming
from api.wiring import Testamur
from ledger.command import Answer
from ledger.errors import Invalid
from ledger.value import Value

router = APIRouter(tags=["evidence"])
_FILE = {"requestBody": {"required": True, "content": {"*/*": {"schema": {"format": "binary"}}}}}


@router.put(
    "/submissions/{submission}/evidence/{part}",
    openapi_extra=_FILE,
    dependencies=[Depends(no_query)],
)
async def add_evidence(
    app: App,
    asked: Asked,
    request: Request,
    response: Response,
    submission: UUID,
    part: str,
    file_name: FileName = "evidence",
) -> Answer:
    """Add or replace a part's evidence: the body is the file. Its type is found in it, whatever
    Content-Type says. Its name comes in a header: no address says anything of a person."""

    def begin() -> Incoming:
        return app.uploading.begin(
            asked.caller, submission, part, unquote(file_name), announced(request)
        )

    with ExitStack() as stack:
        incoming = stack.enter_context(await run_in_threadpool(begin))
        await pass_on(request.stream(), incoming.write)
        return done(response, await run_in_threadpool(incoming.hand_in, asked))


@router.get(
    "/submissions/{submission}/evidence/{part}",
    response_class=Response,
    responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
def evidence(app: App, who: Who, request: Request, submission: UUID, part: str) -> Response:
    """A part's evidence, for its educator, its assessors and whoever decides on an appeal; always
    as a download. One range of it can be asked for. The first opening by anybody but its educator
    is recorded."""
    file, item = open_evidence(app, who, submission, part)
    headers = {
        "Content-Type": item.media_type,
        "Content-Disposition": f'attachment; filename="{part}"',
    }
    return sent(request, file, f'"{item.digest}"', headers)


class UploadShown(Value):
    """An unfinished upload: ``offset`` bytes are kept, and ``path`` is where it goes on."""

    id: UUID
    submission: UUID
    part: str
    name: str
    path: str
    offset: int
    length: int | None


@router.post(
    "/submissions/{submission}/evidence/{part}/uploads",
    status_code=201,
    dependencies=[Depends(no_query)],
)
async def begin_upload(
    app: App,
    asked: Asked,
    request: Request,
    response: Response,
    submission: UUID,
    part: str,
    file_name: FileName = "evidence",
    upload_length: Annotated[int | None, Header(ge=1)] = None,
) -> UploadShown:
    """Begin an upload that can go on after a break. Bytes come with PATCH to its Location; those in
    this body are its first."""

    upload, offset = await begun(
        app, asked.caller, request, submission, part, unquote(file_name), upload_length
    )
    shown = _shown(app, upload, offset)
    response.headers.update(progress(app, upload, offset))
    response.headers["Location"] = shown.path
    return shown


@router.get("/submissions/{submission}/uploads")
def unfinished(app: App, who: Who, submission: UUID) -> list[UploadShown]:
    """One's unfinished uploads for a submission, oldest first. What is kept of each, its own
    address tells."""
    return [_shown(app, upload, 0) for upload in app.uploading.of(who, submission)]


@router.head("/uploads/{upload}", status_code=204)
def upload_offset(app: App, who: Who, upload: UUID) -> Response:
    """How much of an upload is kept."""
    with app.uploading.go_on(who, upload) as incoming:
        return Response(status_code=204, headers=progress(app, incoming.upload, incoming.offset))


@router.patch("/uploads/{upload}", openapi_extra=_FILE, response_model=Answer)
async def append(
    app: App,
    asked: Asked,
    request: Request,
    upload: UUID,
    upload_offset: Annotated[int, Header(ge=0)],
    upload_complete: Complete = "?0",
) -> Response:
    """Append the body at the offset that is kept. With the last bytes, the file is handed in as
    evidence, and the answer is the command's."""
    if request.headers.get("content-type") != PARTIAL:
        raise Invalid("bad-header", f"Content-Type is {PARTIAL} here")
    return await appended(app, asked, request, upload, upload_offset, upload_complete == "?1")


@router.delete("/uploads/{upload}", status_code=204)
def end_upload(app: App, who: Who, upload: UUID) -> None:
    """Give an upload up: nothing of it stays."""
    app.uploading.end(who, upload)


def announced(request: Request) -> int | None:
    """The length of a body, where the client tells."""
    length = request.headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdigit() else None


def _shown(app: Testamur, upload: Unfinished, offset: int) -> UploadShown:
    return UploadShown(
        id=upload.id,
        submission=upload.submission,
        part=upload.part,
        name=app.bus.preparer.open(upload.name).decode(),
        path=f"/v1/uploads/{upload.id}",
        offset=offset,
        length=upload.length,
    )
