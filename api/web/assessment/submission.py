"""/submissions/{id}: one address, shown to each as it is theirs to see."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.http.auth import App
from api.web.assessment.overseen import overseen_page
from api.web.assessment.own import own_page
from api.web.visitor import OtherRole, SignedIn

router = APIRouter()


@router.get("/submissions/{submission}")
def shown(request: Request, app: App, visitor: SignedIn, submission: UUID) -> Response:
    """A submission."""
    if visitor.caller.role == "educator":
        return own_page(request, app, visitor, submission)
    if visitor.caller.role == "programme-manager":
        return overseen_page(request, app, visitor, submission)
    raise OtherRole(("educator", "programme-manager"))
