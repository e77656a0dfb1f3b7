"""Awards: the register with its counts, profiles, status lists, endorsements, private
links."""

from __future__ import annotations

from projections.awards import endorsements, profiles, register, share_links, status_lists

CAPABILITY = (
    register.PROJECTION,
    profiles.PROJECTION,
    status_lists.PROJECTION,
    endorsements.PROJECTION,
    share_links.PROJECTION,
)
"""The read models, in the order in which they are listed."""
