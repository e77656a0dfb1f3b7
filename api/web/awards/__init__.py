"""The pages of awards. Where an address is a page and an artefact, `api.http.artefacts.awards` has
its route, and the page is made here."""

from __future__ import annotations

from fastapi import APIRouter

from api.web.awards import educator, links, profile, register, shared, waiting

router = APIRouter()
for part in (educator, links, profile, shared, waiting, register):
    router.include_router(part.router)
