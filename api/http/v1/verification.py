"""/v1/verify: the full report on a credential of any issuer; nobody has to sign in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.http.auth import App, Lines
from api.http.v1.answers import Raw

router = APIRouter(tags=["verification"])


_CREDENTIAL = {
    "requestBody": {
        "required": True,
        "content": {"application/vc+ld+json": {"schema": {"type": "object"}}},
    }
}


@router.post("/verify", openapi_extra=_CREDENTIAL)
async def verify(
    app: App,
    lines: Lines,
    data: Raw,
    recipient: Annotated[str | None, Query(max_length=254)] = None,
) -> dict[str, Any]:
    """Verify the credential in the body. Always 200: the report holds the answer."""
    return await lines.strangers.take(lambda: app.verifier().verify(data, recipient).document())
