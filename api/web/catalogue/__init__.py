"""The pages of the capability `catalogue`."""

from __future__ import annotations

from fastapi import APIRouter

from api.web.catalogue import browsing, managing, writing

router = APIRouter()
for part in (browsing.router, browsing.twins, writing.router, managing.router):
    router.include_router(part)
