"""The pages of the capability `assessment`."""

from __future__ import annotations

from fastapi import APIRouter

from api.web.assessment import (
    appeals,
    handing_in,
    own,
    parts,
    queue,
    review,
    submission,
    viewer,
)

_PAGES = (own, submission, parts, handing_in, queue, review, appeals, viewer)

router = APIRouter()
for pages in _PAGES:
    router.include_router(pages.router)
