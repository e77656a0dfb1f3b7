"""/people/from-file: people from a spreadsheet, looked at line by line before anything is done."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request, Response

from api import people_file
from api.http.auth import App
from api.people_file import COLUMNS, OUTCOMES, Row
from api.web.forms import FromForm, Problems
from api.web.language import message, say
from api.web.pages import page
from api.web.people.whose import FreshAdministrator
from api.web.problems import sentence
from ledger.errors import LedgerError

router = APIRouter(prefix="/people/from-file")

_LARGEST = 256 * 1024
_SHOWN = 200


@router.get("")
def ask(request: Request, _visitor: FreshAdministrator) -> Response:
    """What the file holds, and where to choose it."""
    return page(request, "people/from_file.html", {"columns": COLUMNS, "most": people_file.MOST})


@router.post("")
def look(request: Request, app: App, visitor: FreshAdministrator, form: FromForm) -> Response:
    """First what each line would do; then, asked once more, it is done."""
    data = _data(form)
    problems = Problems()
    rows: list[Row] = []
    is_done = form.text("do") == "apply"
    if data is None:
        problems.add("file", say(request, _NO_FILE))
    elif len(data) > _LARGEST:
        problems.add("file", say(request, _TOO_LARGE))
    else:
        try:
            if is_done:
                rows = people_file.carry_out(app, form.asked, data)
            else:
                rows = people_file.preview(app, visitor.caller, data)
        except LedgerError as error:
            problems = Problems.from_error(request, error, {"bad-table": "file"})
    if problems:
        shown = {"columns": COLUMNS, "most": people_file.MOST, "problems": problems}
        return page(request, "people/from_file.html", shown, problems.status)
    counted = Counter(row.outcome for row in rows)
    told = [row for row in rows if row.outcome != "nothing"]
    return page(
        request,
        "people/from_file_rows.html",
        {
            "rows": told[:_SHOWN],
            "hidden": max(len(told) - _SHOWN, 0),
            "why": {r.number: sentence(request, r.code, r.why) for r in told if r.code},
            "counts": {outcome: counted[outcome] for outcome in OUTCOMES},
            "is_done": is_done,
            "table": (data or b"").decode("utf-8-sig"),
        },
    )


def _data(form: FromForm) -> bytes | None:
    """The file; or, once it was looked at, its text."""
    uploaded = form.file("file")
    if uploaded is not None:
        return uploaded.file.read(_LARGEST + 1)
    text = form.data.get("table")
    return text.encode() if isinstance(text, str) and text else None


_NO_FILE = message("Choose a file.")
_TOO_LARGE = message("The file is too large. Send it in parts.")
