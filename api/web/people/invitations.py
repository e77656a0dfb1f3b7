"""/invitations/sent: who was invited, and what came of it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.http.auth import App
from api.http.v1.answers import Body
from api.http.v1.directory import InvitationState, invitations_within
from api.web.lists import Turned, asked_for
from api.web.pages import page
from api.web.people.whose import Administrator

router = APIRouter()


class Filter(Body):
    """Which invitations."""

    state: InvitationState | None = None


@router.get("/invitations/sent")
def listing(request: Request, app: App, visitor: Administrator) -> Response:
    """The newest first."""
    asking, turned = asked_for(Filter, request), Turned.by(request)
    rows = invitations_within(
        app, visitor.caller, visitor.unit, asking.state, turned.offset, turned.limit + 1
    )
    return page(
        request,
        "people/invitations.html",
        {
            "rows": rows[: turned.limit],
            "more": turned.next(turned.offset + len(rows)),
            "turned": turned,
            "asking": asking,
        },
    )
