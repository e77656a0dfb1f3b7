"""Signing in, and what a person decides about how they do."""

from __future__ import annotations

from fastapi import APIRouter

from api.web.signin import (
    administering,
    again,
    arriving,
    beginning,
    devices,
    district,
    own,
    recovery,
    roles,
    second_steps,
    tokens,
)

router = APIRouter()
for _part in (
    arriving,
    again,
    beginning,
    recovery,
    roles,
    own,
    second_steps,
    devices,
    tokens,
    district,
    administering,
):
    router.include_router(_part.router)
