"""The pages: HTML for people, made on the server."""

from fastapi import APIRouter

from api.web import home, log, people, verification

router = APIRouter(include_in_schema=False)
for part in (home, people, verification, log):
    router.include_router(part.router)
