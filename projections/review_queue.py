"""Submissions by state, and who reviews them: the assessor's queue and the educator's list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, select

from ledger.achievements import MicroCredential
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
    Column("places", Integer, nullable=False),  # assessors that this round may still take on
    Column("passes", Integer, nullable=False),
    Column("not_yets", Integer, nullable=False),
    Column("changed", String(40), nullable=False),
)
required = Table(
    "view_reviews_required",
    tables,
    Column("micro_credential", String(36), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("reviews", Integer, nullable=False),
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
        submissions.insert(),
        {
            "id": str(event.originator_id),
            "position": position,
            "educator": str(event.educator),
            "campus": str(event.campus),
            "micro_credential": str(event.micro_credential),
            "number": event.number,
            "state": "draft",
            "round": 0,
            "places": 0,
            "passes": 0,
            "not_yets": 0,
            "changed": event.timestamp.isoformat(),
        },
    )


def _changed(connection: Connection, event: Submission.Event, _position: int) -> None:
    values: dict[str, Any] = {
        "state": _STATES[type(event)],
        "changed": event.timestamp.isoformat(),
    }
    if isinstance(event, Submission.Submitted):
        values |= {
            "round": event.round,
            "places": _reviews_required(connection, event),
            "passes": 0,
            "not_yets": 0,
        }
    elif isinstance(event, Submission.ReviewOpened):
        values["places"] = submissions.c.places - 1
    _update(connection, event, values)


def _left(connection: Connection, event: Submission.ReviewLeft, _position: int) -> None:
    _update(connection, event, {"places": submissions.c.places + 1})


def _verdict(connection: Connection, event: Submission.VerdictGiven, _position: int) -> None:
    """Two verdicts that disagree open a place for a third assessor."""
    column = submissions.c.passes if event.verdict == "pass" else submissions.c.not_yets
    _update(connection, event, {column.name: column + 1})
    connection.execute(
        submissions.update()
        .where(
            submissions.c.id == str(event.originator_id),
            submissions.c.passes == 1,
            submissions.c.not_yets == 1,
        )
        .values(places=submissions.c.places + 1)
    )


def _update(connection: Connection, event: Submission.Event, values: dict[str, Any]) -> None:
    this = submissions.c.id == str(event.originator_id)
    connection.execute(submissions.update().where(this).values(**values))


def _reviews_required(connection: Connection, event: Submission.Submitted) -> int:
    query = (
        select(required.c.reviews)
        .join(
            submissions,
            (submissions.c.micro_credential == required.c.micro_credential)
            & (submissions.c.number == required.c.number),
        )
        .where(submissions.c.id == str(event.originator_id))
    )
    reviews_required: int = connection.execute(query).scalar_one()
    return reviews_required


def _published(
    connection: Connection, event: MicroCredential.VersionPublished, _position: int
) -> None:
    connection.execute(
        required.insert(),
        {
            "micro_credential": str(event.originator_id),
            "number": event.number,
            "reviews": event.definition.reviews_required,
        },
    )


def _opened(connection: Connection, event: Review.Opened, _position: int) -> None:
    connection.execute(
        reviews.insert(),
        {
            "id": str(event.originator_id),
            "submission": str(event.submission),
            "round": event.round,
            "assessor": str(event.assessor),
            "state": "open",
        },
    )


def _closed(connection: Connection, event: Review.Event, _position: int) -> None:
    state = "completed" if isinstance(event, Review.Completed) else "recused"
    connection.execute(
        reviews.update().where(reviews.c.id == str(event.originator_id)).values(state=state)
    )


def _qualified(connection: Connection, event: Person.Qualified, _position: int) -> None:
    connection.execute(
        qualifications.insert(),
        {
            "assessor": str(event.originator_id),
            "micro_credential": str(event.micro_credential),
        },
    )


def _erased(connection: Connection, event: Person.Erased, _position: int) -> None:
    """Their submissions leave the queue; the rows stay, so that their evidence is found."""
    own = submissions.c.educator == str(event.originator_id)
    connection.execute(submissions.update().where(own).values(state="erased", places=0))


PROJECTION = Projection(
    "review-queue",
    [submissions, required, reviews, qualifications],
    {
        MicroCredential.VersionPublished: _published,
        Submission.Drafted: _drafted,
        **dict.fromkeys(_STATES, _changed),
        Submission.ReviewLeft: _left,
        Submission.VerdictGiven: _verdict,
        Review.Opened: _opened,
        Review.Completed: _closed,
        Review.Recused: _closed,
        Person.Qualified: _qualified,
        Person.Erased: _erased,
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
            (mine.c.state.is_(None) & (submissions.c.places > 0)) | (mine.c.state == "open"),
        )
        .order_by(submissions.c.position)
        .limit(limit)
    )
    return list(connection.execute(query))


def by_id(connection: Connection, submission: str) -> Row[Any] | None:
    """One submission."""
    return connection.execute(
        select(submissions).where(submissions.c.id == submission)
    ).one_or_none()


def of_educator(connection: Connection, educator: str, after: int, limit: int) -> list[Row[Any]]:
    """An educator's submissions, oldest first."""
    query = select(submissions).where(
        submissions.c.educator == educator, submissions.c.position > after
    )
    return list(connection.execute(query.order_by(submissions.c.position).limit(limit)))


def accepted(connection: Connection, campuses: Sequence[str]) -> list[str]:
    """Submissions of those campuses that wait for their award, in the order of the log."""
    query = select(submissions.c.id).where(
        submissions.c.state == "accepted", submissions.c.campus.in_(campuses)
    )
    return list(connection.scalars(query.order_by(submissions.c.position)))
