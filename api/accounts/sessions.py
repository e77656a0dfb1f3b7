"""Sessions: who is signed in, in which browser, acting in which role. Rows, no events.

A row knows of the cookie's secret only the SHA-256. It lies in a database that loses nothing and
that no rebuild drops; were it lost, everybody signs in again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, LargeBinary, Row, String, Table, or_, select
from sqlalchemy.engine import Engine

from api.accounts.tables import tables, written
from ledger.context import Caller
from projections.database import writing

_sessions = Table(
    "access_sessions",
    tables,
    Column("id", String(36), primary_key=True),
    Column("secret", LargeBinary, nullable=False, unique=True),
    Column("person", String(36), nullable=False, index=True),
    Column("role", String(40), nullable=False),
    Column("unit", String(36), nullable=False),
    Column("how", String(40), nullable=False),
    Column("begun", String(40), nullable=False),
    Column("signed_in", String(40), nullable=False),
    Column("seen", String(40), nullable=False, index=True),
    Column("ends", String(40), nullable=False, index=True),
    Column("agent", String(80), nullable=False),
    Column("address", String(80), nullable=False),
)

_SEEN_AGAIN = timedelta(minutes=1)
"""How exactly a row knows when its browser was last seen: a page writes nothing more often."""

_MOST = 30
"""Sessions of one person; the oldest gives way."""


@dataclass(frozen=True)
class Browser:
    """Where somebody signs in from, as coarse as the list of sessions shows it: "Firefox, Linux"
    and "203.0.113.*"."""

    agent: str
    address: str


@dataclass(frozen=True)
class Session:
    """One browser in which a person is signed in, acting in ``role`` within ``unit``.

    ``how`` says by what they signed in; ``signed_in`` when they last showed that it is them."""

    id: UUID
    person: UUID
    role: str
    unit: UUID
    how: str
    begun: datetime
    signed_in: datetime
    seen: datetime
    ends: datetime
    browser: Browser

    @property
    def caller(self) -> Caller:
        """Who its requests come from; whether they hold the role still is asked elsewhere."""
        return Caller(self.person, self.role, self.unit)


class Sessions:
    """The rows. ``idle`` is how long a session lasts unused, ``longest`` how long at all."""

    def __init__(self, engine: Engine, idle: timedelta, longest: timedelta) -> None:
        self._engine = engine
        self._idle = idle
        self._longest = longest

    def begin(self, caller: Caller, how: str, browser: Browser, now: datetime) -> str:
        """Somebody signed in: gives the secret for their cookie, which nothing else knows."""
        secret = secrets.token_urlsafe(32)
        at = written(now)
        with writing(self._engine) as connection:
            connection.execute(_sessions.delete().where(self._over(now)))
            connection.execute(
                _sessions.insert().values(
                    id=str(uuid4()),
                    secret=_digest(secret),
                    person=str(caller.person),
                    role=caller.role,
                    unit=str(caller.unit),
                    how=how,
                    begun=at,
                    signed_in=at,
                    seen=at,
                    ends=written(now + self._longest),
                    agent=browser.agent[:80],
                    address=browser.address[:80],
                )
            )
            of_person = select(_sessions.c.id).where(_sessions.c.person == str(caller.person))
            newest_first = of_person.order_by(_sessions.c.begun.desc(), _sessions.c.id)
            for old in connection.scalars(newest_first.offset(_MOST)).all():
                connection.execute(_sessions.delete().where(_sessions.c.id == old))
        return secret

    def find(self, secret: str, now: datetime) -> Session | None:
        """The session of a cookie; None for one that is nobody's, or over."""
        this = _sessions.c.secret == _digest(secret)
        with self._engine.connect() as connection:
            row = connection.execute(select(_sessions).where(this)).one_or_none()
        if row is None:
            return None
        session = _read(row)
        if now >= min(session.ends, session.seen + self._idle):
            return None
        if now - session.seen >= _SEEN_AGAIN:
            with writing(self._engine) as connection:
                connection.execute(_sessions.update().where(this).values(seen=written(now)))
        return session

    def act_as(self, session: Session, role: str, unit: UUID) -> str | None:
        """Let it act in another role from now on; gives the new secret, and the old is worth
        nothing. None where it was ended meanwhile."""
        return self._renew(session, role=role, unit=str(unit))

    def showed_again(self, session: Session, how: str, now: datetime) -> str | None:
        """The person showed once more that it is them: the same, with a new secret."""
        return self._renew(session, how=how, signed_in=written(now))

    def of(self, person: UUID, now: datetime) -> list[Session]:
        """A person's sessions, the one last seen first."""
        query = select(_sessions).where(_sessions.c.person == str(person), ~self._over(now))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_sessions.c.seen.desc(), _sessions.c.id))
            return [_read(row) for row in rows]

    def end(self, person: UUID, session: UUID) -> bool:
        """End one of a person's sessions; False where they have no such."""
        this = (_sessions.c.id == str(session), _sessions.c.person == str(person))
        with writing(self._engine) as connection:
            return connection.execute(_sessions.delete().where(*this)).rowcount > 0

    def end_all(self, person: UUID, but: Sequence[UUID] = (), how: str = "") -> int:
        """End all of a person's sessions, or all but some, or all that began by ``how``; gives how
        many."""
        of_person = _sessions.delete().where(_sessions.c.person == str(person))
        if how:
            of_person = of_person.where(_sessions.c.how == how)
        kept = [str(session) for session in but]
        with writing(self._engine) as connection:
            return connection.execute(of_person.where(_sessions.c.id.not_in(kept))).rowcount

    def _renew(self, session: Session, **values: str) -> str | None:
        secret = secrets.token_urlsafe(32)
        this = _sessions.c.id == str(session.id)
        with writing(self._engine) as connection:
            changed = connection.execute(
                _sessions.update().where(this).values(secret=_digest(secret), **values)
            )
        return secret if changed.rowcount else None

    def _over(self, now: datetime) -> Any:
        idle_since = written(now - self._idle)
        return or_(_sessions.c.ends <= written(now), _sessions.c.seen <= idle_since)


def _read(row: Row[Any]) -> Session:
    return Session(
        id=UUID(row.id),
        person=UUID(row.person),
        role=row.role,
        unit=UUID(row.unit),
        how=row.how,
        begun=datetime.fromisoformat(row.begun),
        signed_in=datetime.fromisoformat(row.signed_in),
        seen=datetime.fromisoformat(row.seen),
        ends=datetime.fromisoformat(row.ends),
        browser=Browser(row.agent, row.address),
    )


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()
