"""Stamps: what a page gives a browser to hand back, such as a passkey's challenge, or that a
password was right. Signed, for one purpose, for a while, and where it matters used once."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, LargeBinary, String, Table
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from api.accounts.tables import tables, written
from projections.database import writing

_used = Table(
    "access_used",
    tables,
    Column("digest", LargeBinary, primary_key=True),
    Column("ends", String(40), nullable=False, index=True),
)


@dataclass(frozen=True)
class Stamps:
    """Of one deployment; ``secret`` is known to all its servers and to nobody else."""

    engine: Engine
    secret: bytes

    def make(self, purpose: str, values: dict[str, Any], ends: datetime, browser: str) -> str:
        """A stamp that only that browser, known by its form token, can hand back until ``ends``."""
        said = {**values, "_ends": ends.timestamp(), "_once": secrets.token_urlsafe(16)}
        text = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
        return f"{text}.{self._sign(purpose, text, browser)}"

    def read(self, purpose: str, stamp: str, now: datetime, browser: str) -> dict[str, Any] | None:
        """What a stamp says; None for one that is not ours, of another purpose or browser, or too
        old."""
        text, _, signature = stamp.rpartition(".")
        wanted = self._sign(purpose, text, browser)
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), wanted.encode()):
            return None
        try:
            said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text))
        except (binascii.Error, ValueError):
            return None
        return said if now.timestamp() < said["_ends"] else None

    def use(self, what: str, now: datetime, ends: datetime) -> bool:
        """Use something up that counts once, such as a stamp or a one-time code; False where it was
        used before. It is remembered until ``ends``, when it is worth nothing anyway."""
        row = {"digest": sha256(what.encode()).digest(), "ends": written(ends)}
        with writing(self.engine) as connection:
            connection.execute(_used.delete().where(_used.c.ends < written(now)))
        try:
            with writing(self.engine) as connection:
                connection.execute(_used.insert().values(row))
        except IntegrityError:
            return False
        return True

    def digest_of(self, purpose: str, text: str) -> str:
        """A keyed digest of a text, such as an address, which says nothing to who lacks the key."""
        return self._sign(purpose, text, "")

    def _sign(self, purpose: str, text: str, browser: str) -> str:
        said = json.dumps([purpose, text, browser]).encode()
        return hmac.new(self.secret, b"testamur:stamp:" + said, "sha256").hexdigest()


A_WHILE = timedelta(minutes=10)
"""How long a step of signing in may take."""
