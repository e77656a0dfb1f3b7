"""The pages of the capability `assessment`."""

from __future__ import annotations

from fastapi import APIRouter

from api.web.assessment import appeals, queue, review, viewer

router = APIRouter()
for part in (queue.router, review.router, appeals.router, viewer.router):
    router.include_router(part)
