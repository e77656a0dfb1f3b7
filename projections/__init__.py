"""Projections: read models that follow the log and can be thrown away and rebuilt."""

from projections import (
    achievements,
    awards,
    endorsements,
    organizations,
    people,
    profiles,
    review_queue,
    status_lists,
)
from projections.engine import Follower, Projection, Views, unseal

ALL = (
    organizations.PROJECTION,
    people.PROJECTION,
    achievements.PROJECTION,
    review_queue.PROJECTION,
    awards.PROJECTION,
    profiles.PROJECTION,
    status_lists.PROJECTION,
    endorsements.PROJECTION,
)
"""Every projection, in the order in which they are listed."""

__all__ = ["ALL", "Follower", "Projection", "Views", "unseal"]
