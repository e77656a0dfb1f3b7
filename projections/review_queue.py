"""Submissions by state, and who reviews them: the assessor's queue and the educator's list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, func, select

from ledger.people import Person
from ledger.reviews import Review
from ledger.submissions import Submission
from projections.engine import Projection, tables

submissions = Table(
    "view_submissions",
    tables,
    Column("id", String(36), primary_key=True),
    Column("position", Integer, nullable=False, index=True),
    Column("educator", String(36), nullable=False, index=True),
    Column("campus", String(36), nullable=False),
    Column("micro_credential", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("round", Integer, nullable=False),
    Column("changed", String(40), nullable=False),
)
reviews = Table(
    "view_reviews",
    tables,
    Column("id", String(36), primary_key=True),
    Column("submission", String(36), nullable=False, index=True),
    Column("round", Integer, nullable=False),
    Column("assessor", String(36), nullable=False, index=True),
    Column("state", String(20), nullable=False),
)
qualifications = Table(
    "view_qualifications",
    tables,
    Column("assessor", String(36), primary_key=True),
    Column("micro_credential", String(36), primary_key=True),
)

_STATES: dict[type, str] = {
    Submission.Submitted: "submitted",
    Submission.ReviewOpened: "in-review",
    Submission.Returned: "returned",
    Submission.Accepted: "accepted",
    Submission.NotAccepted: "not-accepted",
    Submission.Withdrawn: "withdrawn",
    Submission.Appealed: "appealed",
    Submission.AppealUpheld: "upheld",
    Submission.AppealOverturned: "accepted",
    Submission.Awarded: "awarded",
}


def _drafted(connection: Connection, event: Submission.Drafted, position: int) -> None:
    connection.execute(
        submissions.insert().values(
            id=str(event.originator_id),
            position=position,
            educator=str(event.educator),
            campus=str(event.campus),
            micro_credential=str(event.micro_credential),
            number=event.number,
            state="draft",
            round=0,
            changed=event.timestamp.isoformat(),
        )
    )


def _changed(connection: Connection, event: Submission.Event, _position: int) -> None:
    values: dict[str, Any] = {
        "state": _STATES[type(event)],
        "changed": event.timestamp.isoformat(),
    }
    if isinstance(event, Submission.Submitted):
        values["round"] = event.round
    connection.execute(
        submissions.update().where(submissions.c.id == str(event.originator_id)).values(**values)
    )


def _opened(connection: Connection, event: Review.Opened, _position: int) -> None:
    connection.execute(
        reviews.insert().values(
            id=str(event.originator_id),
            submission=str(event.submission),
            round=event.round,
            assessor=str(event.assessor),
            state="open",
        )
    )


def _closed(connection: Connection, event: Review.Event, _position: int) -> None:
    state = "completed" if isinstance(event, Review.Completed) else "recused"
    connection.execute(
        reviews.update().where(reviews.c.id == str(event.originator_id)).values(state=state)
    )


def _qualified(connection: Connection, event: Person.Qualified, _position: int) -> None:
    connection.execute(
        qualifications.insert().values(
            assessor=str(event.originator_id), micro_credential=str(event.micro_credential)
        )
    )


PROJECTION = Projection(
    "review-queue",
    [submissions, reviews, qualifications],
    {
        Submission.Drafted: _drafted,
        **dict.fromkeys(_STATES, _changed),
        Review.Opened: _opened,
        Review.Completed: _closed,
        Review.Recused: _closed,
        Person.Qualified: _qualified,
    },
)


def waiting_for(connection: Connection, assessor: str, after: int, limit: int) -> list[Row[Any]]:
    """Submissions that this assessor may take on or has open, oldest first.

    One's own work and what one has finished or left are not offered.
    """
    mine = select(reviews).where(reviews.c.assessor == assessor).subquery()
    query = (
        select(submissions, mine.c.id.label("review"))
        .join(
            qualifications,
            (qualifications.c.micro_credential == submissions.c.micro_credential)
            & (qualifications.c.assessor == assessor),
        )
        .outerjoin(
            mine,
            (mine.c.submission == submissions.c.id) & (mine.c.round == submissions.c.round),
        )
        .where(
            submissions.c.state.in_(["submitted", "in-review"]),
            submissions.c.educator != assessor,
            submissions.c.position > after,
            (mine.c.state.is_(None)) | (mine.c.state == "open"),
        )
        .order_by(submissions.c.position)
        .limit(limit)
    )
    return list(connection.execute(query))


def of_educator(connection: Connection, educator: str, after: int, limit: int) -> list[Row[Any]]:
    """An educator's submissions, oldest first."""
    query = select(submissions).where(
        submissions.c.educator == educator, submissions.c.position > after
    )
    return list(connection.execute(query.order_by(submissions.c.position).limit(limit)))


def counts(connection: Connection) -> dict[str, int]:
    """How many submissions are in each state."""
    query = select(submissions.c.state, func.count()).group_by(submissions.c.state)
    return {state: number for state, number in connection.execute(query)}
