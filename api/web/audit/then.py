"""/audit/then: a person or a submission as it was, at a day or a position, and what made it so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from api.audit.search import LoggedEvent, of_stream
from api.history import position_at
from api.http.auth import App
from api.http.v1.answers import LARGEST
from api.web.audit.reader import Desk, Reader
from api.web.language import message
from api.web.pages import page
from ledger.assessment import Submission
from ledger.awards import Award
from ledger.errors import Invalid, NotFound
from ledger.people import Person
from ledger.store import replay
from projections.assessment import queues
from projections.awards import register

router = APIRouter(prefix="/audit/then")

Position = Annotated[int | None, Query(ge=0, le=LARGEST)]
Day = Annotated[str, Query(max_length=10)]
_MOST = 200
_KEPT_NOWHERE = {"Cache-Control": "no-store"}

STATES = {
    "draft": message("Draft"),
    "submitted": message("Submitted"),
    "in-review": message("In review"),
    "returned": message("Returned"),
    "accepted": message("Accepted"),
    "awarded": message("Awarded"),
    "withdrawn": message("Withdrawn"),
    "not-accepted": message("Not accepted"),
    "appealed": message("Appealed"),
    "upheld": message("Refused for good"),
    "active": message("In force"),
    "suspended": message("On hold"),
    "revoked": message("Revoked"),
}


@router.get("/people/{person}.json")
def then_person_document(
    app: App, desk: Reader, person: UUID, day: Day = "", position: Position = None
) -> JSONResponse:
    """The same as JSON."""
    found = _person(app, desk, person, _before(app, day, position))
    then = found["then"]
    return _document(
        found,
        is_public=then.is_public if then else None,
        roles=[{"role": role, "unit": unit.striptags()} for role, unit in found["roles"]],
        awards=[
            {"id": str(award.id), "name": micro.striptags(), "status": award.status}
            for micro, award in found["awards"]
        ],
        submissions=[
            {"id": str(own.id), "name": micro.striptags(), "state": own.state, "round": own.round}
            for micro, own in found["submissions"]
        ],
    )


@router.get("/submissions/{submission}.json")
def then_submission_document(
    app: App, desk: Reader, submission: UUID, day: Day = "", position: Position = None
) -> JSONResponse:
    """The same as JSON."""
    found = _submission(app, desk, submission, _before(app, day, position))
    then = found["then"]
    return _document(
        found,
        state=then.state if then else None,
        round=then.round if then else None,
        parts=sorted(then.evidence) if then else [],
        verdicts=sorted(then.verdicts.values()) if then else [],
    )


@router.get("/people/{person}")
def then_person(
    request: Request,
    app: App,
    desk: Reader,
    person: UUID,
    day: Day = "",
    position: Position = None,
) -> Response:
    """A person's roles, submissions and badges, as they were."""
    values = _person(app, desk, person, _before(app, day, position))
    values |= {"day": day, "position": position}
    return page(request, "audit/then_person.html", values, headers=_KEPT_NOWHERE)


@router.get("/submissions/{submission}")
def then_submission(
    request: Request,
    app: App,
    desk: Reader,
    submission: UUID,
    day: Day = "",
    position: Position = None,
) -> Response:
    """A submission's state, round, evidence and reviews, as they were."""
    values = _submission(app, desk, submission, _before(app, day, position))
    values |= {"day": day, "position": position}
    return page(request, "audit/then_submission.html", values, headers=_KEPT_NOWHERE)


def _before(app: App, day: str, position: int | None) -> int:
    """How many events of the log count: those of a day and before, or up to a position."""
    size = app.log.grow()
    if position is not None:
        return min(position + 1, size)
    if not day:
        return size
    try:
        ends = datetime.combine(
            date.fromisoformat(day) + timedelta(days=1), time(), ZoneInfo(app.settings.zone)
        )
    except ValueError:
        raise Invalid("invalid-request", f"{day!r} is no day, such as 2026-05-03") from None
    return position_at(app, ends)


def _person(app: App, desk: Desk, person: UUID, size: int) -> dict[str, Any]:
    made = _made(app, desk, person, Person)
    then = _as_of(made, size)
    with app.views.reading("awards", "submissions") as connection:
        awards = register.page(connection, 0, _MOST, person=str(person))
        own = queues.of_educator(connection, str(person), 0, _MOST)
    things = [(Award, UUID(row.id)) for row in awards] + [(Submission, UUID(row.id)) for row in own]
    held: dict[type, list[Any]] = {Award: [], Submission: []}
    for kind, thing in things:
        if (found := _as_of(list(of_stream(app, thing)), size)) is not None:
            held[kind].append((desk.names.micro(found.micro_credential), found))
    roles = sorted(then.grants, key=str) if then is not None else []
    return {
        "id": person,
        "name": desk.names.person(person),
        "then": then,
        "size": size,
        "roles": [(role, desk.names.unit(unit)) for role, unit in roles],
        "awards": held[Award],
        "submissions": held[Submission],
        "states": STATES,
        "items": list(_timeline(desk, made, f"/audit/then/people/{person}")),
    }


def _submission(app: App, desk: Desk, submission: UUID, size: int) -> dict[str, Any]:
    made = _made(app, desk, submission, Submission)
    then = _as_of(made, size)
    panel = then.panel.items() if then is not None else ()
    return {
        "id": submission,
        "name": desk.names.thing(submission),
        "then": then,
        "size": size,
        "campus": desk.names.unit(then.campus) if then is not None else "",
        "panel": [
            (desk.names.person(assessor), review in then.open_reviews, then.verdicts.get(review))
            for review, assessor in panel
        ],
        "states": STATES,
        "items": list(_timeline(desk, made, f"/audit/then/submissions/{submission}")),
    }


def _document(found: dict[str, Any], **more: Any) -> JSONResponse:
    events = [
        {
            "position": each["position"],
            "at": each["when"].isoformat(),
            "words": each["words"].striptags(),
        }
        for each in found["items"]
        if each["position"] < found["size"]
    ]
    name = found["name"].striptags()
    return JSONResponse(
        {"name": name, "events": found["size"], **more, "made": events}, headers=_KEPT_NOWHERE
    )


def _made(app: App, desk: Desk, thing: UUID, kind: type) -> list[LoggedEvent]:
    """All its events. Raises NotFound, also for what lies outside the reader's part."""
    if not isinstance(desk.names.find(thing), kind):
        raise NotFound("thing")
    made = list(of_stream(app, thing))
    if not made or not desk.names.may_see(made[0]):
        raise NotFound("thing")
    return made


def _as_of(made: list[LoggedEvent], size: int) -> Any:
    """A thing as its first events made it; None where it did not exist yet."""
    return replay(None, (each.event for each in made if each.position < size))


def _timeline(desk: Desk, made: list[LoggedEvent], path: str) -> Iterator[dict[str, Any]]:
    for each in reversed(made):
        yield {
            "when": each.event.timestamp,
            "words": desk.telling.sentence(each),
            "by": desk.names.person(each.event.actor),
            "href": f"{path}?position={each.position}",
            "position": each.position,
        }
