"""The pages of the capability `assessment`."""

from __future__ import annotations

from fastapi import APIRouter

from api.web.assessment import (
    appeals,
    assessors,
    handing_in,
    overseen,
    own,
    parts,
    queue,
    review,
    submission,
    viewer,
)

_OF_EDUCATORS = (own, submission, parts, handing_in)
_OF_ASSESSORS = (queue, review, viewer)
_OF_MANAGERS = (appeals, overseen, assessors)

router = APIRouter()
for pages in (*_OF_EDUCATORS, *_OF_ASSESSORS, *_OF_MANAGERS):
    router.include_router(pages.router)
