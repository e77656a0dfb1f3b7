"""The artefacts of awards: badges, what they are awarded for, who signs them, who endorses them."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.artefacts.awards import (
    achievements,
    badges,
    endorsements,
    handing_on,
    issuer,
)

router = APIRouter()
for part in (handing_on, achievements, badges, issuer, endorsements):
    router.include_router(part.router)
