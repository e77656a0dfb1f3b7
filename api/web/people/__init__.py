"""The pages of the capability `people`."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
