"""/verify: check a badge of any issuer, or many: by address, by text, by file, by photograph."""

from __future__ import annotations

from fastapi import APIRouter

from api.web.verification import many, one

router = APIRouter()
for part in (many, one):
    router.include_router(part.router)
