"""/log/events: the log in words, to be searched; each event with its record, leaf and proof."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from api.audit.search import Found, LoggedEvent, Wanted, at, of_command, search
from api.http.auth import App
from api.http.v1.answers import LARGEST
from api.web.audit.reader import Desk, Reader
from api.web.forms import FromForm
from api.web.language import message, say
from api.web.pages import page
from ledger.errors import Invalid, NotFound
from ledger.transparency import Checkpoint
from ledger.transparency.tree import leaf_hash

router = APIRouter(prefix="/log/events")
_ON_A_PAGE = 50
_PEOPLE_FOUND = 20

KINDS = {
    "people.Person": message("People and their roles"),
    "people.Account": message("Accounts and sign-ins"),
    "people.AccessToken": message("Access tokens"),
    "people.Invitation": message("Invitations"),
    "people.Proposal": message("Proposals that need a second person"),
    "people.Organization": message("Units"),
    "catalogue.MicroCredential": message("Micro-credentials"),
    "assessment.Submission": message("Submissions"),
    "assessment.Review": message("Reviews"),
    "assessment.Assessor": message("Assessors"),
    "assessment.EvidenceOpening": message("Evidence that was opened"),
    "awards.Award": message("Badges"),
    "awards.Endorsement": message("Endorsements"),
    "awards.ShareLink": message("Private links"),
    "ledger.": message("The ledger itself"),
}
"""What events can be filtered by: how their topics begin."""

Text = Annotated[str, Query(max_length=60)]
Before = Annotated[int | None, Query(ge=0, le=LARGEST)]


class Asked:
    """A question, as its address has it."""

    def __init__(
        self,
        kind: Text = "",
        person: UUID | str = "",
        unit: UUID | str = "",
        since: date | str = "",
        until: date | str = "",
        before: Before = None,
    ) -> None:
        """Raises Invalid for what is none of a kind, an id, a day."""
        self.kind = kind if kind in KINDS else ""
        self.person = _id(person)
        self.unit = _id(unit)
        self.since = _day(since)
        self.until = _day(until)
        self.before = before

    def address(self, path: str = "/log/events", **changes: object) -> str:
        """The address of the same question, with changes."""
        parts = {name: value for name, value in {**vars(self), **changes}.items() if value}
        return path + (f"?{urlencode(parts)}" if parts else "")

    def found(self, desk: Desk) -> Found:
        """What it finds."""
        zone = ZoneInfo(desk.app.settings.zone)
        wanted = Wanted(
            self.kind,
            self.person,
            _beginning(self.since, zone),
            _beginning(self.until, zone, timedelta(days=1)),
        )

        def fits(found: LoggedEvent) -> bool:
            return desk.names.may_see(found) and (self.unit is None or self._is_there(desk, found))

        return search(desk.app, wanted, self.before, _ON_A_PAGE, fits)

    def _is_there(self, desk: Desk, found: LoggedEvent) -> bool:
        place = desk.names.place_of(found.record.thing) or found.event.__dict__.get("acting_unit")
        try:
            return place is not None and self.unit in desk.app.authority.path(place)
        except NotFound:
            return False


@router.get("")
def events(
    request: Request,
    desk: Reader,
    kind: Text = "",
    person: Text = "",
    unit: Text = "",
    since: Text = "",
    until: Text = "",
    before: Before = None,
) -> Response:
    """The newest events first, those that are asked for."""
    asked = Asked(kind, person, unit, since, until, before)
    return _list(request, desk, asked, [], "")


@router.post("")
def people(request: Request, app: App, desk: Reader, form: FromForm) -> Response:
    """Look somebody up: a name stands in no address. What is found is a list of links."""
    words = form.text("name")
    homes = [str(unit) for unit, _ in desk.units()]
    found = app.directory.find(words, homes)[:_PEOPLE_FOUND] if words else []
    named = [(UUID(person), desk.names.person(UUID(person))) for person in found]
    return _list(request, desk, Asked(), named, words)


@router.get(".json")
def events_document(
    desk: Reader,
    kind: Text = "",
    person: Text = "",
    unit: Text = "",
    since: Text = "",
    until: Text = "",
    before: Before = None,
) -> JSONResponse:
    """The same as JSON."""
    asked = Asked(kind, person, unit, since, until, before)
    found = asked.found(desk)
    following = asked.address("/log/events.json", before=found.before) if found.before else None
    items = [_document(desk, each) for each in found.events]
    return JSONResponse({"items": items, "next": following}, headers=_KEPT_NOWHERE)


@router.get("/{position}.json")
def event_document(desk: Reader, position: int) -> JSONResponse:
    """An event as JSON, with its record and its leaf."""
    found = _seen(desk, position)
    record = found.record
    leaf = {"record": record.data.decode(), "entry": record.entry.hex(), "leaf": _leaf(found)}
    return JSONResponse({**_document(desk, found), **leaf}, headers=_KEPT_NOWHERE)


@router.get("/{position}/proof")
def proof(desk: Reader, position: int) -> PlainTextResponse:
    """The receipt of an event (C2SP tlog-proof), its record inside, to be checked anywhere."""
    found = _receipt(desk, _seen(desk, position))
    if found is None:
        raise NotFound("checkpoint that covers this event yet")
    name = f"event-{position}.receipt"
    headers = {**_KEPT_NOWHERE, "Content-Disposition": f'attachment; filename="{name}"'}
    return PlainTextResponse(str(found), headers=headers)


@router.get("/{position}")
def event(request: Request, desk: Reader, position: int) -> Response:
    """An event in words, with its record, leaf and proof."""
    found = _seen(desk, position)
    receipt = _receipt(desk, found)
    since = desk.app.log.logged_since(position)
    said = found.event.__dict__
    values = {
        "found": found,
        "sentence": desk.telling.sentence(found),
        "who": desk.names.person(said.get("actor")) if "actor" in said else None,
        "unit": desk.names.unit(said["acting_unit"]) if said.get("acting_unit") else None,
        "said": said,
        "fields": list(desk.telling.fields(found)),
        "together": [(e, desk.telling.sentence(e)) for e in of_command(desk.app, found)],
        "then": _then(found),
        "record": found.record.data.decode(errors="replace"),
        "state": json.dumps(json.loads(found.record.state), indent=1, ensure_ascii=False),
        "leaf": _leaf(found),
        "receipt": receipt,
        "size": Checkpoint.parse(receipt.checkpoint.text).size if receipt else 0,
        "since": since,
        "last": desk.app.log.size() - 1,
    }
    return page(request, "audit/event.html", values, headers=_KEPT_NOWHERE)


_KEPT_NOWHERE = {"Cache-Control": "no-store"}


def _list(
    request: Request, desk: Desk, asked: Asked, people: list[tuple[UUID, Any]], sought: str
) -> Response:
    found = asked.found(desk)
    values = {
        "asked": asked,
        "rows": [(each, desk.telling.sentence(each)) for each in found.events],
        "older": asked.address(before=found.before) if found.before else "",
        "newest": asked.address(before=None) if asked.before is not None else "",
        "kinds": [(kind, say(request, words)) for kind, words in KINDS.items()],
        "units": desk.units(),
        "person": desk.names.person(asked.person) if asked.person else None,
        "without_person": asked.address(person=None, before=None),
        "as_json": asked.address("/log/events.json"),
        "people": people,
        "sought": sought,
        "size": desk.app.log.size(),
    }
    return page(request, "audit/events.html", values, headers=_KEPT_NOWHERE)


def _seen(desk: Desk, position: int) -> LoggedEvent:
    """Raises NotFound, also for what lies outside the reader's part."""
    try:
        found = at(desk.app, position) if 0 <= position < desk.app.log.grow() else None
    except LookupError:
        found = None
    if found is None or not desk.names.may_see(found):
        raise NotFound("event")
    return found


