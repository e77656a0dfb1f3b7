"""Awards: the register with its counts, profiles, status lists, endorsements."""

from __future__ import annotations

from projections.awards import endorsements, profiles, register, status_lists

CAPABILITY = (
    register.PROJECTION,
    profiles.PROJECTION,
    status_lists.PROJECTION,
    endorsements.PROJECTION,
)
"""The read models, in the order in which they are listed."""
