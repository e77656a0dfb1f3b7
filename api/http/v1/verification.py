"""/v1/verify: the full report on a credential of any issuer; nobody has to sign in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.http.auth import App, Lines
from api.http.v1.answers import Raw

router = APIRouter(tags=["verification"])

_WHOSE = "Whose it should be: an e-mail address, or another identity of theirs."
_KIND = "The identityType of `recipient`, or `id`, where its form does not tell."
_MADE_FOR = "What a presentation must have been made for."
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
    recipient: Annotated[str | None, Query(max_length=254, description=_WHOSE)] = None,
    identityType: Annotated[str | None, Query(max_length=254, description=_KIND)] = None,  # noqa: N803
    challenge: Annotated[str | None, Query(max_length=1000, description=_MADE_FOR)] = None,
    domain: Annotated[str | None, Query(max_length=1000, description=_MADE_FOR)] = None,
) -> dict[str, Any]:
    """Verify the credential in the body. Always 200: the report holds the answer."""
    asked = {"identity_type": identityType, "challenge": challenge, "domain": domain}
    return await lines.strangers.take(
        lambda: app.verifying.verifier().verify(data, recipient, **asked).document()
    )
