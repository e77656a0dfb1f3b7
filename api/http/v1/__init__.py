"""The JSON API."""

from fastapi import APIRouter

from api.http.v1 import (
    awards,
    endorsements,
    micro_credentials,
    organizations,
    people,
    reviews,
    submissions,
    verification,
)

router = APIRouter(prefix="/v1")
for part in (
    organizations,
    people,
    micro_credentials,
    submissions,
    reviews,
    awards,
    endorsements,
    verification,
):
    router.include_router(part.router)
