"""/deployment: keys, witnesses and health, for administrators of the whole."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api import overseeing
from api.health import Report
from api.http.artefacts.health import health_here
from api.http.auth import App
from api.web.pages import page
from api.web.people.whose import Administrator

router = APIRouter()

_PATIENCE = 4.0


@router.get("/deployment")
def deployment(request: Request, app: App, visitor: Administrator) -> Response:
    """What works, and what an operator should look at."""
    seen = overseeing.seen(app, visitor.caller)
    report: Report = health_here(request).look().result(_PATIENCE)
    return page(request, "people/deployment.html", {"seen": seen, "report": report})
