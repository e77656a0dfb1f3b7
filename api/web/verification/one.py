"""/verify: the form, and the report on one badge; many lead to a page of their own."""

from __future__ import annotations

import base64
from typing import Any

from fastapi import APIRouter, Request, Response

from api.checking import Checked
from api.deadline import Deadline
from api.http.auth import App, Lines
from api.reading import Asked
from api.verifying import SECONDS
from api.web.awards.badge import said_of
from api.web.forms import Problems
from api.web.pages import page
from api.web.verification.handed_in import Given, Item, Sorted, given, sort
from api.web.verification.many import begin_job
from api.web.verification.parts import parts
from api.wiring import Testamur
from badges.errors import MalformedDocument
from badges.qr import qr_svg

router = APIRouter(prefix="/verify")


@router.get("")
def form(request: Request, url: str = "") -> Response:
    """The form; ``?url=`` fills in an address."""
    return _page(request, Given(url[:2000], "", ()))


@router.post("")
async def verify(app: App, lines: Lines, request: Request) -> Response:
    """The report on what was given, as a page; for several, where they are reported."""
    what, problems = await given(request), Problems()

    def look() -> tuple[Sorted, Checked | None]:
        deadline = Deadline.after(SECONDS)
        found = sort(app, request, what, problems, deadline)
        if problems or len(found.items) > 1:
            return found, None
        return found, check(app, found.items[0], found, deadline)

    found, checked = await lines.strangers.take(look)
    if problems:
        return _page(request, what, problems=problems, status=422)
    if checked is None:
        return await begin_job(app, lines, found)
    return _page(request, what, report=shown(app, checked, found.items[0]))


def check(app: Testamur, item: Item, found: Sorted, deadline: Deadline) -> Checked:
    """What is found of one badge."""
    checking = app.verifying.checking
    if isinstance(item.found, Asked):
        return checking.at(item.found, deadline, found.question)
    return checking.of(item.found, deadline, found.question)


def shown(app: Testamur, checked: Checked, item: Item) -> dict[str, Any]:
    """A report as a page shows and prints it."""
    report = checked.report
    said = said_of(app, report)
    address = report.summary.get("id", "")
    address = item.found.address if isinstance(item.found, Asked) else address
    return {
        "report": report,
        "said": said,
        "parts": parts(report, said.key) if said.key not in ("not-a-badge", "not-had") else [],
        "what": item.what,
        "at": app.clock(),
        "address": address if address.startswith("https://") else "",
        "code": _code(address),
        "consulted": checked.consulted,
    }


def _code(address: str) -> str:
    """The QR code of an address as a data URL; empty for what is none."""
    if not address.startswith(("https://", "http://localhost")):
        return ""
    try:
        svg = qr_svg(address)
    except MalformedDocument:
        return ""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _page(
    request: Request,
    what: Given,
    report: dict[str, Any] | None = None,
    problems: Problems | None = None,
    status: int = 200,
) -> Response:
    values = {
        "text": what.text if len(what.text) < 20_000 else "",
        "recipient": what.recipient,
        "found": report,
        **({"problems": problems} if problems else {}),
    }
    return page(request, "verification/verify.html", values, status=status)
