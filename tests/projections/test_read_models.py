"""Read models: the same rows again when rebuilt, each event counted once, by any number."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import inspect

from ledger.awards import (
    IssueEndorsement,
    ReinstateAward,
    RenewAward,
    RevokeAward,
    SuspendAward,
    WithdrawEndorsement,
)
from ledger.people import (
    NETWORK_ID,
)
from projections import Batch, Follower, Views
from projections.awards import counts, endorsements, profiles, register, status_lists
from projections.database import writing
from projections.projection import Projection
from tests.projections.ledger_world import PROJECTIONS, Ledger, definition


def test_rebuilding_gives_the_same_rows_byte_for_byte(stored_ledger: Ledger) -> None:
    stored_ledger.everything()
    views = stored_ledger.views
    for _ in range(40):  # in many steps, where the rebuild takes one
        views.catch_up(until=stored_ledger.store.position() - 40 + _)
    views.catch_up()
    for name in views.names:
        before = views.digest(name)
        assert before[0] > 0, f"{name} is empty: the test would prove nothing"
        views.rebuild(name)
        assert views.digest(name) == before


def test_every_projection_keeps_to_its_own_tables(ledger: Ledger) -> None:
    """Each has a transaction and a position of its own: it must do without the others."""
    ledger.everything()
    ledger.views.catch_up()
    owners = [table.name for projection in PROJECTIONS for table in projection.tables]
    assert len(owners) == len(set(owners))
    for number, projection in enumerate(PROJECTIONS):
        url = ledger.views_url.replace("views.db", f"views-{number}.db")
        alone = Views(url, ledger.store, [projection])
        alone.catch_up()
        with alone.reading() as connection:  # there are no tables but its own
            made = {n for n in inspect(connection).get_table_names() if n in owners}
        assert made == {table.name for table in projection.tables}
        assert alone.digest(projection.name) == ledger.views.digest(projection.name)
        alone.close()


def test_a_digest_notices_one_changed_cell(stored_ledger: Ledger) -> None:
    stored_ledger.award()
    views = stored_ledger.views
    views.catch_up()
    before = views.digest("awards")
    with writing(views._engine) as connection:
        connection.execute(register.awards.update().values(status="revoked"))
    assert views.digest("awards") != before
    views.rebuild("awards")
    assert views.digest("awards") == before


def test_many_followers_count_nothing_twice(stored_ledger: Ledger) -> None:
    url = stored_ledger.views_url
    others = [Views(url, stored_ledger.store, PROJECTIONS) for _ in range(3)]
    for _ in range(3):
        stored_ledger.award(stored_ledger.person("educator", stored_ledger.oak))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda views: views.catch_up(), [stored_ledger.views, *others]))
    with stored_ledger.reading() as connection:
        row = status_lists.by_name(connection, "revocation-1")
        assert row is not None
        assert row.taken == 3
        today = stored_ledger.clock.now.date()
        assert counts.in_force(connection, "network", "", today) == (3, 3)
    for views in others:
        views.close()


def test_a_follower_takes_up_what_another_process_records(stored_ledger: Ledger) -> None:
    with Follower(stored_ledger.views, stored_ledger.store, every=0.05):
        stored_ledger.award()
        deadline = time.monotonic() + 20
        while stored_ledger.views.lag() and time.monotonic() < deadline:
            time.sleep(0.02)
    assert stored_ledger.views.lag() == 0


def test_an_error_in_a_page_leaves_neither_rows_nor_position(stored_ledger: Ledger) -> None:
    stored_ledger.award()
    broken = [True]
    awards = register.PROJECTION

    def breaks(batch: Batch, event: Any, position: int) -> None:
        awards.handlers[type(event)](batch, event, position)
        batch.write()
        if broken[0]:
            raise RuntimeError("the database went away")

    handlers = dict.fromkeys(awards.handlers, breaks)
    fragile = Projection("fragile", awards.tables, handlers)
    views = Views(stored_ledger.views_url, stored_ledger.store, [fragile])
    views.catch_up()
    assert views.digest("fragile")[0] == 0
    broken[0] = False
    views.rebuild("fragile")
    assert views.digest("fragile")[0] > 0
    views.close()


def test_profile_and_register_count_alike(stored_ledger: Ledger) -> None:
    first = stored_ledger.award()
    other = stored_ledger.publish(definition(name="Another"))
    second = stored_ledger.award(micro=other)
    revoke = RevokeAward(award=first, reason="integrity", note="Note.")
    stored_ledger.do(stored_ledger.manager, revoke)
    today = stored_ledger.clock.now.date()
    with stored_ledger.reading() as connection:
        profile = profiles.of(connection, str(stored_ledger.educator.person))
        assert profile is not None
        assert (profile.earned, profile.revoked) == (2, 1)
        assert counts.in_force_by_school_year(connection, today) == {"2025-26": (1, 1)}
        row = register.by_id(connection, str(first))
        assert row is not None
        assert (row.status, row.reason) == ("revoked", "integrity")
        assert not register.is_in_force(row, stored_ledger.clock.now)
        one = counts.in_force(connection, "micro-credential", str(other), today)
        assert one == (1, 1)
        rows = register.page(connection, 0, 10, campuses=[str(stored_ledger.oak)])
        assert [row.id for row in rows] == [str(first), str(second)]


def test_in_force_counts_neither_what_is_suspended_nor_what_is_past_its_end(
    stored_ledger: Ledger,
) -> None:
    ends = definition(name="Ends", valid_months=1, suspendable=True)
    award = stored_ledger.award(micro=stored_ledger.publish(ends))
    today = stored_ledger.clock.now.date()

    def in_force(day: date) -> tuple[int, int]:
        with stored_ledger.reading() as connection:
            by_year = counts.in_force_by_school_year(connection, day)
            return by_year.get("2025-26", (0, 0))

    assert in_force(today) == (1, 1)
    assert in_force(today + timedelta(days=32)) == (0, 0)
    suspend = SuspendAward(award=award, reason="under-investigation", note="Looking into it.")
    stored_ledger.do(stored_ledger.manager, suspend)
    assert in_force(today) == (0, 0)
    reinstate = ReinstateAward(award=award, note="Nothing was wrong.")
    stored_ledger.do(stored_ledger.manager, reinstate)
    assert in_force(today) == (1, 1)
    stored_ledger.do(stored_ledger.manager, RenewAward(award=award, note="Still practised."))
    assert in_force(today + timedelta(days=32)) == (1, 1)
    with stored_ledger.reading() as connection:
        row = register.by_id(connection, str(award))
        assert row is not None
        now = stored_ledger.clock.now
        assert register.is_in_force(row, now + timedelta(days=32))
        assert not register.is_in_force(row, now + timedelta(days=64))


def test_an_award_names_the_proof_of_its_newest_badge(ledger: Ledger) -> None:
    award = ledger.award(micro=ledger.publish(definition(valid_months=12)))

    def proofs() -> tuple[str, str]:
        with ledger.reading() as connection:
            row = register.by_id(connection, str(award))
        assert row is not None
        stated = [e.proof for e in ledger.store.events.get(award) if hasattr(e, "proof")]
        return row.proof, str(stated[-1])

    first, stated = proofs()
    assert first == stated
    ledger.do(ledger.manager, RenewAward(award=award, note="Still practised."))
    newer, stated = proofs()
    assert newer == stated != first


def test_endorsements_are_found_by_award_or_by_what_is_public(ledger: Ledger) -> None:
    award = ledger.award()
    issuer = "did:web:localhost%3A8000"
    ends = ledger.clock.now + timedelta(days=3)

    def endorse(kind: Any, target: str) -> str:
        command = IssueEndorsement(
            endorser=NETWORK_ID, kind=kind, target=target, comment="Good.", valid_until=ends
        )
        return str(ledger.do(ledger.administrator, command).id)

    of_issuer = endorse("issuer", issuer)
    of_award = endorse("award", f"http://localhost:8000/badges/{award}")
    elsewhere = endorse("achievement", "https://example.org/private/student-17")
    with ledger.reading() as connection:
        now = ledger.clock.now
        found = endorsements.of_target(connection, issuer, now)
        assert [row.id for row in found] == [of_issuer]
        assert [row.id for row in endorsements.of_award(connection, str(award), now)] == [of_award]
        assert endorsements.of_target(connection, issuer, ends) == []
        hidden = connection.execute(endorsements.endorsements.select()).all()
        assert {row.target for row in hidden if row.id != of_issuer} == {None}
        assert endorsements.ids(connection) == sorted([of_issuer, of_award, elsewhere])
    withdraw = WithdrawEndorsement(endorsement=UUID(of_award), reason="No more.")
    ledger.do(ledger.administrator, withdraw)
    with ledger.reading() as connection:
        assert endorsements.of_award(connection, str(award), now) == []


def test_a_suspension_sets_and_clears_its_bit_and_revocation_keeps_it(ledger: Ledger) -> None:
    micro = ledger.publish(definition(name="Suspendable", suspendable=True))
    award = ledger.award(micro=micro)

    def bits_set() -> int:
        with ledger.reading() as connection:
            row = status_lists.by_name(connection, "suspension-1")
        assert row is not None
        assert row.purpose == "suspension"
        return sum(byte.bit_count() for byte in row.bits)

    assert bits_set() == 0
    suspend = SuspendAward(award=award, reason="under-investigation", note="Looking into it.")
    ledger.do(ledger.manager, suspend)
    assert bits_set() == 1
    ledger.do(ledger.manager, ReinstateAward(award=award, note="Nothing was wrong."))
    assert bits_set() == 0
    ledger.do(ledger.manager, RevokeAward(award=award, reason="integrity", note="It was wrong."))
    assert bits_set() == 1
