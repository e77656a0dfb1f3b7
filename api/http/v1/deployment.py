"""/v1/deployment: keys, witnesses and health, for administrators of the whole."""

from __future__ import annotations

from fastapi import APIRouter

from api import overseeing
from api.http.auth import App, Who
from api.overseeing import DeploymentSeen

router = APIRouter(tags=["deployment"])


@router.get("/deployment")
def deployment(app: App, who: Who) -> DeploymentSeen:
    """Issuer keys, witnesses of the log, and what follows it. `/readyz` tells whether all works."""
    return overseeing.seen(app, who)
