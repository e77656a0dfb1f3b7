"""What an auditor may know the things of the log by. Names of people are told where they work in
the auditor's part of the organization; elsewhere it is somebody at a campus."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from markupsafe import Markup, escape
from starlette.requests import Request

from api.audit.search import LoggedEvent
from api.web.language import message, say
from api.web.showing import name
from api.wiring import Testamur
from ledger.aggregate import Aggregate
from ledger.assessment import Review, Submission
from ledger.awards import Award
from ledger.catalogue import MicroCredential
from ledger.context import Caller
from ledger.errors import NotFound
from ledger.people import NETWORK_ID, Organization, Person

_ERASED = message("somebody who was forgotten")
_SOMEBODY = message("somebody at {unit}")
_NOBODY = message("the deployment itself")
_ELSEWHERE = message("another part of the organization")
_SUBMISSION = message("the submission of {person} for {micro}")
_BADGE = message("the badge {micro} of {person}")
_REVIEW = message("the review by {assessor} of {submission}")


class Names:
    """Names for one reader and one page; each is found once."""

    def __init__(self, app: Testamur, request: Request, caller: Caller) -> None:
        self._app = app
        self._request = request
        self._unit = caller.unit
        self._held: dict[UUID, Aggregate | None] = {}
        self._people: dict[UUID, Markup] = {}

    def may_see(self, found: LoggedEvent) -> bool:
        """Whether an event lies in the reader's part; what belongs to no unit is the network's."""
        if self._unit == NETWORK_ID:
            return True
        place = self.place_of(found.record.thing) or getattr(found.event, "acting_unit", None)
        return place is not None and self.lies_within(place)

    def lies_within(self, unit: UUID) -> bool:
        """Whether a unit is the reader's or lies below it."""
        try:
            return self._unit in self._app.authority.path(unit)
        except NotFound:
            return False

    def place_of(self, thing: UUID | None) -> UUID | None:
        """The unit to which a thing belongs; None where it belongs to none."""
        held = self.find(thing)
        if isinstance(held, Organization):
            return held.id
        for field in ("campus", "home", "owner"):
            if isinstance(unit := getattr(held, field, None), UUID):
                return unit
        for field in ("submission", "award", "person", "educator", "thing"):
            if isinstance(other := getattr(held, field, None), UUID) and other != thing:
                return self.place_of(other)
        return None

    def find(self, thing: UUID | None) -> Aggregate | None:
        """The thing as it is now."""
        if thing is None:
            return None
        if thing not in self._held:
            try:
                self._held[thing] = self._app.store.read_as_seen(Aggregate, thing, "thing")
            except NotFound:
                self._held[thing] = None
        return self._held[thing]

    def person(self, person: UUID | None) -> Markup:
        """A person, by name where the reader may know it."""
        if person is None:
            return escape(say(self._request, _NOBODY))
        if person not in self._people:
            self._people[person] = self._person(person)
        return self._people[person]

    def unit(self, unit: UUID | None) -> Markup:
        """A unit of the organization: their names are no secret."""
        held = self.find(unit)
        if isinstance(held, Organization):
            return name(held.name)
        return escape(say(self._request, _ELSEWHERE))

    def micro(self, micro: UUID) -> Markup:
        """A micro-credential by the name of its newest version."""
        held = self.find(micro)
        if not isinstance(held, MicroCredential):
            return escape("?")
        newest = held.versions[max(held.versions)] if held.versions else held.draft
        return name(newest.name if newest else "?")

    def thing(self, thing: UUID) -> Markup:
        """Anything that has a stream of its own, as a part of a sentence."""
        held = self.find(thing)
        if isinstance(held, Person):
            return self.person(thing)
        if isinstance(held, Organization):
            return self.unit(thing)
        if isinstance(held, MicroCredential):
            return self.micro(thing)
        if isinstance(held, Submission):
            person, micro = self.person(held.educator), self.micro(held.micro_credential)
            return self._filled(_SUBMISSION, person=person, micro=micro)
        if isinstance(held, Award):
            person, micro = self.person(held.person), self.micro(held.micro_credential)
            return self._filled(_BADGE, person=person, micro=micro)
        if isinstance(held, Review):
            return self._filled(
                _REVIEW,
                assessor=self.person(held.assessor),
                submission=self.thing(held.submission),
            )
        for field in ("person", "educator"):
            if isinstance(other := getattr(held, field, None), UUID):
                return self.person(other)
        return escape("")

    def _person(self, person: UUID) -> Markup:
        held = self.find(person)
        if not isinstance(held, Person):
            return escape(say(self._request, _ERASED))
        if self.lies_within(held.home):
            opened = None if held.is_erased else self._app.vault.open(held.name)
            if opened is None:
                return escape(say(self._request, _ERASED))
            return name(opened.decode())
        return self._filled(_SOMEBODY, unit=self.unit(held.home))

    def _filled(self, words: str, **names: Any) -> Markup:
        return escape(say(self._request, words)).format(**names)
