"""The catalogue."""

from __future__ import annotations

from projections.catalogue import micro_credentials

CAPABILITY = (micro_credentials.PROJECTION,)
"""The read models, in the order in which they are listed."""
