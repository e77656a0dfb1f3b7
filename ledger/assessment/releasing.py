"""An assessor who loses the role loses their places: others must be able to take them."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.assessment.reviewing import ReleaseReview
from ledger.people import Person
from ledger.processes import Facts, ProcessManager, Step


def _lost(event: Person.RoleRevoked, facts: Facts) -> Iterator[Step]:
    if event.role == "assessor":
        yield from _freed(event, facts)


def _freed(event: Person.Event, facts: Facts) -> Iterator[Step]:
    for review in facts.open_reviews(event.originator_id):
        yield Step(ReleaseReview(review=review))


PROCESS = ProcessManager("places", {Person.RoleRevoked: _lost, Person.Erased: _freed})
