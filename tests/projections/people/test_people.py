"""What can be listed of people: roles, tokens, invitations, open proposals."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ledger.context import PROCESS
from ledger.people import (
    NETWORK_ID,
    AcceptInvitation,
    ConfirmProposal,
    EndToken,
    ErasePerson,
    GrantRole,
    ProposeErasure,
    PublishProfile,
    RefuseProposal,
    RevokeRole,
    RoleWithin,
    SendInvitation,
    StopProposal,
    WithdrawInvitation,
    secret_id,
)
from projections.people import access_tokens, organizations, persons, proposals
from tests.projections.ledger_world import Ledger


def test_tokens_and_open_invitations_can_be_listed_until_they_are_over(
    stored_ledger: Ledger,
) -> None:
    ledger = stored_ledger
    person = ledger.educator.person
    assert person is not None
    ends = ledger.clock.now + timedelta(days=7)
    for secret in ("one", "two", "three"):
        invite = SendInvitation(invitation=secret_id(secret), person=person, expires=ends)
        ledger.do(ledger.administrator, invite)

    def listed(*, days: int = 0) -> tuple[set[UUID], set[UUID]]:
        now = ledger.clock.now + timedelta(days=days)
        with ledger.reading() as connection:
            tokens = access_tokens.page(connection, str(person), now, "", 50)
            invitations = access_tokens.open_invitations(connection, str(person), now, "", 50)
        return {UUID(row.id) for row in tokens}, {UUID(row.id) for row in invitations}

    everything = {secret_id("one"), secret_id("two"), secret_id("three")}
    assert listed() == (set(), everything)
    accept = AcceptInvitation(
        invitation=secret_id("one"),
        token=secret_id("token"),
        role=RoleWithin(role="educator", unit=ledger.oak),
        label="Laptop",
        expires=ledger.clock.now + timedelta(days=30),
    )
    ledger.do(ledger.educator, accept)
    ledger.do(ledger.administrator, WithdrawInvitation(invitation=secret_id("two")))
    assert listed() == ({secret_id("token")}, {secret_id("three")})
    assert listed(days=8) == ({secret_id("token")}, set())
    assert listed(days=31) == (set(), set())
    with ledger.reading() as connection:
        (row,) = access_tokens.page(connection, str(person), ledger.clock.now, "", 50)
        assert "Laptop" not in row.label
        assert access_tokens.page(connection, str(person), ledger.clock.now, row.id, 50) == []
        other = str(ledger.manager.person)
        assert access_tokens.page(connection, other, ledger.clock.now, "", 50) == []
    ledger.do(ledger.educator, EndToken(token=secret_id("token")))
    assert listed() == (set(), {secret_id("three")})


def test_open_proposals_can_be_listed_until_they_are_over(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    second = ledger.person("administrator", NETWORK_ID)

    def propose() -> UUID:
        person = ledger.person("educator", ledger.oak).person
        assert person is not None
        command = ProposeErasure(person=person, ground="retention-ended", reason="Left long ago.")
        return UUID(str(ledger.do(ledger.administrator, command).id))

    unanswered, refused, stopped, done = (propose() for _ in range(4))

    def listed(unit: UUID, *, days: int = 0) -> list[UUID]:
        now = ledger.clock.now + timedelta(days=days)
        with ledger.reading() as connection:
            units = organizations.units_within(connection, str(unit))
            rows = proposals.open_within(connection, units, now, 0, 50)
        return [UUID(row.id) for row in rows]

    assert listed(ledger.district) == [unanswered, refused, stopped, done]
    assert listed(ledger.elm) == []
    ledger.do(second, RefuseProposal(proposal=refused, reason="They work here."))
    for proposal in (stopped, done):
        ledger.do(second, ConfirmProposal(proposal=proposal))
    assert listed(ledger.oak) == [unanswered, stopped, done], "what is confirmed can be stopped"
    assert listed(ledger.oak, days=31) == [stopped, done], "nobody answered in time"
    ledger.do(second, StopProposal(proposal=stopped, reason="They came back."))
    with ledger.reading() as connection:
        assert proposals.due(connection, ledger.clock.now, 50) == []
        row = proposals.by_id(connection, str(done))
        assert row is not None
        assert (row.state, row.confirmer) == ("confirmed", str(second.person))
        assert "Left" not in row.reason
        assert row.due > row.made
    ledger.clock.now += timedelta(days=8)
    with ledger.reading() as connection:
        assert [row.id for row in proposals.due(connection, ledger.clock.now, 50)] == [str(done)]
    ledger.do(PROCESS, ErasePerson(proposal=done))
    assert listed(ledger.oak) == [unanswered]


def test_an_erased_person_leaves_every_list(ledger: Ledger) -> None:
    second = ledger.person("administrator", NETWORK_ID)
    person = ledger.educator.person
    assert person is not None
    ends = ledger.clock.now + timedelta(days=30)
    invite = SendInvitation(invitation=secret_id("x"), person=person, expires=ends)
    ledger.do(ledger.administrator, invite)
    propose = ProposeErasure(person=person, ground="requested-by-person", reason="They asked.")
    proposal = ledger.do(ledger.administrator, propose).id
    ledger.do(second, ConfirmProposal(proposal=proposal))
    ledger.clock.now += timedelta(days=8)
    ledger.do(PROCESS, ErasePerson(proposal=proposal))
    with ledger.reading() as connection:
        now = ledger.clock.now
        assert persons.by_id(connection, str(person)) is None
        assert persons.roles_of(connection, str(person)) == []
        assert access_tokens.open_invitations(connection, str(person), now, "", 50) == []


def test_roles_and_profiles_follow(ledger: Ledger) -> None:
    person = ledger.educator.person
    assert person is not None
    role = RoleWithin(role="assessor", unit=ledger.oak)

    def roles() -> list[str]:
        with ledger.reading() as connection:
            return [row.role for row in persons.roles_of(connection, str(person))]

    assert roles() == ["educator"]
    ledger.do(ledger.administrator, GrantRole(person=person, role=role))
    assert roles() == ["assessor", "educator"]
    ledger.do(ledger.administrator, RevokeRole(person=person, role=role))
    assert roles() == ["educator"]
    ledger.do(ledger.educator, PublishProfile(public=True))
    with ledger.reading() as connection:
        row = persons.by_id(connection, str(person))
        assert row is not None
        assert row.is_public
        assert persons.by_handle(connection, row.handle) == row
        homes = [str(ledger.oak)]
        assert persons.page(connection, homes, "", 50) == [row]


def test_what_became_of_an_invitation_is_kept(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    person = ledger.educator.person
    assert person is not None
    ends = ledger.clock.now + timedelta(days=7)
    for secret in ("one", "two", "three"):
        invite = SendInvitation(invitation=secret_id(secret), person=person, expires=ends)
        ledger.do(ledger.administrator, invite)
    accept = AcceptInvitation(
        invitation=secret_id("one"),
        token=secret_id("token"),
        role=RoleWithin(role="educator", unit=ledger.oak),
        label="Laptop",
        expires=ledger.clock.now + timedelta(days=30),
    )
    ledger.do(ledger.educator, accept)
    ledger.do(ledger.administrator, WithdrawInvitation(invitation=secret_id("two")))

    def sent(state: str = "", *, days: int = 0, home: UUID = ledger.oak) -> list[UUID]:
        now = ledger.clock.now + timedelta(days=days)
        with ledger.reading() as connection:
            rows = access_tokens.sent_within(connection, [str(home)], now, 0, 50, state=state)
        return [UUID(row.id) for row in rows]

    one, two, three = map(secret_id, ("one", "two", "three"))
    assert sent() == [three, two, one]
    assert (sent("used"), sent("withdrawn"), sent("open")) == ([one], [two], [three])
    assert (sent("open", days=8), sent("expired", days=8)) == ([], [three])
    assert sent(home=ledger.elm) == []
    with ledger.reading() as connection:
        row = persons.by_id(connection, str(person))
    assert row is not None
    assert row.has_begun


def test_people_are_found_by_when_they_were_named_and_by_role(stored_ledger: Ledger) -> None:
    ledger = stored_ledger
    with ledger.reading() as connection:
        before = persons.named_after(connection, 0, 1000)
        assert len(before) == persons.count(connection) == len(persons.ids(connection))
    new = ledger.person("educator", ledger.elm)
    with ledger.reading() as connection:
        found = persons.named_after(connection, before[-1].named, 1000)
        assert [row.id for row in found] == [str(new.person)]
        educators = persons.holding(connection, "educator", [str(ledger.oak), str(ledger.elm)])
        assert educators == {str(ledger.educator.person), str(new.person)}
        roles = persons.roles_of_these(connection, [str(new.person)])
        assert [(row.role, row.unit) for row in roles[str(new.person)]] == [
            ("educator", str(ledger.elm))
        ]
        assert set(persons.these(connection, [str(new.person), "nobody"])) == {str(new.person)}
