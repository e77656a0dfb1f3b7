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
import hmac
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
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
    Text,
    bindparam,
    create_engine,
    event,
    select,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from keys.errors import KeyLost, KeyNotFound, KeysError
from keys.pieces import PieceSeal

_NONCE = 12
_AT_ONCE = 500
"""Keys that one query asks for."""

_PROBE_FIELD = "vault.probe"
_tables = MetaData()
_data_keys = Table(
    "data_keys",
    _tables,
    Column("subject", String(36), primary_key=True),
    Column("wrapped", LargeBinary, nullable=True),  # null: destroyed, and never made again
)
_addresses = Table(
    "addresses",
    _tables,
    Column("digest", LargeBinary, primary_key=True),
    Column("subject", String(36), nullable=False, index=True),
)
_secrets = Table(
    "secrets",
    _tables,
    Column("subject", String(36), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("box", Text, nullable=False),
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
        self._secret = secret
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
        return AESGCM(key).decrypt(*_parts(sealed), _aad(sealed.subject, sealed.field))

    def open_all(self, sealed: Sequence[Sealed]) -> list[bytes | None]:
        """The values in their order, as :meth:`open` gives each, with one look at the keys for
        hundreds of them. Raises KeyLost, InvalidTag."""
        keys = self._keys({each.subject for each in sealed})
        return [
            None
            if (key := keys[each.subject]) is None
            else AESGCM(key).decrypt(*_parts(each), _aad(each.subject, each.field))
            for each in sealed
        ]

    def holder_of(self, address: str) -> UUID | None:
        """Whose address it is; None for nobody's."""
        with self._engine.connect() as connection:
            query = select(_addresses.c.subject).where(_addresses.c.digest == self._digest(address))
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else UUID(found)

    def pieces(self, subject: UUID, field: str, header: bytes) -> PieceSeal | None:
        """What seals and opens the pieces of a large file; None when the person was erased.

        Raises KeyLost when the vault does not know the person, KeysError for what is no header.
        """
        key = self._key(subject)
        return None if key is None else PieceSeal(key, subject, field, header)

    def claim_address(self, address: str, subject: UUID) -> UUID:
        """Let an address be ``subject``'s; gives whose it is, which may be somebody else's already.

        Kept as a keyed digest, which says nothing to whoever lacks the vault's secret, and only
        until the person is erased.
        """
        return self._claim(self._digest(address), subject)

    def claim_identity(self, issuer: str, name: str, subject: UUID) -> UUID:
        """Let what another provider knows as ``name`` be ``subject``'s; gives whose it is. Kept as
        addresses are."""
        return self._claim(self._identity(issuer, name), subject)

    def holder_of_identity(self, issuer: str, name: str) -> UUID | None:
        """Who it is that another provider knows as ``name``; None for nobody."""
        return self._holder(self._identity(issuer, name))

    def drop_identity(self, issuer: str, name: str) -> None:
        """Let it be nobody's."""
        this = _addresses.c.digest == self._identity(issuer, name)
        with self._engine.begin() as connection:
            connection.execute(_addresses.delete().where(this))

    def keep(self, subject: UUID, name: str, value: bytes) -> None:
        """Keep a secret of a person's under a name, in the place of one that is there: what changes
        and must not stay for ever, as a sealed value in the log does.

        Raises KeyNotFound when the person is erased, KeyLost when the vault does not know them.
        """
        sealed = self.seal(subject, f"secret.{name}", value)
        this = (_secrets.c.subject == str(subject), _secrets.c.name == name)
        row = {"subject": str(subject), "name": name, "box": sealed.box}
        with self._engine.begin() as connection:
            connection.execute(_secrets.delete().where(*this))
            connection.execute(_secrets.insert().values(row))

    def kept(self, subject: UUID, name: str) -> bytes | None:
        """A person's secret; None where there is none, or they were erased."""
        this = (_secrets.c.subject == str(subject), _secrets.c.name == name)
        with self._engine.connect() as connection:
            box = connection.scalar(select(_secrets.c.box).where(*this))
        return None if box is None else self.open(Sealed(subject, f"secret.{name}", box))

    def drop(self, subject: UUID, name: str) -> None:
        """Keep a secret no longer."""
        this = (_secrets.c.subject == str(subject), _secrets.c.name == name)
        with self._engine.begin() as connection:
            connection.execute(_secrets.delete().where(*this))

    def pass_address(self, address: str, subject: UUID) -> None:
        """Let an address be ``subject``'s from now on, whosever it was."""
        with self._engine.begin() as connection:
            connection.execute(
                _addresses.update()
                .where(_addresses.c.digest == self._digest(address))
                .values(subject=str(subject))
            )

    def destroy(self, subject: UUID) -> None:
        """Erase ``subject``: overwrite the data key for good, and remember that. Does nothing a
        second time."""
        this = _data_keys.c.subject == str(subject)
        with self._engine.begin() as connection:
            changed = connection.execute(_data_keys.update().where(this).values(wrapped=None))
            if changed.rowcount == 0:
                connection.execute(_data_keys.insert().values(subject=str(subject), wrapped=None))
            for table in (_addresses, _secrets):
                connection.execute(table.delete().where(table.c.subject == str(subject)))

    def _claim(self, digest: bytes, subject: UUID) -> UUID:
        with suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(_addresses.insert().values(digest=digest, subject=str(subject)))
        with self._engine.connect() as connection:
            query = select(_addresses.c.subject).where(_addresses.c.digest == digest)
            return UUID(connection.execute(query).scalar_one())

    def _holder(self, digest: bytes) -> UUID | None:
        with self._engine.connect() as connection:
            query = select(_addresses.c.subject).where(_addresses.c.digest == digest)
            found = connection.scalar(query)
        return None if found is None else UUID(found)

    def _identity(self, issuer: str, name: str) -> bytes:
        written = b"testamur:identity:" + json.dumps([issuer, name]).encode()
        return hmac.digest(self._secret, written, "sha256")

    def _digest(self, address: str) -> bytes:
        local, _, domain = address.strip().rpartition("@")
        # No wider than a mail server: casefold would make straße and strasse one, which RFC 6531
        # keeps apart; RFC 5321 §2.4 lets the local part's case count, and no host makes use of it.
        normal = f"{local.lower()}@{domain.lower()}"
        return hmac.digest(self._secret, b"testamur:address:" + normal.encode(), "sha256")

    def _key(self, subject: UUID) -> bytes | None:
        with self._engine.connect() as connection:
            row = connection.execute(_wrapped_key, {"person": str(subject)}).one_or_none()
        if row is None:
            raise _lost(subject)
        return self._unwrapped(subject, row.wrapped)

    def _keys(self, subjects: Iterable[UUID]) -> dict[UUID, bytes | None]:
        found: dict[UUID, bytes | None] = {}
        wanted = list(subjects)
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                some = [str(subject) for subject in wanted[start : start + _AT_ONCE]]
                query = select(_data_keys).where(_data_keys.c.subject.in_(some))
                for row in connection.execute(query):
                    subject = UUID(row.subject)
                    found[subject] = self._unwrapped(subject, row.wrapped)
        if missing := [subject for subject in wanted if subject not in found]:
            raise _lost(missing[0])
        return found

    def _unwrapped(self, subject: UUID, wrapped: bytes | None) -> bytes | None:
        if wrapped is None:
            return None
        return self._wrap.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], subject.bytes)


def _parts(sealed: Sealed) -> tuple[bytes, bytes]:
    """Nonce and ciphertext."""
    box = base64.b64decode(sealed.box)
    return box[:_NONCE], box[_NONCE:]


def _lost(subject: UUID) -> KeyLost:
    return KeyLost(f"the vault has no data key of {subject} and never destroyed one; restore it")


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).partition("\n")[0]


def _aad(subject: UUID, field: str) -> bytes:
    return subject.bytes + field.encode()


def _overwrite_what_is_deleted(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
