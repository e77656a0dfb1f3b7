"""A client reads what it has just written, from the read models that it asks and no others."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from projections import Follower
from projections.awards import register
from projections.database import writing
from projections.engine import BehindTheLedger
from tests.projections.ledger_world import BROKEN, PROJECTIONS, Ledger, broken, until


def test_what_was_recorded_before_the_call_is_read(stored_ledger: Ledger) -> None:
    """Nobody follows but who asks."""
    for _ in range(3):
        award = stored_ledger.award(stored_ledger.person("educator", stored_ledger.oak))
        with stored_ledger.views.reading("awards") as connection:
            assert register.by_id(connection, str(award)) is not None


def test_so_it_is_for_many_at_once_and_with_a_follower(stored_ledger: Ledger) -> None:
    people = [stored_ledger.person("educator", stored_ledger.oak) for _ in range(4)]

    def awarded(person: Any) -> bool:
        award = stored_ledger.award(person)
        with stored_ledger.views.reading("organizations", "awards") as connection:
            return register.by_id(connection, str(award)) is not None

    with Follower(stored_ledger.views, stored_ledger.store), ThreadPoolExecutor(4) as pool:
        assert list(pool.map(awarded, people)) == [True] * 4


@pytest.mark.parametrize("name", [projection.name for projection in PROJECTIONS])
def test_a_broken_read_model_stops_nobody_who_does_not_ask_it(ledger: Ledger, name: str) -> None:
    """Each in turn; it goes on by itself once it is mended."""
    others = [other for other in ledger.views.names if other != name]
    ledger.views.catch_up()
    with Follower(ledger.views, ledger.store, every=0.05):
        with broken(ledger, name):
            ledger.everything()
            with ledger.views.reading(*others):
                pass
            with pytest.raises(BehindTheLedger, match=name) as raised, ledger.views.reading(name):
                pass
            assert BROKEN not in str(raised.value)
            until(lambda: all(s.lag == 0 for s in ledger.views.states() if s.name != name))
            (state,) = [s for s in ledger.views.states() if s.fault]
            assert state.name == name and state.lag > 0
            ledger.award(ledger.person("educator", ledger.oak))
            with ledger.views.reading(*others):
                pass
        until(lambda: ledger.views.lag() == 0)
    ledger.views.must_follow()
    with ledger.views.reading(*ledger.views.names):
        followed = ledger.views.digest(name)
    ledger.views.rebuild(name)
    assert ledger.views.digest(name) == followed


def test_whoever_asks_what_cannot_be_there_in_time_is_told_soon(ledger: Ledger) -> None:
    ledger.views.catch_up()
    ledger.award()
    path = ledger.views_url.removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # as a process that hangs
    began = time.monotonic()
    with pytest.raises(BehindTheLedger), ledger.views.reading("awards"):
        pass
    assert time.monotonic() - began < 10
    with ledger.views.reading() as connection:  # who rests on nothing is not kept waiting
        assert connection.execute(register.awards.select()).first() is None
    other.execute("ROLLBACK")
    other.close()
    with ledger.views.reading("awards") as connection:  # and nothing was set aside for it
        assert connection.execute(register.awards.select()).first() is not None


def test_a_broken_table_stops_its_own_read_model_only(stored_ledger: Ledger) -> None:
    stored_ledger.views.catch_up()
    with writing(stored_ledger.views._engine) as connection:
        connection.exec_driver_sql("DROP TABLE view_awards")
    stored_ledger.award()
    with stored_ledger.views.reading("status-lists", "submissions"):
        pass
    with pytest.raises(BehindTheLedger), stored_ledger.views.reading("awards"):
        pass
    stored_ledger.views.rebuild("awards")
    with stored_ledger.views.reading("awards") as connection:
        assert connection.execute(register.awards.select()).first() is not None
