"""Every submission of some campuses, as a programme manager looks at them: by state, by who has
it, by how long it waits; and who may be given one.

What waits is listed from the longest waiting on, everything else from the newest on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, select

from projections.assessment.queues import WAITING
from projections.assessment.submissions import conflicts, qualifications, reviews, submissions
from projections.moments import moment
from projections.people.persons import grants

BEING_JUDGED = ("submitted", "in-review")


@dataclass(frozen=True)
class Wanted:
    """Which submissions; what is None is not asked about. ``waits`` is for any state in which it
    waits for somebody; ``since_before`` for what was waiting then already."""

    campuses: Sequence[str]
    state: str | None = None
    waits: bool = False
    micro_credential: str | None = None
    assessor: str | None = None
    since_before: datetime | None = None


def page(connection: Connection, wanted: Wanted, after: int, limit: int) -> list[Row[Any]]:
    """Submissions, but the first ``after`` of them."""
    c = submissions.c
    waits = wanted.waits or wanted.state in WAITING or wanted.since_before is not None
    query = _narrowed(select(submissions), wanted)
    query = query.order_by(c.waiting if waits else c.position.desc())
    return list(connection.execute(query.offset(after).limit(limit)))


def count(connection: Connection, wanted: Wanted) -> int:
    """How many there are."""
    query = _narrowed(select(func.count()).select_from(submissions), wanted)
    return int(connection.scalar(query) or 0)


def by_state(connection: Connection, campuses: Sequence[str]) -> dict[str, int]:
    """How many of those campuses are in each state; an erased person's are not told."""
    c = submissions.c
    query = select(c.state, func.count()).where(c.campus.in_(campuses), c.state != "erased")
    return {state: int(number) for state, number in connection.execute(query.group_by(c.state))}


def open_reviews(connection: Connection, of: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """The reviews of these submissions that somebody has taken on and not finished."""
    query = select(reviews).where(reviews.c.submission.in_(of), reviews.c.state == "open")
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(query.order_by(reviews.c.id)):
        found.setdefault(row.submission, []).append(row)
    return found


def could_review(connection: Connection, submission: str, path: Sequence[str]) -> dict[str, int]:
    """Persons who may be given a submission, each with how many reviews they have open. ``path`` is
    its campus and all units above."""
    of = connection.execute(select(submissions).where(submissions.c.id == submission)).one()
    q = qualifications.c
    is_assessor = exists().where(
        grants.c.person == q.assessor, grants.c.role == "assessor", grants.c.unit.in_(path)
    )
    conflict = exists().where(
        conflicts.c.assessor == q.assessor, conflicts.c.educator == of.educator
    )
    panel = exists().where(
        reviews.c.submission == submission,
        reviews.c.round == of.round,
        reviews.c.assessor == q.assessor,
    )
    load = (
        select(func.count())
        .where(reviews.c.assessor == q.assessor, reviews.c.state == "open")
        .scalar_subquery()
    )
    query = select(q.assessor, load).where(
        q.micro_credential == of.micro_credential,
        q.assessor != of.educator,
        is_assessor,
        ~conflict,
        ~panel,
    )
    return {person: int(number) for person, number in connection.execute(query)}


def qualified(connection: Connection, persons: Sequence[str]) -> dict[str, list[str]]:
    """The micro-credentials for which each of these persons may review."""
    q = qualifications.c
    found: dict[str, list[str]] = {person: [] for person in persons}
    query = select(qualifications).where(q.assessor.in_(persons))
    for row in connection.execute(query.order_by(q.micro_credential)):
        found[row.assessor].append(row.micro_credential)
    return found


def loads(connection: Connection, persons: Sequence[str]) -> dict[str, int]:
    """How many reviews each of these persons has open; nobody who has none."""
    c = reviews.c
    query = select(c.assessor, func.count()).where(c.assessor.in_(persons), c.state == "open")
    return {
        person: int(number) for person, number in connection.execute(query.group_by(c.assessor))
    }


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    c = submissions.c
    conditions: list[ColumnElement[bool]] = [c.campus.in_(wanted.campuses)]
    if wanted.state is not None:
        conditions.append(c.state == wanted.state)
    elif wanted.waits:
        conditions.append(c.state.in_(WAITING))
    else:
        conditions.append(c.state != "erased")
    if wanted.micro_credential is not None:
        conditions.append(c.micro_credential == wanted.micro_credential)
    if wanted.assessor is not None:
        has = exists().where(
            reviews.c.submission == c.id,
            reviews.c.assessor == wanted.assessor,
            reviews.c.state == "open",
        )
        conditions.append(has)
    if wanted.since_before is not None:
        late = and_(c.since < moment(wanted.since_before), c.state.in_(BEING_JUDGED))
        conditions.append(late)
    return query.where(*conditions)
