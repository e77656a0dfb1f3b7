"""Submissions by state, and who reviews them; what is asked of them is in ``queues``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Integer, String, Table

from ledger.assessment import Assessor, Review, Submission
from ledger.catalogue import MicroCredential
from ledger.people import Person
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, tables

submissions = Table(
    "view_submissions",
    tables,
    Column("id", String(36), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("educator", String(36), nullable=False),
    Column("campus", String(36), nullable=False),
    Column("micro_credential", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("round", Integer, nullable=False),
    Column("places", Integer, nullable=False),  # assessors that this round may still take on
    Column("passes", Integer, nullable=False),
    Column("not_yets", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),  # position since which it waits for somebody
    Column("since", String(40), nullable=False),  # the moment of that
    Column("changed", String(40), nullable=False),
    Index("view_submissions_waiting", "state", "waiting"),
    Index("view_submissions_educator", "educator", "position"),
    Index("view_submissions_newest", "position"),
    Index("view_submissions_by_state", "campus", "state", "since"),
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
    Column("position", Integer, nullable=False),
    Column("opened", String(40), nullable=False),
    Column("verdict", String(10)),
    Column("completed", String(40)),
)
rounds = Table(
    "view_rounds",
    tables,
    Column("submission", String(36), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("outcome", String(20), nullable=False),
    Column("decided", String(40), nullable=False),
)
assessors = Table(
    "view_assessors",
    tables,
    Column("stream", String(36), primary_key=True),
    Column("person", String(36), nullable=False, index=True),
)
qualifications = Table(
    "view_qualifications",
    tables,
    Column("assessor", String(36), primary_key=True),
    Column("micro_credential", String(36), primary_key=True),
)
conflicts = Table(
    "view_conflicts",
    tables,
    Column("assessor", String(36), primary_key=True),
    Column("educator", String(36), primary_key=True, index=True),
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
_DECIDED = {"returned", "accepted", "not-accepted", "upheld"}
_BEGINS_TO_WAIT = {"submitted", "accepted", "appealed"}


def _drafted(batch: Batch, event: Submission.Drafted, position: int) -> None:
    batch.add(
        submissions,
        id=str(event.originator_id),
        position=position,
        educator=str(event.educator),
        campus=str(event.campus),
        micro_credential=str(event.micro_credential),
        number=event.number,
        state="draft",
        round=0,
        places=0,
        passes=0,
        not_yets=0,
        waiting=position,
        since=moment(event.timestamp),
        changed=moment(event.timestamp),
    )


def _changed(batch: Batch, event: Submission.Event, position: int) -> None:
    row = batch.one(submissions, str(event.originator_id))
    if row["state"] == "erased":
        return
    row["state"] = _STATES[type(event)]
    row["changed"] = moment(event.timestamp)
    if row["state"] in _BEGINS_TO_WAIT:
        row["waiting"], row["since"] = position, row["changed"]
    if isinstance(event, Submission.Submitted):
        version = batch.one(required, row["micro_credential"], row["number"])
        row.update(round=event.round, places=version["reviews"], passes=0, not_yets=0)
    elif isinstance(event, Submission.ReviewOpened):
        row["places"] -= 1
    elif row["state"] in _DECIDED:
        _decided(batch, row)


def _decided(batch: Batch, row: dict[str, Any]) -> None:
    """What came of the round; an appeal changes it."""
    key = {"submission": row["id"], "round": row["round"]}
    found = batch.get(rounds, *key.values()) or batch.add(rounds, **key)
    found.update(outcome=row["state"], decided=row["changed"])


def _left(batch: Batch, event: Submission.ReviewLeft, _position: int) -> None:
    row = batch.one(submissions, str(event.originator_id))
    if row["state"] != "erased":
        row["places"] += 1


def _verdict(batch: Batch, event: Submission.VerdictGiven, _position: int) -> None:
    """Two verdicts that disagree open a place for a third assessor."""
    row = batch.one(submissions, str(event.originator_id))
    row["passes" if event.verdict == "pass" else "not_yets"] += 1
    if row["passes"] == row["not_yets"] == 1 and row["state"] != "erased":
        row["places"] += 1


def _published(batch: Batch, event: MicroCredential.VersionPublished, _position: int) -> None:
    batch.add(
        required,
        micro_credential=str(event.originator_id),
        number=event.number,
        reviews=event.definition.reviews_required,
    )


def _opened(batch: Batch, event: Review.Opened, position: int) -> None:
    batch.add(
        reviews,
        id=str(event.originator_id),
        submission=str(event.submission),
        round=event.round,
        assessor=str(event.assessor),
        state="open",
        position=position,
        opened=moment(event.timestamp),
    )


def _closed(batch: Batch, event: Review.Event, _position: int) -> None:
    row = batch.one(reviews, str(event.originator_id))
    if isinstance(event, Review.Completed):
        row.update(state="completed", verdict=event.verdict, completed=moment(event.timestamp))
    else:
        row["state"] = "recused"


def _began(batch: Batch, event: Assessor.Began, _position: int) -> None:
    batch.add(assessors, stream=str(event.originator_id), person=str(event.person))


def _qualified(batch: Batch, event: Assessor.Qualified, _position: int) -> None:
    batch.add(
        qualifications,
        assessor=str(event.person),
        micro_credential=str(event.micro_credential),
    )


def _disqualified(batch: Batch, event: Assessor.Disqualified, _position: int) -> None:
    batch.remove(qualifications, str(event.person), str(event.micro_credential))


def _conflict(batch: Batch, event: Assessor.ConflictDeclared, _position: int) -> None:
    assessor = batch.one(assessors, str(event.originator_id))["person"]
    if batch.get(conflicts, assessor, str(event.educator)) is None:
        batch.add(conflicts, assessor=assessor, educator=str(event.educator))


def _erased(batch: Batch, event: Person.Erased, _position: int) -> None:
    """Their submissions leave the queues; the rows stay, so that their evidence is found."""
    person = str(event.originator_id)
    for row in batch.matching(submissions, educator=person):
        row.update(state="erased", places=0)
    for row in batch.matching(qualifications, assessor=person):
        batch.remove(qualifications, person, row["micro_credential"])
    for side in ("assessor", "educator"):
        for row in batch.matching(conflicts, **{side: person}):
            batch.remove(conflicts, row["assessor"], row["educator"])


_HANDLERS: dict[type, Any] = {
    MicroCredential.VersionPublished: _published,
    Submission.Drafted: _drafted,
    **dict.fromkeys(_STATES, _changed),
    Submission.ReviewLeft: _left,
    Submission.VerdictGiven: _verdict,
    Review.Opened: _opened,
    Review.Completed: _closed,
    Review.Recused: _closed,
    Assessor.Began: _began,
    Assessor.Qualified: _qualified,
    Assessor.Disqualified: _disqualified,
    Assessor.ConflictDeclared: _conflict,
    Person.Erased: _erased,
}

PROJECTION = Projection(
    "submissions",
    [submissions, required, reviews, rounds, assessors, qualifications, conflicts],
    _HANDLERS,
)
