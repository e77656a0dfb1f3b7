"""/shared/{secret}: what a private link shows to whoever has it. Kept nowhere, found by nobody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.deadline import Deadline
from api.http.auth import App, Lines
from api.sharing import Shared, shared
from api.web.awards.badge import PATIENCE, said_of, verdict_of
from api.web.pages import page
from api.wiring import Testamur
from badges.document import parse_document
from badges.verification import Verdict
from ledger.awards import Award, badge_bytes

router = APIRouter(prefix="/shared")

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@router.get("/{secret}")
async def show(app: App, lines: Lines, request: Request, secret: str) -> Response:
    """The badges that were chosen, each with what is found of it now."""
    return await lines.pages.take(lambda: _page(app, request, secret[:200]))


def _page(app: Testamur, request: Request, secret: str) -> Response:
    found = shared(app, secret)
    badges = _badges(app, found)
    if request.method == "GET":
        app.openings.count(found.id)
    return page(
        request,
        "awards/shared.html",
        {"holder": found.holder, "badges": badges, "expires": found.expires},
        headers=_HEADERS,
    )


def _badges(app: Testamur, found: Shared) -> list[dict[str, Any]]:
    """Each badge with its report; all of them in one time."""
    deadline, shown = Deadline.after(PATIENCE), []
    for award_id in found.awards:
        award = app.store.read(Award, award_id, "award")
        data = badge_bytes(app.vault, award.document)
        if data is not None:
            report = verdict_of(app, award, data, deadline).report
            said = said_of(app, report)
            shown.append(_shown(award_id, award, parse_document(data), said))
    return shown


def _shown(award_id: UUID, award: Award, badge: dict[str, Any], said: Verdict) -> dict[str, Any]:
    return {
        "address": f"/badges/{award_id}",
        "seal": f"/achievements/{award.micro_credential}/{award.number}/image.svg",
        "name": badge["name"],
        "issuer": badge["issuer"]["name"],
        "awarded": badge["awardedDate"],
        "said": said,
    }
