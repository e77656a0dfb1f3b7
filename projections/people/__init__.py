"""Who takes part: organizations, persons and their roles, access, and what is proposed."""

from __future__ import annotations

from projections.people import access_tokens, erasures, organizations, persons, proposals

CAPABILITY = (
    organizations.PROJECTION,
    persons.PROJECTION,
    access_tokens.PROJECTION,
    proposals.PROJECTION,
    erasures.PROJECTION,
)
"""The read models, in the order in which they are listed."""
