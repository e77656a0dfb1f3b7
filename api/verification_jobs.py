"""Verifications of many badges: what was found so far, for whoever has the address.

A job is a row, sealed under the secret of its address, and gone an hour after it began: whoever
keeps the server's files reads in them neither what was handed in nor whose it should be.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, select
from sqlalchemy.engine import Engine

from projections.database import writing
from projections.moments import moment

KEPT = timedelta(hours=1)
_SILENT = timedelta(seconds=90)
"""Without a word from whoever works on it, a job is given up."""

_tables = MetaData()
_jobs = Table(
    "verification_jobs",
    _tables,
    Column("id", String(64), primary_key=True),
    Column("begun", String(40), nullable=False, index=True),
    Column("worked", String(40), nullable=False),
    Column("box", LargeBinary, nullable=False),
)


@dataclass(frozen=True)
class Job:
    """``rows`` are what was handed in, in its order, each with what was found, once it was.

    ``stopped``: nobody works on it any more, though it is not done."""

    begun: datetime
    rows: tuple[dict[str, Any], ...]
    stopped: bool

    @property
    def done(self) -> int:
        return sum("verdict" in row for row in self.rows)

    @property
    def is_over(self) -> bool:
        return self.done == len(self.rows) or self.stopped


class VerificationJobs:
    """The jobs of one deployment."""

    def __init__(self, engine: Engine) -> None:
        """``engine`` is a database that no rebuild empties. The table is made if it is missing."""
        self._engine = engine
        _tables.create_all(engine)

    def begin(self, secret: str, rows: list[dict[str, Any]], now: datetime) -> None:
        """Keep a new one; those that are too old go."""
        old = _jobs.delete().where(_jobs.c.begun < moment(now - KEPT))
        row = {"id": _id(secret), "begun": moment(now), **_sealed(secret, rows, now)}
        with writing(self._engine) as connection:
            connection.execute(old)
            connection.execute(_jobs.insert().values(row))

    def save(self, secret: str, rows: list[dict[str, Any]], now: datetime) -> None:
        """Keep how far it is."""
        this = _jobs.c.id == _id(secret)
        with writing(self._engine) as connection:
            connection.execute(_jobs.update().where(this).values(**_sealed(secret, rows, now)))

    def find(self, secret: str, now: datetime) -> Job | None:
        """The one with that secret; None for none, or none any more."""
        query = select(_jobs).where(_jobs.c.id == _id(secret))
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or row.begun < moment(now - KEPT):
            return None
        rows = tuple(json.loads(_key(secret).decrypt(row.box)))
        return Job(
            datetime.fromisoformat(row.begun), rows, stopped=row.worked < moment(now - _SILENT)
        )


def _sealed(secret: str, rows: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    return {"worked": moment(now), "box": _key(secret).encrypt(json.dumps(rows).encode())}


def _id(secret: str) -> str:
    return sha256(b"id:" + secret.encode()).hexdigest()


def _key(secret: str) -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(b"key:" + secret.encode()).digest()))
