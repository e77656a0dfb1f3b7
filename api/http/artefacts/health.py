"""Is the process alive, and is it ready to serve?

Neither stands in line with other requests: they are answered on the event loop, and what takes time
happens in threads of its own.
"""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.health import Health, health_of
from api.http.auth import App
from api.metrics import metrics_of

router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Whether all that serving needs works now, each with its words; within two seconds."""
    report = await asyncio.wrap_future(health_here(request).look())
    return JSONResponse(
        report.document(),
        status_code=200 if report.fit else 503,
        headers={"Cache-Control": "no-store"},
    )


@router.get("/metrics")
def metrics(app: App) -> Response:
    """Numbers for whoever watches this deployment."""
    return Response(metrics_of(app), media_type="text/plain; version=0.0.4; charset=utf-8")


def health_here(request: Request) -> Health:
    """One for each process."""
    state = request.app.state
    if not hasattr(state, "health"):
        state.health = health_of(state.testamur)
    health: Health = state.health
    return health
