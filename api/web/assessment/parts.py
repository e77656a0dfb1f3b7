"""A part of one's own submission: written on the page, linked to, or uploaded."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from api.http.auth import App
from api.http.resumable import Complete, FileName, appended, begun, progress
from api.own_work import own_work, written_text
from api.web.assessment.own import Educator
from api.web.csrf import check_form
from api.web.file_form import NoFile, received_file
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.problems import sentence
from api.web.visitor import SignedInVisitor
from api.wiring import Testamur
from ledger.assessment import AddEvidence
from ledger.bus import Request as CommandRequest
from ledger.errors import LedgerError, NotFound

router = APIRouter()

PartId = Annotated[str, Path(max_length=60)]
FormToken = Annotated[str, Header(alias="X-Form-Token", max_length=100)]


@router.get("/submissions/{submission}/parts/{part}")
def part_page(
    request: Request, app: App, visitor: Educator, submission: UUID, part: PartId
) -> Response:
    """What is asked for, and what stands there."""
    return _shown(request, app, visitor, submission, part)


@router.post("/submissions/{submission}/parts/{part}")
def write(
    request: Request, app: App, visitor: Educator, submission: UUID, part: PartId, form: FromForm
) -> Response:
    """Save what was written, or a link."""
    words = form.text("words")
    wanted = own_work(app, visitor.caller, submission).task(part).part
    suffix = "url" if wanted.kind == "link" else "md"
    command = AddEvidence(
        submission=submission, part=part, name=f"{part}.{suffix}", data=words.encode()
    )
    try:
        app.bus.execute(form.asked, command)
    except LedgerError as error:
        fields = dict.fromkeys(_ABOUT_WORDS, "words")
        problems = Problems.from_error(request, error, fields)
        return _shown(request, app, visitor, submission, part, problems, form)
    return see_other(request, f"/submissions/{submission}", say(request, _SAVED))


@router.post("/submissions/{submission}/evidence/{part}/file")
async def upload(
    request: Request, app: App, visitor: Educator, submission: UUID, part: PartId
) -> Response:
    """Take a file from the form, without a script: sealed while it comes, and never spooled."""
    problems = Problems()
    try:
        await received_file(
            request, lambda name: app.uploading.begin(visitor.caller, submission, part, name)
        )
    except NoFile:
        problems.add("file", say(request, _CHOOSE))
    except LedgerError as error:
        if isinstance(error, NotFound) or error.code == "form-not-ours":
            raise
        problems.add("file", sentence(request, error.code, str(error)))
    if problems:
        return await run_in_threadpool(_shown, request, app, visitor, submission, part, problems)
    return see_other(request, f"/submissions/{submission}", say(request, _SAVED))


@router.post("/submissions/{submission}/evidence/{part}/uploads")
async def begin_upload(
    request: Request,
    app: App,
    visitor: Educator,
    submission: UUID,
    part: PartId,
    file_name: FileName,
    upload_length: Annotated[int, Header(ge=0)],
    token: FormToken,
) -> Response:
    """Begin an upload that our script carries on with, after a break too."""
    check_form(request, token)
    try:
        upload, offset = await begun(
            app, visitor.caller, request, submission, part, unquote(file_name), upload_length
        )
    except LedgerError as error:
        return _told(request, error)
    headers = progress(app, upload, offset) | {"Location": f"/uploads/{upload.id}"}
    return Response(status_code=201, headers=headers)


@router.head("/uploads/{upload}")
def upload_offset(app: App, visitor: Educator, upload: UUID) -> Response:
    """How much of it is kept."""
    with app.uploading.go_on(visitor.caller, upload) as incoming:
        headers = progress(app, incoming.upload, incoming.offset)
    return Response(status_code=204, headers=headers)


@router.patch("/uploads/{upload}")
async def append(
    request: Request,
    app: App,
    visitor: Educator,
    upload: UUID,
    token: FormToken,
    upload_offset: Annotated[int, Header(ge=0)],
    upload_complete: Complete = "?0",
) -> Response:
    """Append what follows; with the last bytes it is handed in."""
    check_form(request, token)
    asked = CommandRequest(visitor.caller)
    is_last = upload_complete == "?1"
    try:
        return await appended(app, asked, request, upload, upload_offset, is_last)
    except LedgerError as error:
        return _told(request, error)


@router.post("/uploads/{upload}/end")
def end_upload(
    request: Request, app: App, visitor: Educator, upload: UUID, form: FromForm
) -> Response:
    """Give an unfinished upload up."""
    found = app.uploading.find(form.visitor.caller or visitor.caller, upload)
    app.uploading.end(visitor.caller, upload)
    address = f"/submissions/{found.submission}/parts/{found.part}"
    return see_other(request, address, say(request, _ENDED))


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    submission: UUID,
    part: str,
    problems: Problems | None = None,
    kept: Posted | None = None,
) -> Response:
    work = own_work(app, visitor.caller, submission)
    task = work.task(part)
    limit = app.bus.policy().limits.evidence_bytes
    name_of = app.bus.preparer.open
    unfinished = [
        (upload, name_of(upload.name).decode())
        for upload in app.uploading.of(visitor.caller, submission)
        if upload.part == part
    ]
    values = {
        "work": work,
        "task": task,
        "written": written_text(app, visitor.caller, work, part),
        "media": [say(request, MEDIA[family]) for family in task.part.takes],
        "largest": task.part.limit(limit),
        "unfinished": unfinished,
        "problems": problems or Problems(),
        "kept": kept,
    }
    status = 422 if problems else 200
    return page(request, "assessment/own/part.html", values, status)


def _told(request: Request, error: LedgerError) -> Response:
    """A refusal for the script, which shows ``words``."""
    status = 404 if isinstance(error, NotFound) else 409 if error.code == "upload-busy" else 422
    return JSONResponse({"words": sentence(request, error.code, str(error))}, status)


MEDIA = {
    "text": message("plain text"),
    "document": message("documents (PDF, Word, PowerPoint, Excel, OpenDocument)"),
    "image": message("pictures (PNG, JPEG, GIF, WebP, HEIF)"),
    "audio": message("sound recordings"),
    "video": message("videos"),
    "other": message("any other file"),
}
"""What each family of media is called on a page."""

_ABOUT_WORDS = ("evidence-empty", "evidence-too-large", "not-a-link", "media-not-taken")
_SAVED = message("Saved.")
_ENDED = message("The upload was ended; nothing of it was kept.")
_CHOOSE = message("Choose a file first.")
