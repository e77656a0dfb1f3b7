"""How often somebody may try: by address typed in, in rows that all servers share; by where they
are, in each process.

An address that nobody has is counted like one that somebody has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Column, Integer, String, Table, select
from sqlalchemy.engine import Engine

from api.accounts.tables import tables, written
from projections.database import writing
from projections.transparency.rows import put

_failures = Table(
    "access_failures",
    tables,
    Column("account", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last", String(40), nullable=False, index=True),
    Column("until", String(40), nullable=False),
)

_FREE = 5
"""Failures after which it is locked, for a minute; each further one doubles that."""

_LONGEST = timedelta(hours=1)
_FORGOTTEN = timedelta(hours=24)
_FROM_ONE_PLACE = RateLimitItemPerMinute(30, 5)
_LETTERS_TO_ONE = RateLimitItemPerMinute(3, 60)


@dataclass(frozen=True)
class Failures:
    """Of one deployment. ``account`` below is a keyed digest of the address typed in."""

    engine: Engine
    places: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    def place_may_try(self, place: str) -> bool:
        """Whether somebody at that network address may try once more: 30 times in five minutes."""
        return self.places.hit(_FROM_ONE_PLACE, "try", place)

    def may_write_to(self, account: str) -> bool:
        """Whether a letter may go to an address because somebody asked for it: three an hour."""
        return self.places.hit(_LETTERS_TO_ONE, "letter", account)

    def locked_until(self, account: str, now: datetime) -> datetime | None:
        """Until when nothing is tried for that address; None where something may be."""
        with self.engine.connect() as connection:
            query = select(_failures.c.until).where(_failures.c.account == account)
            found = connection.scalar(query)
        until = datetime.fromisoformat(found) if found else now
        return until if until > now else None

    def count(self, account: str) -> int:
        """How many attempts failed since the last that did not."""
        with self.engine.connect() as connection:
            query = select(_failures.c.count).where(_failures.c.account == account)
            return connection.scalar(query) or 0

    def note(self, account: str, now: datetime) -> datetime | None:
        """One more failed; gives until when that locks it, if it does."""
        with writing(self.engine) as connection:
            old = written(now - _FORGOTTEN)
            connection.execute(_failures.delete().where(_failures.c.last < old))
            query = select(_failures.c.count).where(_failures.c.account == account)
            count = (connection.scalar(query) or 0) + 1
            beyond = count - _FREE
            pause = min(timedelta(minutes=2 ** min(beyond, 10)), _LONGEST) if beyond >= 0 else None
            until = now + pause if pause else now
            values = {"count": count, "last": written(now), "until": written(until)}
            put(connection, _failures, {"account": account}, values)
        return until if pause else None

    def clear(self, account: str) -> None:
        """One did not fail."""
        with writing(self.engine) as connection:
            connection.execute(_failures.delete().where(_failures.c.account == account))
