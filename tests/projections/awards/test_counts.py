"""Counts in force: exact on every day, and at one price whatever the number of awards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from projections import Batch
from projections.awards import counts
from projections.database import connect
from projections.projection import tables

FIRST = date(2026, 3, 1)
_DAYS = [*(str(FIRST + timedelta(days=n)) for n in range(4)), "9999-12-31"]

steps = st.lists(
    st.tuples(
        st.integers(0, 7),  # which award; its person, year and campus follow from it
        st.sampled_from(["active", "suspended", "revoked"]),
        st.sampled_from(_DAYS),
    ),
    max_size=30,
)


@contextmanager
def _counting() -> Iterator[tuple[Connection, Batch]]:
    engine = connect("sqlite://")
    tables.create_all(engine, tables=counts.TABLES)
    with engine.connect() as connection:
        yield connection, Batch(connection)
    engine.dispose()


def _award(number: int, status: str, last_day: str, people: int = 3) -> dict[str, Any]:
    return {
        "id": f"award-{number}",
        "person": f"person-{number % people}",
        "school_year": f"202{number % 2}",
        "campus": f"campus-{number % 2}",
        "micro_credential": f"micro-{number // people}",
        "status": status,
        "last_day": last_day,
    }


@given(steps)
def test_counts_are_what_counting_every_award_gives(taken: list[tuple[int, str, str]]) -> None:
    """Issued, suspended, reinstated, renewed and revoked in any order."""
    register: dict[int, dict[str, Any]] = {}
    with _counting() as (connection, batch):
        for number, status, last_day in taken:
            after = _award(number, status, last_day)
            counts.recount(batch, register.get(number), after)
            register[number] = after
        batch.write()
        for day in (FIRST + timedelta(days=n) for n in range(6)):
            held = [
                award
                for award in register.values()
                if award["status"] == "active" and award["last_day"] >= str(day)
            ]
            years = {
                year: [a["person"] for a in held if a["school_year"] == year]
                for year in {a["school_year"] for a in held}
            }
            assert counts.in_force_by_school_year(connection, day) == {
                year: (len(of), len(set(of))) for year, of in years.items()
            }
            everybody = {award["person"] for award in held}
            assert counts.in_force(connection, "network", "", day) == (len(held), len(everybody))
            of_one = [a for a in held if a["micro_credential"] == "micro-1"]
            one = counts.in_force(connection, "micro-credential", "micro-1", day)
            assert one[0] == len(of_one)
            by_status = counts.by_status(connection, "network", "", day)
            assert by_status["active"] == len(held)
            assert sum(by_status.values()) == len(register)


def test_an_award_holds_through_the_day_on_which_it_ends() -> None:
    assert counts.last_day(datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)) == "2026-03-02"
    assert counts.last_day(datetime(2026, 3, 2, tzinfo=UTC)) == "2026-03-01"
    assert counts.last_day(None) == "9999-12-31"


def test_asking_costs_the_same_with_forty_times_the_awards() -> None:
    """Counted in the steps of SQLite's machine, which each row read takes some of."""
    few, many = (_steps_to_ask(number) for number in (250, 10_000))
    assert few == many


def _steps_to_ask(awards: int) -> list[int]:
    with _counting() as (connection, batch):
        for number in range(awards):
            day = str(FIRST + timedelta(days=number % 20))
            status = "revoked" if number % 9 == 0 else "active"
            counts.recount(batch, None, _award(number, status, day, people=awards // 2))
        batch.write()
        assert sum(counts.by_status(connection, "network", "", FIRST).values()) == awards
        asked = [
            lambda: counts.in_force_by_school_year(connection, FIRST),
            lambda: counts.in_force(connection, "network", "", FIRST),
            lambda: counts.by_status(connection, "campus", "campus-1", FIRST),
        ]
        return [_machine_steps(connection, ask) for ask in asked]


def _machine_steps(connection: Connection, ask: Any) -> int:
    ask()
    connection.execute(text("ANALYZE"))
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(step, 1)
    ask()
    driver.set_progress_handler(None, 1)
    assert steps > 50, "nothing was counted"
    return steps
