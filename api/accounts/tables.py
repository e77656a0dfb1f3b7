"""Rows of how people let themselves in, which lie in a database that loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

tables = MetaData()
"""Of all files of this package."""

letters = Table(
    "access_letters",
    tables,
    Column("cause", String(100), primary_key=True),
    Column("person", String(36), nullable=False, index=True),
    Column("words", Text, nullable=False),
    Column("made", String(40), nullable=False),
    Column("due", String(40), nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("error", String(100), nullable=False),
)
"""What is to be sent by mail: ``words`` are sealed for its ``person``."""


def written(at: datetime) -> str:
    """A time as text that sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
