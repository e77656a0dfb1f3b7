"""The pages of the capability `assessment`."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
