"""How the databases of this room are opened, on either engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine

PATIENCE = 15.0
"""Seconds that a transaction waits for another one that writes the same."""


def connect(url: str, durable: bool = False) -> Engine:
    """An engine for read models, which may lose their last rows in a power cut and project them
    again; ``durable`` for what may lose nothing."""
    engine = create_engine(url, hide_parameters=True)  # no personal value in an error
    if engine.dialect.name == "sqlite":
        synchronous = "FULL" if durable else "NORMAL"

        def set_up(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # so that BEGIN below is the only one
            connection.execute(f"PRAGMA busy_timeout={_milliseconds(PATIENCE)}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={synchronous}")

        event.listen(engine, "connect", set_up)
        event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def writing(engine: Engine, seconds: float = PATIENCE) -> Iterator[Connection]:
    """A transaction that writes: on SQLite such wait for one another instead of failing at their
    first write. Raises OperationalError when others write the same for longer than ``seconds``."""
    with engine.execution_options(writes=True, patience=seconds).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_milliseconds(seconds)}")
        yield connection


def file_of(engine: Engine) -> Path | None:
    """The file of an SQLite database; None for another one."""
    database = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(database) if database and database != ":memory:" else None


def inode(file: Path | None) -> int:
    """Which file it is; 0 for none."""
    try:
        return file.stat().st_ino if file is not None else 0
    except OSError:
        return 0


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    patience = _milliseconds(options.get("patience", PATIENCE))
    connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


def _milliseconds(seconds: float) -> int:
    """At least one: none at all would mean for ever."""
    return max(int(seconds * 1000), 1)
