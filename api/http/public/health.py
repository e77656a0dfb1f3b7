"""Is the process alive, and is it ready to serve?"""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text

from api.http.auth import App

router = APIRouter()
_MOST_BEHIND = 1000


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(app: App) -> Response:
    """The databases answer, a key can sign, and the read models are close behind the log."""
    checks: dict[str, str] = {}
    try:
        lag = app.views.lag()
        checks["events"] = "ok"
        checks["views"] = "ok" if lag <= _MOST_BEHIND else f"{lag} events behind"
    except Exception as error:  # whatever the driver raises: it is not ready
        checks["events"] = type(error).__name__
    try:
        with app.vault.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        checks["vault"] = "ok"
    except Exception as error:
        checks["vault"] = type(error).__name__
    try:
        app.keys.active()
        checks["key"] = "ok"
    except (ValueError, OSError) as error:
        checks["key"] = type(error).__name__
    ready = all(state == "ok" for state in checks.values())
    status = "ready" if ready else "not ready"
    return JSONResponse({"status": status, "checks": checks}, status_code=200 if ready else 503)
