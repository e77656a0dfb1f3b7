"""What waits for whom: an assessor's queue, a programme manager's, an educator's list.

Pages go on after the last row's ``waiting``; the educator's after its ``position``. ``campuses``
are those within the caller's unit (``people.organizations.units_within``), or fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, select

from projections.assessment.submissions import (
    conflicts,
    qualifications,
    reviews,
    rounds,
    submissions,
)

WAITING = ("submitted", "in-review", "accepted", "appealed")
"""The states in which a submission waits for an assessor or a programme manager."""

_BEING_JUDGED = ("submitted", "in-review")
_FEW = 20


def open_of(connection: Connection, assessor: str) -> list[Row[Any]]:
    """The submissions that this assessor has taken on and not scored, each with its ``review``,
    oldest promise first."""
    query = (
        select(submissions, reviews.c.id.label("review"))
        .join(reviews, reviews.c.submission == submissions.c.id)
        .where(
            reviews.c.assessor == assessor,
            reviews.c.state == "open",
            submissions.c.state.in_(_BEING_JUDGED),
        )
        .order_by(submissions.c.waiting)
    )
    return list(connection.execute(query))


def offers(connection: Connection, assessor: str, campuses: Sequence[str]) -> list[Row[Any]]:
    """What waits for assessors like this one: for each micro-credential how many (``waiting``) and
    since when the oldest, oldest first.

    Single submissions are not named. Those of an educator with whom they have a conflict of
    interest are counted as well: a row that goes with a name would tell whose it is.
    """
    oldest = func.min(submissions.c.since)
    query = (
        select(
            submissions.c.micro_credential,
            func.count().label("waiting"),
            oldest.label("since"),
            func.max(submissions.c.number).label("number"),
        )
        .where(_free_for(assessor, campuses))
        .group_by(submissions.c.micro_credential)
        .order_by(oldest, submissions.c.micro_credential)
    )
    return list(connection.execute(query))


def next_of(
    connection: Connection, assessor: str, campuses: Sequence[str], micro_credential: str
) -> list[str]:
    """The ids of the submissions that this assessor may take on next, oldest first; a few, as
    others take them too."""
    conflict = exists().where(
        conflicts.c.assessor == assessor, conflicts.c.educator == submissions.c.educator
    )
    query = select(submissions.c.id).where(
        _free_for(assessor, campuses),
        submissions.c.micro_credential == micro_credential,
        ~conflict,
    )
    return list(connection.scalars(query.order_by(submissions.c.waiting).limit(_FEW)))


def scored_by(connection: Connection, assessor: str, before: int, limit: int) -> list[Row[Any]]:
    """What this assessor scored, newest first, with the ``outcome`` of the round once it is
    decided. Pages go on before the last row's ``position``."""
    query = (
        select(
            reviews,
            submissions.c.micro_credential,
            submissions.c.number,
            rounds.c.outcome,
            rounds.c.decided,
        )
        .join(submissions, submissions.c.id == reviews.c.submission)
        .outerjoin(
            rounds,
            (rounds.c.submission == reviews.c.submission) & (rounds.c.round == reviews.c.round),
        )
        .where(
            reviews.c.assessor == assessor,
            reviews.c.state == "completed",
            reviews.c.position < before,
        )
        .order_by(reviews.c.position.desc())
        .limit(limit)
    )
    return list(connection.execute(query))


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


def _free_for(assessor: str, campuses: Sequence[str]) -> ColumnElement[bool]:
    """Submissions with a place that this assessor is qualified for: not their own work, and not
    what they took on in this round."""
    taken = exists().where(
        reviews.c.assessor == assessor,
        reviews.c.submission == submissions.c.id,
        reviews.c.round == submissions.c.round,
    )
    qualified = exists().where(
        qualifications.c.assessor == assessor,
        qualifications.c.micro_credential == submissions.c.micro_credential,
    )
    return and_(
        submissions.c.state.in_(_BEING_JUDGED),
        submissions.c.campus.in_(campuses),
        submissions.c.places > 0,
        submissions.c.educator != assessor,
        qualified,
        ~taken,
    )


def _page(connection: Connection, query: Select[Any], after: int, limit: int) -> list[Row[Any]]:
    query = query.where(submissions.c.waiting > after)
    return list(connection.execute(query.order_by(submissions.c.waiting).limit(limit)))
