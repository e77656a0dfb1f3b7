"""/submissions: what is stuck and what waits, for programme managers; one of them, to be given to
an assessor or to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api import spreadsheet
from api.http.auth import App
from api.http.v1.overview import (
    Asking,
    SubmissionListed,
    candidates_for,
    counts_within,
    number_within,
    submissions_within,
)
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.lists import Turned, asked_for, csv_address
from api.web.pages import page, see_other
from api.web.visitor import SignedInVisitor, acting_as
from api.wiring import Testamur
from ledger.assessment import AssignReview, ReassignReview, Review, Submission
from ledger.catalogue import MicroCredential
from ledger.errors import LedgerError, NotFound
from projections.assessment import queues
from projections.catalogue import micro_credentials
from projections.people import organizations

router = APIRouter()

Manager = Annotated[SignedInVisitor, acting_as("programme-manager")]

_COLUMNS = ("micro-credential", "version", "educator", "campus", "state", "round", "since", "due")
_AT_ONCE = 500


@router.get("/submissions")
def listing(request: Request, app: App, visitor: Manager) -> Response:
    """Counts by state that are links; the longest waiting first."""
    asking, turned = asked_for(Asking, request), Turned.by(request)
    is_plain = not asking.model_fields_set
    if is_plain:
        asking = asking.model_copy(update={"waits": True})
    rows = submissions_within(
        app, visitor.caller, visitor.unit, asking, turned.offset, turned.limit
    )
    with app.views.reading("organizations", "micro-credentials") as connection:
        units = organizations.tree(connection)
        micros = micro_credentials.owned(connection, list(units), 0, 500, state="")
        names = micro_credentials.names_of(connection, (str(row.micro_credential) for row in rows))
    return page(
        request,
        "assessment/overseen/list.html",
        {
            "rows": rows,
            "asking": asking,
            "is_plain": is_plain,
            "counts": counts_within(app, visitor.caller, visitor.unit),
            "total": number_within(app, visitor.caller, visitor.unit, asking),
            "turned": turned,
            "csv": csv_address(request, "/submissions.csv"),
            "micros": [(row.id, row.name) for row in micros if row.latest],
            "campuses": [(u.id, u.name) for u in organizations.campuses(units, str(visitor.unit))],
            "units": units,
            "names": names,
            "people": app.directory.names(_people_of(rows)),
        },
    )


@router.get("/submissions.csv")
def table(request: Request, app: App, visitor: Manager) -> Response:
    """The same as a spreadsheet."""
    asking = asked_for(Asking, request)
    if not asking.model_fields_set:
        asking = asking.model_copy(update={"waits": True})
    data = b"".join(spreadsheet.write(_COLUMNS, _lines(app, visitor, asking)))
    headers = {"Content-Disposition": 'attachment; filename="submissions.csv"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


def overseen_page(
    request: Request, app: Testamur, visitor: SignedInVisitor, submission: UUID
) -> Response:
    """One submission: where it stands, who has it, what happened. Raises NotFound."""
    return _shown(request, app, visitor, submission, Problems(), None)


@router.post("/submissions/{submission}/reviewer")
def assign(
    request: Request, app: App, visitor: Manager, form: FromForm, submission: UUID
) -> Response:
    """Give it to an assessor; from another one, if ``review`` is told."""
    review, assessor = form.text("review"), form.text("assessor")
    try:
        if not review:
            command = AssignReview.model_validate({"submission": submission, "assessor": assessor})
            app.bus.execute(form.asked, command)
            done = _ASSIGNED
        else:
            values = {"submission": submission, "review": review, "assessor": assessor or None}
            app.bus.execute(form.asked, ReassignReview.model_validate(values))
            done = _REASSIGNED if assessor else _FREED
    except (LedgerError, ValidationError) as error:
        at = f"assessor-{review}" if review else "assessor"
        problems = Problems.from_error(request, error, {"assessor": at})
        return _shown(request, app, visitor, submission, problems, form)
    return see_other(request, f"/submissions/{submission}", say(request, done))


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    submission: UUID,
    problems: Problems,
    kept: Posted | None,
) -> Response:
    found = app.reading.submission(visitor.caller, app.bus.policy(), submission)
    aggregate = app.store.read(Submission, submission, "submission")
    with app.views.reading("organizations", "submissions") as connection:
        row = queues.by_id(connection, str(submission))
        units = organizations.tree(connection)
    if row is None:
        raise NotFound("submission")
    micro = app.store.read(MicroCredential, found.micro_credential, "micro-credential")
    is_judged = found.state in ("submitted", "in-review")
    could = candidates_for(app, submission) if is_judged else []
    open_now = [
        (review, aggregate.panel[review], app.store.read(Review, review, "review").created_on)
        for review in sorted(aggregate.open_reviews)
    ]
    happened = list(_happened(app, submission, shows_educator=found.educator is not None))
    people = [str(found.educator), *(str(each.person) for each in could)]
    people += [str(who) for _, who, _ in open_now] + [str(item.who) for item in happened]
    return page(
        request,
        "assessment/overseen/one.html",
        {
            "submission": found,
            "definition": micro.published(found.number),
            "campus": units[str(aggregate.campus)],
            "places": row.places if is_judged else 0,
            "is_late": found.due is not None and found.due < app.clock().date(),
            "open_now": open_now,
            "could": could,
            "happened": happened,
            "people": app.directory.names(people),
            "problems": problems,
            "kept": kept,
        },
        problems.status,
    )


@dataclass(frozen=True)
class Happened:
    """One event of a submission, by what happened (the event's last name)."""

    when: datetime
    what: str
    who: UUID | None
    round: int | None = None


def _happened(app: Testamur, submission: UUID, *, shows_educator: bool) -> Iterator[Happened]:
    """Its events, newest first. Whose it is, is told only where the visitor may know."""
    events: list[Any] = list(app.store.events.get(submission))
    for event in reversed(events):
        kind = type(event).__name__
        is_own = event.acting_role == "educator"
        who = event.actor if shows_educator or not is_own else None
        if kind != "EvidenceAdded":
            yield Happened(event.timestamp, kind, who, getattr(event, "round", None))


def _people_of(rows: list[SubmissionListed]) -> Iterator[str]:
    for row in rows:
        if row.educator is not None:
            yield str(row.educator)
        yield from (str(review.assessor) for review in row.reviews)


def _lines(app: Testamur, visitor: SignedInVisitor, asking: Asking) -> Iterator[tuple[object, ...]]:
    after = 0
    while rows := submissions_within(app, visitor.caller, visitor.unit, asking, after, _AT_ONCE):
        people = app.directory.names(_people_of(rows))
        with app.views.reading("organizations", "micro-credentials") as connection:
            units = organizations.tree(connection)
            ids = (str(row.micro_credential) for row in rows)
            names = micro_credentials.names_of(connection, ids)
        for row in rows:
            yield (
                names[str(row.micro_credential)],
                row.number,
                people.get(str(row.educator), ""),
                units[str(row.campus)].name,
                row.state,
                row.round,
                row.since.date(),
                row.due,
            )
        after += len(rows)


_ASSIGNED = message("It is given to the assessor.")
_REASSIGNED = message("It is given to the other assessor.")
_FREED = message("It is back in the queue.")
