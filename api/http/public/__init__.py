"""What everybody may see: pages for people, artefacts for software, and health."""

from fastapi import APIRouter

from api.http.public import (
    achievements,
    badges,
    endorsements,
    health,
    home,
    issuer,
    log,
    people,
    verify,
)

router = APIRouter(include_in_schema=False)
for part in (home, badges, achievements, people, verify, issuer, endorsements, log, health):
    router.include_router(part.router)
