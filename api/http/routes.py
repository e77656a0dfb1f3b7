"""The routes of each capability, joined: its API under /v1, its artefacts, its pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fastapi import APIRouter, FastAPI

from api.http import v1
from api.http.artefacts import achievements, badges, endorsements, health, issuer, log
from api.http.v1 import assessment, awards, catalogue, people, verification
from api.web import home
from api.web import log as log_page
from api.web import people as people_pages
from api.web import verification as verification_pages


class Routes(NamedTuple):
    """Of one capability. ``public`` are artefacts and pages, which no API description lists."""

    api: Sequence[APIRouter] = ()
    public: Sequence[APIRouter] = ()


CAPABILITIES = (
    Routes([people.router], [people_pages.router]),
    Routes([catalogue.router], [achievements.router]),
    Routes([assessment.router]),
    Routes([awards.router], [badges.router, issuer.router, endorsements.router]),
)

_OF_NONE = Routes(
    [verification.router],
    [home.router, verification_pages.router, log_page.router, log.router, health.router],
)


def include_all(app: FastAPI) -> None:
    """Give an application all routes."""
    for routes in (*CAPABILITIES, _OF_NONE):
        for router in routes.api:
            app.include_router(router, prefix=v1.PREFIX)
        for router in routes.public:
            app.include_router(router, include_in_schema=False)
