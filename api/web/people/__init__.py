"""The pages of the capability `people`."""

from __future__ import annotations

from fastapi import APIRouter

from api.web.people import own

router = APIRouter()
for part in (own,):
    router.include_router(part.router)
