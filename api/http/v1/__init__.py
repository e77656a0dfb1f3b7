"""The JSON API, by capability."""

from fastapi import APIRouter

from api.http.v1 import assessment, awards, catalogue, people, verification

router = APIRouter(prefix="/v1")
for part in (people, catalogue, assessment, awards, verification):
    router.include_router(part.router)
