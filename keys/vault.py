"""The vault of data keys: one for each person, so that one person can be forgotten.

Personal data enters events only as :class:`Sealed`: AES-256-GCM under the person's own data
key, bound to the field that holds it. Destroying the key erases the person from every event,
while stored bytes, hashes and replay stay as they are. The keys are wrapped by the key
store's secret and live in a database of their own, so that a restored ledger backup cannot
bring a destroyed key back.

A key that was destroyed leaves its row; a key that is missing without one was lost. The first
is an erasure, the second a fault, and they are never answered alike.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    select,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from keys.errors import KeyLost, KeyNotFound, KeysError

_NONCE = 12
_PROBE_FIELD = "vault.probe"
_tables = MetaData()
_data_keys = Table(
    "data_keys",
    _tables,
    Column("subject", String(36), primary_key=True),
    Column("wrapped", LargeBinary, nullable=True),  # null: destroyed, and never made again
)
_wrapped_key = select(_data_keys.c.wrapped).where(_data_keys.c.subject == bindparam("person"))


@dataclass(frozen=True)
class Sealed:
    """A personal value under its subject's data key.

    ``field`` says what it is ("person.name") and is authenticated with the value, so that
    one sealed value cannot stand in for another. ``box`` is base64 of nonce ‖ ciphertext.
    """

    subject: UUID
    field: str
    box: str


class Vault:
    """Makes, uses and destroys data keys. Open one for each process."""

    def __init__(self, url: str, secret: bytes) -> None:
        """``url`` is an SQLAlchemy database URL; ``secret`` 32 bytes that wrap the keys.

        Opens what :meth:`make` made, and makes nothing.
        """
        self._wrap = AESGCM(secret)
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _overwrite_what_is_deleted)

    @classmethod
    def make(cls, url: str, secret: bytes) -> Vault:
        """A vault at ``url``, empty unless it was begun before."""
        vault = cls(url, secret)
        _tables.create_all(vault._engine)
        return vault

    def probe(self) -> Sealed:
        """A value under a key of the vault's own, by which it is known again: its subject is the
        vault's id, which is drawn now."""
        vault = uuid4()
        self.create(vault)
        return self.seal(vault, _PROBE_FIELD, vault.bytes)

    def recognise(self, probe: Sealed) -> None:
        """Raises KeysError unless this is the vault that the probe was made by, with its secret."""
        try:
            opened = self.open(probe)
        except KeyLost:
            raise KeysError("this is the vault of another ledger, or an empty one") from None
        except InvalidTag:
            raise KeysError("the vault does not open with the secret in the key file") from None
        except SQLAlchemyError as error:
            raise KeysError(f"the vault cannot be read: {_first_line(error)}") from None
        if (probe.field, opened) != (_PROBE_FIELD, probe.subject.bytes):
            raise KeysError("the vault does not open what it sealed when it was founded")

    @property
    def engine(self) -> Engine:
        """The database, for health checks and for closing."""
        return self._engine

    def create(self, subject: UUID) -> None:
        """Make the data key of ``subject``. Raises KeysError if it has, or had, one."""
        aad = subject.bytes
        nonce = os.urandom(_NONCE)
        wrapped = nonce + self._wrap.encrypt(nonce, AESGCM.generate_key(256), aad)
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    _data_keys.insert().values(subject=str(subject), wrapped=wrapped)
                )
        except IntegrityError:
            raise KeysError(f"{subject} has, or had, a data key") from None

    def seal(self, subject: UUID, field: str, value: bytes) -> Sealed:
        """Encrypt ``value`` for ``subject``. Raises KeyNotFound when the person is erased, KeyLost
        when the vault does not know them."""
        key = self._key(subject)
        if key is None:
            raise KeyNotFound(f"the data key of {subject} was destroyed")
        nonce = os.urandom(_NONCE)
        box = nonce + AESGCM(key).encrypt(nonce, value, _aad(subject, field))
        return Sealed(subject, field, base64.b64encode(box).decode())

    def open(self, sealed: Sealed) -> bytes | None:
        """The value, or None when the person was erased.

        Raises KeyLost when the vault does not know the person at all, cryptography's InvalidTag
        if the box was altered or stands in another field.
        """
        key = self._key(sealed.subject)
        if key is None:
            return None
        box = base64.b64decode(sealed.box)
        aad = _aad(sealed.subject, sealed.field)
        return AESGCM(key).decrypt(box[:_NONCE], box[_NONCE:], aad)

    def destroy(self, subject: UUID) -> None:
        """Erase ``subject``: overwrite the data key for good, and remember that. Does nothing a
        second time."""
        this = _data_keys.c.subject == str(subject)
        with self._engine.begin() as connection:
            changed = connection.execute(_data_keys.update().where(this).values(wrapped=None))
            if changed.rowcount == 0:
                connection.execute(_data_keys.insert().values(subject=str(subject), wrapped=None))

    def _key(self, subject: UUID) -> bytes | None:
        with self._engine.connect() as connection:
            row = connection.execute(_wrapped_key, {"person": str(subject)}).one_or_none()
        if row is None:
            raise KeyLost(
                f"the vault has no data key of {subject} and never destroyed one; restore it"
            )
        wrapped: bytes | None = row.wrapped
        if wrapped is None:
            return None
        return self._wrap.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], subject.bytes)


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).partition("\n")[0]


def _aad(subject: UUID, field: str) -> bytes:
    return subject.bytes + field.encode()


def _overwrite_what_is_deleted(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
