"""Uploads that go on after a break, as HTTP has them (draft-ietf-httpbis-resumable-upload).

What is kept are whole pieces of 1 MiB, so the offset may be less than what was sent.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated
from uuid import UUID

from fastapi import Header, Request, Response
from starlette.concurrency import run_in_threadpool

from api.http.errors import problem
from api.http.receiving import pass_on
from api.unfinished import Unfinished
from api.uploading import Incoming
from api.wiring import Testamur
from keys.pieces import PIECE
from ledger.bus import Request as CommandRequest
from ledger.context import Caller

PARTIAL = "application/partial-upload"
"""The media type of what is appended."""

FileName = Annotated[
    str, Header(min_length=1, max_length=600, description="File name, percent-encoded.")
]
Complete = Annotated[
    str, Header(alias="Upload-Complete", pattern=r"^\?[01]$", description="?1 with the last bytes.")
]


async def begun(
    app: Testamur,
    caller: Caller,
    request: Request,
    submission: UUID,
    part: str,
    name: str,
    length: int | None,
) -> tuple[Unfinished, int]:
    """A new upload with the bytes of this request's body, and how many of them are kept."""

    def begin() -> Incoming:
        return app.uploading.begin(caller, submission, part, name, length, can_go_on=True)

    with ExitStack() as stack:
        incoming = stack.enter_context(await run_in_threadpool(begin))
        await pass_on(request.stream(), incoming.write)
        return incoming.upload, await run_in_threadpool(incoming.keep)


async def appended(
    app: Testamur,
    asked: CommandRequest,
    request: Request,
    upload: UUID,
    offset: int,
    is_last: bool,
) -> Response:
    """What comes of appending a request's body; with the last bytes the file is handed in. What a
    broken line left is kept, too."""
    with ExitStack() as stack:
        going = await run_in_threadpool(app.uploading.go_on, asked.caller, upload)
        incoming = stack.enter_context(going)
        if offset != incoming.offset:
            refusal = problem(request, 409, "upload-offset", f"it goes on at {incoming.offset}")
            refusal.headers.update(progress(app, incoming.upload, incoming.offset))
            return refusal
        try:
            await pass_on(request.stream(), incoming.write)
        except BaseException:
            incoming.keep()
            raise
        if not is_last:
            kept = await run_in_threadpool(incoming.keep)
            headers = progress(app, incoming.upload, kept)
            return Response(status_code=204, headers=headers)
        answer = await run_in_threadpool(incoming.hand_in, asked)
    headers = {"Upload-Complete": "?1", "ETag": f'"{answer.version}"'}
    body = answer.model_dump_json(by_alias=True)
    return Response(body, media_type="application/json", headers=headers)


def progress(app: Testamur, upload: Unfinished, offset: int) -> dict[str, str]:
    """Headers that tell how far an upload is."""
    limits = app.bus.policy().limits
    headers = {
        "Upload-Offset": str(offset),
        "Upload-Complete": "?0",
        "Upload-Limit": f"max-size={limits.evidence_bytes}, min-append-size={PIECE}",
        "Cache-Control": "no-store",
    }
    if upload.length is not None:
        headers["Upload-Length"] = str(upload.length)
    return headers
