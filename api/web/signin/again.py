"""/sign-in/again: what is grave asks once more whether it is them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.http.auth import App
from api.web.pages import see_other
from api.web.signin.arriving import Next
from api.web.signin.steps import sign_in_page
from api.web.visitor import own_address, visitor_of

router = APIRouter()


@router.get("/sign-in/again")
def again(app: App, request: Request, next_: Next = "/") -> Response:
    """Show that it is you."""
    if visitor_of(request).session is None:
        return see_other(request, "/sign-in")
    return sign_in_page(request, app, own_address(next_))
