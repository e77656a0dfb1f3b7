"""What waits for whom: an assessor's queue, a programme manager's, an educator's list.

Pages go on after the last row's ``waiting``; the educator's after its ``position``. ``campuses``
are those within the caller's unit (``people.organizations.units_within``), or fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, or_, select

from projections.assessment.submissions import conflicts, qualifications, reviews, submissions

WAITING = ("submitted", "in-review", "accepted", "appealed")
"""The states in which a submission waits for an assessor or a programme manager."""

_BEING_JUDGED = ("submitted", "in-review")


def waiting_for(
    connection: Connection, assessor: str, campuses: Sequence[str], after: int, limit: int
) -> list[Row[Any]]:
    """Submissions that this assessor may take on or has open, oldest first; ``review`` is the open
    one.

    One's own work, that of an educator with whom one has a conflict of interest, and what one has
    finished or left are not offered. What is open stays, so that one can step back from it.
    """
    mine = select(reviews).where(reviews.c.assessor == assessor).subquery()
    conflict = exists().where(
        conflicts.c.assessor == assessor, conflicts.c.educator == submissions.c.educator
    )
    qualified = exists().where(
        qualifications.c.assessor == assessor,
        qualifications.c.micro_credential == submissions.c.micro_credential,
    )
    free = and_(
        mine.c.id.is_(None),
        submissions.c.places > 0,
        submissions.c.educator != assessor,
        ~conflict,
        qualified,
    )
    query = (
        select(submissions, mine.c.id.label("review"))
        .outerjoin(
            mine, (mine.c.submission == submissions.c.id) & (mine.c.round == submissions.c.round)
        )
        .where(
            submissions.c.state.in_(_BEING_JUDGED),
            submissions.c.campus.in_(campuses),
            or_(free, mine.c.state == "open"),
        )
    )
    return _page(connection, query, after, limit)


def under_way(
    connection: Connection,
    campuses: Sequence[str],
    states: Sequence[str],
    after: int,
    limit: int,
) -> list[Row[Any]]:
    """Submissions of those campuses in one of ``states`` (of ``WAITING``), oldest first."""
    query = select(submissions).where(
        submissions.c.state.in_(states), submissions.c.campus.in_(campuses)
    )
    return _page(connection, query, after, limit)


def accepted(
    connection: Connection, campuses: Sequence[str], after: int, limit: int
) -> list[Row[Any]]:
    """Accepted submissions of those campuses that wait for their award, oldest first."""
    return under_way(connection, campuses, ["accepted"], after, limit)


def of_educator(connection: Connection, educator: str, after: int, limit: int) -> list[Row[Any]]:
    """An educator's submissions in any state, in the order in which they were begun."""
    query = select(submissions).where(
        submissions.c.educator == educator, submissions.c.position > after
    )
    return list(connection.execute(query.order_by(submissions.c.position).limit(limit)))


def by_id(connection: Connection, submission: str) -> Row[Any] | None:
    """One submission."""
    query = select(submissions).where(submissions.c.id == submission)
    return connection.execute(query).one_or_none()


def open_reviews_of(connection: Connection, assessor: str) -> list[str]:
    """The ids of the reviews that this assessor has not finished."""
    query = select(reviews.c.id).where(reviews.c.assessor == assessor, reviews.c.state == "open")
    return list(connection.scalars(query.order_by(reviews.c.id)))


def _page(connection: Connection, query: Select[Any], after: int, limit: int) -> list[Row[Any]]:
    query = query.where(submissions.c.waiting > after)
    return list(connection.execute(query.order_by(submissions.c.waiting).limit(limit)))
