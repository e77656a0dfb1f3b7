"""The page of an error: what happened, what to do, and where to go on."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from api.web.language import language_of, say
from api.web.pages import page_for_anybody
from api.web.problems import SENTENCES, printable, title
from badges.names import capital


def error_page(request: Request, status: int, code: str, detail: str) -> Response:
    """The domain's own words stand beneath ours, in English, where they add something."""
    known = SENTENCES.get(code)
    adds = detail if known is None or code in _TOLD else ""
    return page_for_anybody(
        request,
        "problem.html",
        {
            "title": title(request, code),
            "sentence": say(request, known) if known else "",
            "detail": capital(printable(adds)).rstrip(".") + "." if adds else "",
            "detail_language": "en" if language_of(request) != "en" else None,
            "status": status,
            "code": code,
        },
        status,
    )


_TOLD = {"body-too-large", "not-permitted", "stale-version", "invalid-request"}
"""Whose details say more than our sentence."""
