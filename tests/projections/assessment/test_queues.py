"""Queues: what waits for an assessor, for a programme manager, and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledger.assessment import (
    AppealRefusal,
    DecideAppeal,
    DeclareConflict,
    DraftSubmission,
    StepBack,
    WithdrawSubmission,
)
from ledger.awards import IssueAward
from ledger.context import Caller
from ledger.people import GrantRole, RoleWithin
from projections.assessment import queues
from projections.people import organizations
from tests.projections.ledger_world import Ledger, definition


def _offered(ledger: Ledger, caller: Caller) -> list[UUID]:
    """What they have open, and what they could take."""
    person = str(caller.person)
    with ledger.reading() as connection:
        campuses = organizations.units_within(connection, str(caller.unit))
        found = [row.id for row in queues.open_of(connection, person)]
        for offer in queues.offers(connection, person, campuses):
            found += queues.next_of(connection, person, campuses, offer.micro_credential)
    return [UUID(submission) for submission in found]


def test_the_queue_offers_what_one_may_take_and_nothing_else(stored_ledger: Ledger) -> None:
    micro = stored_ledger.publish(definition(name="Double", reviews_required=2))
    submission = stored_ledger.submitted(micro=micro)
    first, second, third = stored_ledger.assessors
    for assessor in (first, second, third):
        assert _offered(stored_ledger, assessor) == [submission]
    stored_ledger.review(submission, 0)
    assert _offered(stored_ledger, first) == []
    review = stored_ledger.claim(submission, 1)
    assert _offered(stored_ledger, second) == [submission], "an open review stays in one's queue"
    assert _offered(stored_ledger, third) == [], "there is no place left"
    stored_ledger.do(second, StepBack(review=review))
    assert _offered(stored_ledger, second) == [], "what one left is not offered again"
    assert _offered(stored_ledger, third) == [submission]


def test_a_disagreement_opens_a_place_for_a_third(stored_ledger: Ledger) -> None:
    micro = stored_ledger.publish(definition(name="Double", reviews_required=2))
    submission = stored_ledger.submitted(micro=micro)
    stored_ledger.review(submission, 0)
    stored_ledger.review(submission, 1, meets=False)
    assert _offered(stored_ledger, stored_ledger.assessors[2]) == [submission]


def test_work_with_a_conflict_of_interest_is_not_offered(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    submission = ledger.submitted()
    first, second, _ = ledger.assessors
    educator = ledger.educator.person
    assert educator is not None
    ledger.do(first, DeclareConflict(educator=educator))
    assert _offered(ledger, first) == []
    assert _offered(ledger, second) == [submission]
    review = ledger.claim(submission, 1)
    ledger.do(second, DeclareConflict(educator=educator))
    assert _offered(ledger, second) == [submission], "what is open stays: it says nothing"
    ledger.do(second, StepBack(review=review))
    assert _offered(ledger, second) == []


def test_a_conflict_of_interest_changes_no_number(stored_ledger: Ledger) -> None:
    """Whoever names one educator after another would see whose row goes."""
    ledger = stored_ledger
    ledger.submitted()
    ledger.submitted(ledger.person("educator", ledger.oak))
    first, educator = ledger.assessors[0], ledger.educator.person
    assert educator is not None

    def offers() -> list[Any]:
        with ledger.reading() as connection:
            rows = queues.offers(connection, str(first.person), [str(ledger.oak)])
            return [tuple(row) for row in rows]

    before = offers()
    ledger.do(first, DeclareConflict(educator=educator))
    assert offers() == before
    assert [row[1] for row in before] == [2]


def test_what_one_scored_and_what_became_of_it(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    once = ledger.publish(definition(name="Once", rounds_allowed=1))
    twice = ledger.publish(definition(name="Double", reviews_required=2))
    people = [ledger.person("educator", ledger.oak) for _ in range(3)]
    returned, refused, waiting = (
        ledger.submitted(educator, micro)
        for educator, micro in zip(people, (ledger.micro, once, twice), strict=True)
    )
    ledger.review(returned, meets=False)
    ledger.review(refused, meets=False)
    ledger.review(waiting)
    assert _scored(ledger) == [
        (waiting, "pass", None),
        (refused, "not-yet", "not-accepted"),
        (returned, "not-yet", "returned"),
    ]
    ledger.do(people[1], AppealRefusal(submission=refused, grounds="Look again."))
    assert _scored(ledger)[1] == (refused, "not-yet", "not-accepted")
    ledger.do(ledger.manager, DecideAppeal(submission=refused, overturn=True, reason="Looked."))
    assert _scored(ledger)[1] == (refused, "not-yet", "accepted")


def _scored(ledger: Ledger) -> list[Any]:
    with ledger.reading() as connection:
        rows = queues.scored_by(connection, str(ledger.assessors[0].person), 2**31 - 1, 50)
    return [(UUID(row.submission), row.verdict, row.outcome) for row in rows]


def test_ones_own_work_is_not_offered(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    person = ledger.educator.person
    assert person is not None
    role = RoleWithin(role="assessor", unit=ledger.oak)
    ledger.do(ledger.administrator, GrantRole(person=person, role=role))
    both = Caller(person, "assessor", ledger.oak)
    ledger.qualify(both, ledger.micro)
    ledger.submitted()
    other = ledger.submitted(ledger.person("educator", ledger.oak))
    assert _offered(ledger, both) == [other]


def test_work_outside_ones_unit_or_qualification_is_not_offered(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    at_elm = ledger.person("assessor", ledger.elm)
    at_district = ledger.person("assessor", ledger.district)
    unqualified = ledger.person("assessor", ledger.district)
    for assessor in (at_elm, at_district):
        ledger.qualify(assessor, ledger.micro)
    oak = ledger.submitted()
    elm = ledger.submitted(ledger.person("educator", ledger.elm))
    assert _offered(ledger, at_elm) == [elm]
    assert _offered(ledger, at_district) == [oak, elm]
    assert _offered(ledger, unqualified) == []


def test_a_manager_sees_what_is_under_way_by_state_and_campus(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    once = ledger.publish(definition(name="Once", rounds_allowed=1))
    people = [ledger.person("educator", ledger.oak) for _ in range(5)]
    waiting = ledger.submitted(people[0])
    in_review = ledger.submitted(people[1])
    ledger.claim(in_review)
    accepted = ledger.accepted(people[2])
    elm = ledger.submitted(ledger.person("educator", ledger.elm))
    refused = ledger.submitted(people[3], once)
    ledger.review(refused, meets=False)
    ledger.do(people[3], AppealRefusal(submission=refused, grounds="Look again."))
    ledger.do(people[4], DraftSubmission(micro_credential=ledger.micro, number=1))
    gone = ledger.submitted(people[4], once)
    ledger.do(people[4], WithdrawSubmission(submission=gone))

    def under_way(unit: UUID, *states: str, after: int = 0, limit: int = 50) -> list[UUID]:
        with ledger.reading() as connection:
            campuses = organizations.units_within(connection, str(unit))
            rows = queues.under_way(connection, campuses, states or queues.WAITING, after, limit)
        return [UUID(row.id) for row in rows]

    assert under_way(ledger.district) == [waiting, in_review, accepted, elm, refused]
    assert under_way(ledger.elm) == [elm]
    assert under_way(ledger.oak, "submitted") == [waiting]
    assert under_way(ledger.oak, "in-review", "appealed") == [in_review, refused]
    with ledger.reading() as connection:
        (row,) = queues.accepted(connection, [str(ledger.oak)], 0, 50)
        assert row.id == str(accepted)
        first = queues.by_id(connection, str(waiting))
        assert first is not None
    assert under_way(ledger.district, limit=2) == [waiting, in_review]
    assert under_way(ledger.district, after=first.waiting, limit=2) == [in_review, accepted]
    ledger.do(ledger.manager, IssueAward(submission=accepted))
    assert accepted not in under_way(ledger.district)


def test_what_comes_back_waits_at_the_end(ledger: Ledger) -> None:
    """Oldest first is by when it began to wait, not by when its draft was begun."""
    returned = ledger.submitted()
    ledger.review(returned, meets=False)
    other = ledger.submitted(ledger.person("educator", ledger.oak))
    ledger.resubmit(returned)
    assert _offered(ledger, ledger.assessors[1]) == [other, returned]
    with ledger.reading() as connection:
        mine = queues.of_educator(connection, str(ledger.educator.person), 0, 50)
        assert [(row.id, row.round) for row in mine] == [(str(returned), 2)]
        assert queues.of_educator(connection, mine[0].educator, mine[0].position, 50) == []


def test_open_reviews_of_an_assessor_are_found(ledger: Ledger) -> None:
    review = ledger.claim(ledger.submitted())
    ledger.review(ledger.submitted(ledger.person("educator", ledger.oak)))
    with ledger.reading() as connection:
        person = str(ledger.assessors[0].person)
        assert queues.open_reviews_of(connection, person) == [str(review)]
