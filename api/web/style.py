"""/style: every component in each of its states, to look at and to copy from."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from api.web.forms import Posted, Problems
from api.web.pages import page
from api.web.visitor import visitor_of

router = APIRouter()

WRONG = Problems(
    [
        ("wrong-name", "Please fill this in."),
        ("wrong-kind", "Please choose one from the list."),
        ("wrong-file", "This file is larger than the 250 MB that are taken."),
    ]
)


@router.get("/style")
def style(request: Request) -> Response:
    """The components. The words of the examples are in English only."""
    kept = Posted(visitor_of(request), FormData({"wrong-name": "", "wrong-kind": "other"}))
    return page(
        request,
        "style.html",
        {"wrong": WRONG, "typed": kept, "start": "2026-05-03T14:30:00Z"},
        headers={"X-Robots-Tag": "noindex"},
    )
