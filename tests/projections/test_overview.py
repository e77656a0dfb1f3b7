"""What a programme manager sees of submissions and awards, and who may be given what."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ledger.assessment import (
    AssignReview,
    DeclareConflict,
    DisqualifyAssessor,
    ReassignReview,
    WithdrawSubmission,
)
from ledger.awards import RevokeAward
from ledger.catalogue import (
    DefineMicroCredential,
    PublishMicroCredential,
    RetireMicroCredential,
    ReviseMicroCredential,
)
from ledger.context import Caller
from ledger.people import NETWORK_ID
from projections.assessment import overview
from projections.assessment.overview import Wanted
from projections.awards import register
from projections.awards.register import Sought
from projections.catalogue import micro_credentials
from tests.projections.ledger_world import Ledger, definition


def _id(caller: Caller) -> str:
    assert caller.person is not None
    return str(caller.person)


def test_submissions_are_counted_and_listed_by_what_is_asked(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    at_elm = ledger.person("educator", ledger.elm)
    first, second = ledger.submitted(), ledger.submitted(at_elm)
    other = ledger.publish(definition(name="Other"))
    third = ledger.submitted(ledger.person("educator", ledger.oak), other)
    accepted = ledger.accepted(ledger.person("educator", ledger.oak))
    review = ledger.claim(second, 1)
    ledger.do(ledger.educator, WithdrawSubmission(submission=first))
    oak, both = [str(ledger.oak)], [str(ledger.oak), str(ledger.elm)]

    def found(wanted: Wanted, after: int = 0) -> list[UUID]:
        with ledger.reading() as connection:
            rows = overview.page(connection, wanted, after, 50)
            assert overview.count(connection, wanted) == len(rows) + after
        return [UUID(row.id) for row in rows]

    with ledger.reading() as connection:
        assert overview.by_state(connection, both) == {
            "in-review": 1,
            "submitted": 1,
            "withdrawn": 1,
            "accepted": 1,
        }
        taken = overview.open_reviews(connection, [str(first), str(second)])
    assert {of: [row.id for row in rows] for of, rows in taken.items()} == {
        str(second): [str(review)]
    }
    assert found(Wanted(both)) == [accepted, third, second, first]
    assert found(Wanted(both), after=3) == [first]
    assert found(Wanted(oak)) == [accepted, third, first]
    assert found(Wanted(both, waits=True)) == [second, third, accepted]
    assert found(Wanted(both, state="accepted")) == [accepted]
    assert found(Wanted(both, micro_credential=str(other))) == [third]
    assert found(Wanted(both, assessor=_id(ledger.assessors[1]))) == [second]
    assert found(Wanted(both, assessor=_id(ledger.assessors[0]))) == []
    now = ledger.clock.now
    assert found(Wanted(both, since_before=now + timedelta(hours=1))) == [second, third]
    assert found(Wanted(both, since_before=now - timedelta(hours=1))) == []


def test_who_may_be_given_a_submission(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    one, two, three = ledger.assessors
    submission = ledger.submitted()
    elsewhere = ledger.person("assessor", ledger.elm)
    ledger.qualify(elsewhere, ledger.micro)
    path = [str(unit) for unit in (ledger.oak, ledger.district, NETWORK_ID)]

    def candidates() -> dict[str, int]:
        with ledger.reading() as connection:
            return overview.could_review(connection, str(submission), path)

    assert candidates() == {_id(one): 0, _id(two): 0, _id(three): 0}
    ledger.claim(ledger.submitted(ledger.person("educator", ledger.oak)), 1)
    assert ledger.educator.person is not None
    ledger.do(three, DeclareConflict(educator=ledger.educator.person))
    assert candidates() == {_id(one): 0, _id(two): 1}
    given = ledger.do(
        ledger.manager, AssignReview(submission=submission, assessor=two.person or NETWORK_ID)
    )
    assert candidates() == {_id(one): 0}
    ledger.do(ledger.manager, ReassignReview(submission=submission, review=given.id))
    assert candidates() == {_id(one): 0}, "who was on this round is not asked again"
    ended = DisqualifyAssessor(person=one.person or NETWORK_ID, micro_credential=ledger.micro)
    ledger.do(ledger.manager, ended)
    assert candidates() == {}
    with ledger.reading() as connection:
        qualified = overview.qualified(connection, [_id(one), _id(two)])
        loads = overview.loads(connection, [_id(one), _id(two)])
    assert qualified == {_id(one): [], _id(two): [str(ledger.micro)]}
    assert loads == {_id(two): 1}


def test_the_register_is_searched_and_counted_by_school_year(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    first = ledger.award()
    ending = ledger.publish(definition(name="Ends", valid_months=1))
    second = ledger.award(ledger.person("educator", ledger.elm), ending)
    third = ledger.award(ledger.person("educator", ledger.oak))
    ledger.do(ledger.manager, RevokeAward(award=third, reason="integrity", note="Copied."))
    oak, both = [str(ledger.oak)], [str(ledger.oak), str(ledger.elm)]
    now, later = ledger.clock.now, ledger.clock.now + timedelta(days=40)

    def found(which: Sought, at: object = None) -> list[UUID]:
        moment = later if at == "later" else now
        with ledger.reading() as connection:
            rows = register.sought(connection, which, moment, 0, 50)
            assert register.count(connection, which, moment) == len(rows)
        return [UUID(row.id) for row in rows]

    assert found(Sought(both)) == [third, second, first]
    assert found(Sought(oak)) == [third, first]
    assert found(Sought(both, status="active")) == [second, first]
    assert found(Sought(both, status="active"), "later") == [first]
    assert found(Sought(both, status="expired"), "later") == [second]
    assert found(Sought(both, status="revoked")) == [third]
    assert found(Sought(both, micro_credential=str(ending))) == [second]
    assert found(Sought(both, school_year="2025-26")) == [third, second, first]
    assert found(Sought(both, person=_id(ledger.educator))) == [first]
    with ledger.reading() as connection:
        counted = register.by_school_year(connection, both, later.date())
    assert counted == {"2025-26": {"active": 1, "expired": 1, "suspended": 0, "revoked": 1}}


def test_micro_credentials_of_a_unit_are_listed_by_where_they_stand(
    stored_ledger: Ledger,
) -> None:
    ledger = stored_ledger
    new = ledger.do(
        ledger.manager,
        DefineMicroCredential(owner=ledger.district, definition=definition(name="A draft")),
    ).id
    revised = ledger.publish(definition(name="Before"))
    ledger.do(
        ledger.manager,
        ReviseMicroCredential(micro_credential=revised, definition=definition(name="After")),
    )
    retired = ledger.publish(definition(name="Past"))
    ledger.do(ledger.manager, RetireMicroCredential(micro_credential=retired, number=1))

    def found(owners: list[UUID], state: str = "") -> list[str]:
        with ledger.reading() as connection:
            rows = micro_credentials.owned(
                connection, [str(owner) for owner in owners], 0, 50, state=state
            )
        return [row.name for row in rows]

    everywhere = [NETWORK_ID, ledger.district]
    assert found(everywhere) == ["A draft", "Before", "Checking for Understanding", "Past"]
    assert found([ledger.district]) == ["A draft"]
    assert found(everywhere, "draft") == ["A draft", "Before"]
    assert found(everywhere, "published") == ["Before", "Checking for Understanding"]
    assert found(everywhere, "retired") == ["Past"]
    ledger.do(ledger.manager, PublishMicroCredential(micro_credential=revised))
    with ledger.reading() as connection:
        versions = micro_credentials.versions_of(connection, str(revised))
        names = micro_credentials.names_of(connection, [str(new), str(revised)])
    assert [row.number for row in versions] == [2, 1]
    assert names == {str(new): "A draft", str(revised): "After"}
