"""/v1/verify: the full report on a credential of any issuer; nobody has to sign in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.http.auth import App
from api.http.v1.answers import Raw

router = APIRouter(tags=["verification"])


_CREDENTIAL = {
    "requestBody": {
        "required": True,
        "content": {"application/vc+ld+json": {"schema": {"type": "object"}}},
    }
}


@router.post("/verify", openapi_extra=_CREDENTIAL)
def verify(
    app: App,
    data: Raw,
    recipient: Annotated[str | None, Query(max_length=254)] = None,
) -> dict[str, Any]:
    """Verify the credential in the body. Always 200: the report holds the answer."""
    return app.verifier().verify(data, recipient).document()
