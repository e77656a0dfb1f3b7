"""A batch writes what the same changes one by one would have written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, event, select

from projections import Batch
from projections.database import connect

shelf = MetaData()
books = Table(
    "books",
    shelf,
    Column("room", String(4), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("title", String(20), nullable=True),
)

_Key = tuple[str, int]
keys = st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 3))
changes = st.lists(
    st.tuples(
        st.sampled_from(["put", "remove", "write", "rename all"]), keys, st.text("xy", max_size=2)
    ),
    max_size=25,
)


def _empty() -> Connection:
    engine = connect("sqlite://")
    shelf.create_all(engine)
    return engine.connect()


def _rows(connection: Connection) -> dict[_Key, Any]:
    return {(row.room, row.number): row.title for row in connection.execute(select(books))}


@given(changes)
def test_any_changes_end_in_the_same_rows(steps: list[tuple[str, _Key, str]]) -> None:
    with _empty() as connection:
        batch = Batch(connection)
        expected: dict[_Key, str] = {}
        for what, key, title in steps:
            if what == "put":
                row = batch.get(books, *key)
                if row is None:
                    row = batch.add(books, room=key[0], number=key[1])
                row["title"] = title
                expected[key] = title
            elif what == "remove":
                batch.remove(books, *key)
                expected.pop(key, None)
            elif what == "write":
                batch.write()
            else:
                for row in batch.matching(books, room=key[0]):
                    row["title"] = title
                expected |= {k: title for k in expected if k[0] == key[0]}
        batch.write()
        assert _rows(connection) == expected


def test_changes_of_one_row_are_one_statement_and_rows_of_a_table_another() -> None:
    with _empty() as connection:
        sent: list[tuple[str, bool]] = []

        def watch(_c: Any, _cursor: Any, statement: str, _p: Any, _x: Any, many: bool) -> None:
            sent.append((statement.split()[0], many))

        connection.begin()
        batch = Batch(connection)
        event.listen(connection.engine, "before_cursor_execute", watch)
        for number in range(200):
            batch.add(books, room="a", number=number, title="new")
        for number in range(200):
            batch.one(books, "a", number)["title"] = "changed"
        batch.write()
        assert sent == [("INSERT", True)]
        batch.write()
        assert len(sent) == 1, "what is written is not written again"


def test_a_second_row_of_one_key_and_a_row_that_is_not_there_are_refused() -> None:
    with _empty() as connection:
        batch = Batch(connection)
        batch.add(books, room="a", number=1)
        with pytest.raises(ValueError, match="already"):
            batch.add(books, room="a", number=1)
        with pytest.raises(LookupError):
            batch.one(books, "a", 2)
