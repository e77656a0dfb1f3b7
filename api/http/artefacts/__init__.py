"""What stands on its own and software reads: badges, achievements, lists, the log, health. Where an
address is a page as well, whoever asks for HTML gets it."""

from fastapi import APIRouter

from api.http.artefacts import achievements, badges, endorsements, health, issuer, log

router = APIRouter(include_in_schema=False)
for part in (badges, achievements, issuer, endorsements, log, health):
    router.include_router(part.router)
