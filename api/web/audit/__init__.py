"""The auditor's pages: audits, the log in words, what was, registers."""

from fastapi import APIRouter

from api.web.audit import audits, events, registers, then

router = APIRouter()
for _part in (audits, events, registers, then):
    router.include_router(_part.router)
