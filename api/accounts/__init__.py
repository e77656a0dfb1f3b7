"""How people let themselves in: sessions, and what else of it is no event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from sqlalchemy.engine import Engine

from api.accounts.sessions import Sessions
from api.accounts.tables import tables
from api.settings import Settings
from projections.database import connect

__all__ = ["Accounts"]


@dataclass(frozen=True)
class Accounts:
    """The rows of one deployment."""

    engine: Engine
    sessions: Sessions

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Tables that are missing are made."""
        engine = connect(settings.access_url, durable=True)
        tables.create_all(engine)
        idle = timedelta(minutes=settings.session_idle_minutes)
        return cls(engine, Sessions(engine, idle, timedelta(hours=settings.session_hours)))

    def close(self) -> None:
        self.engine.dispose()
