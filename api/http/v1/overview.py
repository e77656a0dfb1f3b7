"""/v1: every submission of a unit, for programme managers; who reviews it; who may assess."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.http.auth import App, Asked, Who
from api.http.v1.answers import Body, Items, Limit, Offset, done
from api.wiring import Testamur
from ledger.assessment import DisqualifyAssessor, ReassignReview, due_on, late_since
from ledger.assessment.submissions import State
from ledger.command import Answer
from ledger.context import Caller
from ledger.value import Value
from projections.assessment import overview
from projections.assessment.overview import BEING_JUDGED, Wanted
from projections.people import organizations, persons

router = APIRouter()


class ReviewUnderWay(Value):
    review: UUID
    assessor: UUID


class SubmissionListed(Value):
    """``educator`` is null for a caller who might review it and is not to know whose it is; ``due``
    is there while it is being judged."""

    id: UUID
    educator: UUID | None
    campus: UUID
    micro_credential: UUID
    number: int
    state: State
    round: int
    since: datetime
    due: date | None
    late: bool
    changed: datetime
    reviews: tuple[ReviewUnderWay, ...]


class Asking(Body):
    """What a programme manager asks for."""

    state: State | None = None
    waits: bool = False
    late: bool = False
    micro_credential: UUID | None = None
    campus: UUID | None = None
    assessor: UUID | None = None


@router.get("/organizations/{unit}/submissions", tags=["submissions"])
def listing(
    app: App,
    who: Who,
    unit: UUID,
    asking: Annotated[Asking, Query()],
    offset: Offset = 0,
    limit: Limit = 50,
) -> Items[SubmissionListed]:
    """Submissions at the campuses of a unit: what waits for somebody from the longest waiting on,
    all else from the newest on."""
    return Items[SubmissionListed](items=submissions_within(app, who, unit, asking, offset, limit))


def submissions_within(
    app: Testamur, who: Caller, unit: UUID, asking: Asking, offset: int, limit: int
) -> list[SubmissionListed]:
    """A page of them. Raises NotPermitted."""
    app.bus.require(who, "submission.oversee", unit)
    with app.views.reading("organizations", "persons", "submissions") as connection:
        wanted = wanted_of(app, asking, organizations.units_within(connection, str(unit)))
        rows = overview.page(connection, wanted, offset, limit)
        taken = overview.open_reviews(connection, [row.id for row in rows])
    today = app.clock().date()
    return [
        SubmissionListed(
            id=row.id,
            educator=row.educator
            if app.reading.sees_whose(who, UUID(row.educator), UUID(row.campus), row.state)
            else None,
            campus=row.campus,
            micro_credential=row.micro_credential,
            number=row.number,
            state=row.state,
            round=row.round,
            since=row.since,
            due=(due := _due(app, row)),
            late=due is not None and due < today,
            changed=row.changed,
            reviews=tuple(
                ReviewUnderWay(review=review.id, assessor=review.assessor)
                for review in taken.get(row.id, [])
            ),
        )
        for row in rows
    ]


def number_within(app: Testamur, who: Caller, unit: UUID, asking: Asking) -> int:
    """How many there are. Raises NotPermitted."""
    app.bus.require(who, "submission.oversee", unit)
    with app.views.reading("organizations", "submissions") as connection:
        wanted = wanted_of(app, asking, organizations.units_within(connection, str(unit)))
        return overview.count(connection, wanted)


def wanted_of(app: Testamur, asking: Asking, campuses: list[str]) -> Wanted:
    """The question as the read model takes it: nothing beyond ``campuses``."""
    one = None if asking.campus is None else str(asking.campus)
    return Wanted(
        campuses if one is None else [campus for campus in campuses if campus == one],
        state=asking.state,
        waits=asking.waits,
        micro_credential=_text(asking.micro_credential),
        assessor=_text(asking.assessor),
        since_before=_late_since(app) if asking.late else None,
    )


def _late_since(app: Testamur) -> datetime:
    return late_since(app.clock().date(), app.bus.policy().limits.review_days)


def _due(app: Testamur, row: Any) -> date | None:
    if row.state not in BEING_JUDGED:
        return None
    return due_on(datetime.fromisoformat(row.since), app.bus.policy().limits.review_days)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


class Counts(Value):
    """How many submissions are in each state that any is in, and how many are late."""

    states: dict[State, int]
    late: int


@router.get("/organizations/{unit}/submissions/counts", tags=["submissions"])
def counts(app: App, who: Who, unit: UUID) -> Counts:
    """How many submissions at the campuses of a unit are in each state."""
    return counts_within(app, who, unit)


def counts_within(app: Testamur, who: Caller, unit: UUID) -> Counts:
    """The same. Raises NotPermitted."""
    app.bus.require(who, "submission.oversee", unit)
    with app.views.reading("organizations", "submissions") as connection:
        campuses = organizations.units_within(connection, str(unit))
        late = Wanted(campuses, since_before=_late_since(app))
        states, number = overview.by_state(connection, campuses), overview.count(connection, late)
    return Counts.model_validate({"states": states, "late": number})


class Candidate(Value):
    """``open_reviews``: how many they have taken on and not finished."""

    person: UUID
    open_reviews: int


@router.get("/submissions/{submission}/candidates", tags=["reviews"])
def candidates(app: App, who: Who, submission: UUID) -> Items[Candidate]:
    """Who may be given a submission: assessors there who are qualified, without a conflict, and
    not on this round yet. The least busy first."""
    app.bus.require(who, "review.assign", app.reading.campus_of(submission))
    return Items[Candidate](items=candidates_for(app, submission))


def candidates_for(app: Testamur, submission: UUID) -> list[Candidate]:
    """The same."""
    path = [str(unit) for unit in app.authority.path(app.reading.campus_of(submission))]
    with app.views.reading("persons", "submissions") as connection:
        found = overview.could_review(connection, str(submission), path)
    by_load = sorted(found.items(), key=lambda item: (item[1], item[0]))
    return [Candidate(person=person, open_reviews=number) for person, number in by_load]


class Reassignment(Body):
    assessor: UUID | None = None


@router.post("/submissions/{submission}/reviews/{review}/reassign", tags=["reviews"])
def reassign(
    app: App, asked: Asked, response: Response, submission: UUID, review: UUID, body: Reassignment
) -> Answer:
    """Take a submission from an assessor who has not scored it, and give it to another; without
    one, back to the queue."""
    command = ReassignReview(submission=submission, review=review, assessor=body.assessor)
    return done(response, app.bus.execute(asked, command))


@router.delete("/people/{person}/qualifications/{micro}", tags=["reviews"])
def disqualify(app: App, asked: Asked, response: Response, person: UUID, micro: UUID) -> Answer:
    """Let an assessor take on no more submissions for a micro-credential."""
    command = DisqualifyAssessor(person=person, micro_credential=micro)
    return done(response, app.bus.execute(asked, command))


class AssessorShown(Value):
    person: UUID
    qualified_for: tuple[UUID, ...]
    open_reviews: int


@router.get("/organizations/{unit}/assessors", tags=["reviews"])
def assessors(app: App, who: Who, unit: UUID) -> Items[AssessorShown]:
    """Who may assess within a unit, for what they are qualified, and what they have open."""
    return Items[AssessorShown](items=assessors_within(app, who, unit))


def assessors_within(app: Testamur, who: Caller, unit: UUID) -> list[AssessorShown]:
    """By name. Raises NotPermitted."""
    app.bus.require(who, "submission.oversee", unit)
    with app.views.reading("organizations", "persons", "submissions") as connection:
        within = organizations.units_within(connection, str(unit))
        above = [str(each) for each in app.authority.path(unit)]
        people = persons.holding(connection, "assessor", [*within, *above])
        found = app.directory.in_order(people)
        qualified = overview.qualified(connection, found)
        loads = overview.loads(connection, found)
    return [
        AssessorShown(
            person=UUID(person),
            qualified_for=tuple(UUID(micro) for micro in qualified[person]),
            open_reviews=loads.get(person, 0),
        )
        for person in found
    ]
