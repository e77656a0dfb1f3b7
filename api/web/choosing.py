"""/language: the language that a reader chooses, kept in a cookie."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from api.web.cookies import keep_cookie
from api.web.csrf import check_origin
from api.web.language import COOKIE, LANGUAGES
from api.web.pages import see_other
from api.web.visitor import own_address

router = APIRouter()


@router.post("/language")
def choose(
    request: Request,
    language: Annotated[str, Form(max_length=10)] = "",
    next_: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Remember a language, and go back to where it was chosen. Raises ForgedForm.

    Without a token: whoever only reads has no cookie before they choose.
    """
    check_origin(request)
    if language in LANGUAGES:
        keep_cookie(request, COOKIE, language)
    return see_other(request, own_address(next_))
