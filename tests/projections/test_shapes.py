"""A read model whose shape changed is made again beside the old one, by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, UniqueConstraint, inspect

from ledger.awards import Award
from projections import Batch, Follower, Views
from projections.awards import profiles, register
from projections.database import writing
from projections.engine import BehindTheLedger
from projections.projection import Projection
from tests.projections.ledger_world import PROJECTIONS, Ledger, broken, until

_AWARDS = register.PROJECTION
_OTHERS = tuple(p for p in PROJECTIONS if p is not _AWARDS)


def _newer(version: int = 2) -> Projection:
    """The award register as a later version of the software has it: one table, other columns."""
    table = Table(
        "view_awards",
        MetaData(),
        Column("id", String(36), primary_key=True),
        Column("place", Integer, nullable=False, index=True),
        Column("holder", String(36), nullable=False, unique=True),
        Index("view_awards_place", "place", "holder"),
    )

    def issued(batch: Batch, event: Award.Issued, position: int) -> None:
        batch.add(
            table, id=str(event.originator_id), place=position, holder=str(event.originator_id)
        )

    return Projection("awards", [table], {Award.Issued: issued}, version)


@contextmanager
def _opened(ledger: Ledger, *projections: Projection) -> Iterator[Views]:
    views = Views(ledger.views_url, ledger.store, projections)
    yield views
    views.close()


def _table_names(views: Views) -> set[str]:
    with views.reading() as connection:
        return {n for n in inspect(connection).get_table_names() if n.startswith("view_")}


def _own(*projections: Projection) -> set[str]:
    return {table.name for projection in projections for table in projection.tables}


def _rows(views: Views, projection: Projection) -> list[Any]:
    (table,) = projection.tables
    with views.reading("awards") as connection:
        return list(connection.execute(table.select().order_by("place")))


def test_other_columns_are_made_beside_and_take_the_place(stored_ledger: Ledger) -> None:
    award = stored_ledger.award()
    stored_ledger.views.catch_up()
    newer = _newer(version=1)  # its author forgot the version
    with _opened(stored_ledger, *_OTHERS, newer) as views:
        with pytest.raises(BehindTheLedger, match="is being rebuilt"), views.reading("awards"):
            pass
        with pytest.raises(BehindTheLedger, match="is being rebuilt"):
            views.must_follow("awards")
        with views.reading("profiles", "submissions", "persons"):
            pass
        assert {s.name for s in views.states() if s.is_rebuilt} == {"awards"}
        with Follower(views, stored_ledger.store, every=0.05):
            until(lambda: views.lag() == 0 and not any(s.is_rebuilt for s in views.states()))
            another = stored_ledger.award(stored_ledger.person("educator", stored_ledger.oak))
            assert [row.id for row in _rows(views, newer)] == [str(award), str(another)]
        assert _table_names(views) == _own(*_OTHERS, newer)
        with views.reading() as connection:
            names = {index["name"] for index in inspect(connection).get_indexes("view_awards")}
            unique = inspect(connection).get_unique_constraints("view_awards")
        assert {"ix_view_awards_place", "view_awards_place"} <= names
        assert [each["column_names"] for each in unique] == [["holder"]]
        before = views.digest("awards")
        views.rebuild("awards")  # again, under the names of the first time
        assert views.digest("awards") == before
    with _opened(stored_ledger, *PROJECTIONS) as views:  # and back to the older software
        views.catch_up()
        with views.reading("awards") as connection:
            assert register.by_id(connection, str(award)) is not None
        assert _table_names(views) == _own(*PROJECTIONS)


def test_a_higher_version_alone_is_enough(ledger: Ledger) -> None:
    ledger.award()
    ledger.views.catch_up()
    rebuilt = replace(_AWARDS, version=_AWARDS.version + 1)
    with writing(ledger.views._engine) as connection:
        connection.execute(register.awards.update().values(status="wrong"))
    with _opened(ledger, *_OTHERS, rebuilt) as views:
        views.catch_up()
        with views.reading("awards") as connection:
            (row,) = connection.execute(register.awards.select())
            assert row.status == "active"


def test_every_change_of_a_column_changes_the_shape() -> None:
    def shape(*items: Any) -> str:
        key = Column("id", String(36), primary_key=True)
        return Projection("x", [Table("view_x", MetaData(), key, *items)], {}).shape()

    shapes = [
        shape(),
        shape(Column("a", Integer)),
        shape(Column("b", Integer)),
        shape(Column("a", String(10))),
        shape(Column("a", String(20))),
        shape(Column("a", Integer, nullable=False)),
        shape(Column("a", Integer, primary_key=True)),
        shape(Column("a", Integer, index=True)),
        shape(Column("a", Integer), UniqueConstraint("a")),
        shape(Column("a", Integer), Column("b", Integer)),
    ]
    assert len(set(shapes)) == len(shapes)
    assert shape(Column("a", Integer)) == shape(Column("a", Integer))


def test_a_rebuild_that_was_interrupted_goes_on(
    stored_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        stored_ledger.award(stored_ledger.person("educator", stored_ledger.oak))
    stored_ledger.views.catch_up()
    newer = _newer()
    half = stored_ledger.store.position() // 2
    with _opened(stored_ledger, *_OTHERS, newer) as views:
        views.catch_up(until=half)  # and here it ends
    with _opened(stored_ledger, *_OTHERS, newer) as views:
        (state,) = [s for s in views.states() if s.is_rebuilt]
        assert state.position == half
        stored_ledger.award(stored_ledger.person("educator", stored_ledger.oak))
        views.catch_up()
        assert len(_rows(views, newer)) == 4
        whole = views.digest("awards")
        views.rebuild("awards")
        assert views.digest("awards") == whole


def test_a_swap_that_is_interrupted_leaves_the_old_one(
    stored_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_ledger.award()
    stored_ledger.views.catch_up()
    before = stored_ledger.views.digest("awards")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(Index, "create", fails)  # after the tables were renamed
        with pytest.raises(BehindTheLedger):
            stored_ledger.views.rebuild("awards")
    assert stored_ledger.views.digest("awards") == before
    with stored_ledger.views.reading("awards"):
        pass
    stored_ledger.views.retry()
    stored_ledger.views.catch_up()
    assert stored_ledger.views.digest("awards") == before
    assert _table_names(stored_ledger.views) == _own(*PROJECTIONS)


def test_many_processes_rebuild_at_once(stored_ledger: Ledger) -> None:
    for _ in range(3):
        stored_ledger.award(stored_ledger.person("educator", stored_ledger.oak))
    stored_ledger.views.catch_up()
    newer = _newer()

    def opens(_: int) -> int:
        with _opened(stored_ledger, *_OTHERS, newer) as views:
            views.catch_up()
            return len(_rows(views, newer))

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(opens, range(3))) == [3, 3, 3]


def test_who_reads_while_it_is_rebuilt_misses_nothing(stored_ledger: Ledger) -> None:
    award = str(stored_ledger.award())
    views = stored_ledger.views
    views.catch_up()
    ended: list[bool] = []

    def reads() -> int:
        read = 0
        while not ended:
            with views.reading("awards", "profiles") as connection:
                assert register.by_id(connection, award) is not None
                assert profiles.of(connection, str(stored_ledger.educator.person)) is not None
                read += 1
        return read

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(reads) for _ in range(2)]
        try:
            for _ in range(4):
                for name in ("awards", "profiles"):
                    with contextlib.suppress(BehindTheLedger):  # a swap gives way to readers
                        views.rebuild(name)
        finally:
            ended.append(True)
        assert all(reader.result() > 0 for reader in readers)
    views.retry()
    views.catch_up()
    assert not any(state.is_rebuilt or state.fault for state in views.states())


def test_software_of_another_shape_leaves_what_it_does_not_know_alone(
    stored_ledger: Ledger,
) -> None:
    """An older server still runs while a newer one starts."""
    older = stored_ledger.views
    older.catch_up()
    newer = _newer()
    with _opened(stored_ledger, *_OTHERS, newer) as views:
        views.catch_up()
        award = stored_ledger.award()
        older.catch_up()
        with pytest.raises(BehindTheLedger, match="another version"), older.reading("awards"):
            pass
        with older.reading("profiles") as connection:
            assert profiles.of(connection, str(stored_ledger.educator.person)) is not None
        views.catch_up()
        assert [row.id for row in _rows(views, newer)] == [str(award)]


def test_names_that_disappeared_are_cleared(stored_ledger: Ledger) -> None:
    stored_ledger.award()
    stored_ledger.views.catch_up()
    renamed = replace(_AWARDS, name="register")
    with _opened(stored_ledger, *_OTHERS, renamed) as views:
        with views.reading() as connection:
            assert "awards" not in views.positions(connection)
        views.catch_up()
        with views.reading("register") as connection:
            assert connection.execute(register.awards.select()).first() is not None
    with _opened(stored_ledger, *_OTHERS) as views:
        assert _table_names(views) == _own(*_OTHERS)
        assert min(s.position for s in views.states()) > 0


def test_a_database_that_was_deleted_comes_back(ledger: Ledger) -> None:
    ledger.award()
    ledger.views.catch_up()
    before = {name: ledger.views.digest(name) for name in ledger.views.names}
    url = ledger.views_url.replace("views.db", "new.db")
    views = Views(url, ledger.store, PROJECTIONS)
    with Follower(views, ledger.store, every=0.05), views.reading(*views.names):
        assert {name: views.digest(name) for name in views.names} == before
    views.close()


def test_a_database_that_is_deleted_while_it_is_followed_comes_back(ledger: Ledger) -> None:
    award = ledger.award()
    ledger.views.catch_up()
    before = {name: ledger.views.digest(name) for name in ledger.views.names}
    home = Path(ledger.views_url.removeprefix("sqlite:///")).parent
    with Follower(ledger.views, ledger.store, every=0.05):
        for file in home.glob("views.db*"):
            file.unlink()
        for _ in range(100):  # whoever asks is told the truth or to come again
            try:
                with ledger.views.reading("awards") as connection:
                    assert register.by_id(connection, str(award)) is not None
            except BehindTheLedger:
                continue
        until(lambda: (home / "views.db").exists() and ledger.views.lag() == 0)
    assert {name: ledger.views.digest(name) for name in ledger.views.names} == before


def test_a_broken_rebuild_leaves_the_old_one_to_be_asked(stored_ledger: Ledger) -> None:
    stored_ledger.award()
    views = stored_ledger.views
    views.catch_up()
    before = views.digest("profiles")
    with broken(stored_ledger, "profiles"), pytest.raises(BehindTheLedger):
        views.rebuild("profiles")
    with views.reading("profiles"):
        assert views.digest("profiles") == before
    views.retry()
    views.catch_up()
    assert views.digest("profiles") == before


def test_a_table_that_is_named_otherwise_is_refused() -> None:
    table = Table("testamur_events", MetaData(), Column("id", Integer, primary_key=True))
    with pytest.raises(ValueError, match="does not begin with view_"):
        Projection("events", [table], {})
