"""The pages of the capability `people`."""

from __future__ import annotations

from fastapi import APIRouter

from api.web.people import (
    deployment,
    erasing,
    from_file,
    invitations,
    listing,
    own,
    person,
    units,
)

router = APIRouter()
for part in (own, listing, from_file, person, erasing, units, invitations, deployment):
    router.include_router(part.router)