def _receipt(desk: Desk, found: LoggedEvent) -> Any:
    return desk.app.log.receipt(desk.app.log.number_at(found.position + 1))


def _leaf(found: LoggedEvent) -> str:
    return leaf_hash(found.record.entry).hex()


def _then(found: LoggedEvent) -> str:
    """Where the thing can be seen as it was right after this event."""
    kind = found.record.topic.rsplit(".", 1)[0]
    if kind in ("people.Person", "assessment.Submission"):
        which = "people" if kind == "people.Person" else "submissions"
        return f"/audit/then/{which}/{found.record.thing}?position={found.position}"
    return ""


def _document(desk: Desk, found: LoggedEvent) -> dict[str, Any]:
    event = found.event
    return {
        "position": found.position,
        "at": event.timestamp.isoformat(),
        "event": found.record.topic,
        "words": desk.telling.sentence(found).striptags(),
        "thing": found.record.originator,
        "command": getattr(event, "command", None),
        "role": getattr(event, "acting_role", None),
        "actor": str(event.actor) if getattr(event, "actor", None) else None,
    }


def _id(text: UUID | str) -> UUID | None:
    if not text or isinstance(text, UUID):
        return text or None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("invalid-request", f"{text!r} is no id") from None


def _day(text: date | str) -> date | None:
    if not text or isinstance(text, date):
        return text or None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("invalid-request", f"{text!r} is no day, such as 2026-05-03") from None


def _beginning(day: date | None, zone: ZoneInfo, later: timedelta = timedelta()) -> datetime | None:
    return None if day is None else datetime.combine(day + later, time(), zone)
