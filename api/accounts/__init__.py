"""How people let themselves in: sessions, and what else of it is no event."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from uuid import UUID

from sqlalchemy.engine import Engine

from api.accounts.failures import Failures
from api.accounts.sessions import Sessions
from api.accounts.stamps import Stamps
from api.accounts.tables import letters as letter_rows  # a module here is called letters, too
from api.accounts.tables import tables
from api.settings import Settings
from projections.database import connect, writing

__all__ = ["Accounts"]


@dataclass(frozen=True)
class Accounts:
    """The rows of one deployment."""

    engine: Engine
    sessions: Sessions
    stamps: Stamps
    failures: Failures

    @classmethod
    def open(cls, settings: Settings, secret: bytes) -> Self:
        """Tables that are missing are made. ``secret`` is the deployment's."""
        engine = connect(settings.access_url, durable=True)
        tables.create_all(engine)
        idle = timedelta(minutes=settings.session_idle_minutes)
        return cls(
            engine,
            Sessions(engine, idle, timedelta(hours=settings.session_hours)),
            Stamps(engine, hmac.digest(secret, b"testamur:stamps", "sha256")),
            Failures(engine),
        )

    def forget(self, person: UUID) -> None:
        """Let go of everything that is kept here of a person."""
        self.sessions.end_all(person)
        with writing(self.engine) as connection:
            mine = letter_rows.c.person == str(person)
            connection.execute(letter_rows.delete().where(mine))

    def close(self) -> None:
        self.engine.dispose()
