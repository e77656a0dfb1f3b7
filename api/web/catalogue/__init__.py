"""The pages of the capability `catalogue`."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
