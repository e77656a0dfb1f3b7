"""Letters: rows that a process manager writes and a sender carries away.

A row holds its words sealed under the data key of whoever it is for, and no address: that is asked
for when it is sent. Once sent, or given up, its words are gone.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from api.accounts.tables import letters, written
from api.accounts.wording import LETTERS
from api.settings import Settings
from keys.errors import KeysError
from keys.vault import Sealed, Vault
from ledger.errors import NotFound
from ledger.people import Account, Invitation, Person
from ledger.processes import Facts, ProcessManager, Step
from ledger.site import Site
from ledger.store import EventStore
from projections.database import writing

logger = logging.getLogger("testamur")

_FIELD = "letter.words"
_STALE = timedelta(hours=24)
"""Nobody gets a letter about what happened longer ago, as when a ledger is restored."""

_MOST_TRIES = 10
_LEASE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=6)
_SECONDS = 20.0
_AT_ONCE = 20
_NEVER = "9999"


def secret_name(invitation: UUID) -> str:
    """Under which the vault keeps an invitation's secret until its letter is written."""
    return f"invitation.{invitation}"


@dataclass(frozen=True)
class Waiting:
    """A letter that could not be sent yet, or at all (``due`` is None); for the operator."""

    person: UUID
    made: datetime
    due: datetime | None
    tries: int
    error: str


@dataclass
class Letters:
    """The letters of one deployment. Without ``smtp`` none are written."""

    engine: Engine
    vault: Vault
    store: EventStore
    site: Site
    smtp: str
    sender: str
    clock: Callable[[], datetime]

    @property
    def can_send(self) -> bool:
        """Whether a server is named that takes letters."""
        return bool(self.smtp)

    def process(self) -> ProcessManager:
        """Writes a letter for what its person should hear of. It issues no command: letters lie
        outside the log."""
        return ProcessManager(
            "letters",
            {
                Invitation.Sent: self._invited,
                Account.CredentialAdded: self._changed,
                Account.CredentialRemoved: self._changed,
                Account.Reset: self._changed,
                Account.Locked: self._changed,
            },
        )

    def send_due(self) -> int:
        """Send what is due; gives how many went."""
        now = self.clock()
        query = select(letters).where(letters.c.due <= written(now))
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(letters.c.due).limit(_AT_ONCE)).all()
        return sum(self._send(row, now) for row in rows)

    def waiting(self) -> list[Waiting]:
        """What was tried and could not be sent."""
        query = select(letters).where(letters.c.tries > 0).order_by(letters.c.made)
        with self.engine.connect() as connection:
            return [
                Waiting(
                    UUID(row.person),
                    datetime.fromisoformat(row.made),
                    None if row.due == _NEVER else datetime.fromisoformat(row.due),
                    row.tries,
                    row.error,
                )
                for row in connection.execute(query)
            ]

    def _invited(self, event: Invitation.Sent, _facts: Facts) -> Iterator[Step]:
        name = secret_name(event.originator_id)
        secret = self.vault.kept(event.person, name)
        if secret is not None:
            begun = self._has_account(event.person)
            link = f"{self.site.base_url}/invitations/{secret.decode()}"
            values = {"link": link, "until": f"{event.expires:%Y-%m-%d %H:%M} UTC"}
            self._write(event, event.person, "recovery" if begun else "invitation", values)
            self.vault.drop(event.person, name)
        return iter(())

    def _changed(self, event: Account.Event, facts: Facts) -> Iterator[Step]:
        person = facts.read(Account, event.originator_id, "account").person
        if not (isinstance(event, Account.CredentialAdded) and event.originator_version == 2):
            kinds = {Account.Reset: "reset", Account.Locked: "locked"}
            values = {"link": f"{self.site.base_url}/me/sign-in"}
            self._write(event, person, kinds.get(type(event), "changed"), values)
        return iter(())

    def _has_account(self, person: UUID) -> bool:
        try:
            return bool(self.store.read(Account, Account.id_for(person), "account").credentials)
        except NotFound:
            return False

    def _write(self, event: Any, person: UUID, kind: str, values: Mapping[str, str]) -> None:
        now = self.clock()
        if not self.can_send or now - event.timestamp > _STALE:
            return
        try:
            box = self.vault.seal(person, _FIELD, json.dumps([kind, dict(values)]).encode()).box
        except KeysError:
            return  # erased meanwhile
        row = {
            "cause": f"{event.originator_id}:{event.originator_version}",
            "person": str(person),
            "words": box,
            "made": written(now),
            "due": written(now),
            "tries": 0,
            "error": "",
        }
        try:
            with writing(self.engine) as connection:
                connection.execute(letters.insert().values(row))
        except IntegrityError:
            return  # written before

    def _send(self, row: Any, now: datetime) -> int:
        this = (letters.c.cause == row.cause, letters.c.due == row.due)
        with writing(self.engine) as connection:  # nobody else sends it meanwhile
            leased = letters.update().where(*this).values(due=written(now + _LEASE))
            if connection.execute(leased).rowcount == 0:
                return 0
        try:
            message = self._message(row, now)
            if message is not None:
                asyncio.run(self._deliver(message))
        except Exception as error:  # whatever a mail server does, the others go on
            logger.warning("a letter could not be sent: %s", type(error).__name__)
            self._put_off(row, now, type(error).__name__)
            return 0
        with writing(self.engine) as connection:
            connection.execute(letters.delete().where(letters.c.cause == row.cause))
        return 1

    def _put_off(self, row: Any, now: datetime, error: str) -> None:
        tries = row.tries + 1
        values = {"tries": tries, "error": error}
        if tries >= _MOST_TRIES:
            values |= {"due": _NEVER, "words": ""}
        else:
            pause = min(timedelta(minutes=2**tries), _LONGEST_PAUSE)
            values |= {"due": written(now + pause)}
        with writing(self.engine) as connection:
            this = letters.c.cause == row.cause
            connection.execute(letters.update().where(this).values(values))

    def _message(self, row: Any, now: datetime) -> EmailMessage | None:
        """None where nobody is left to get it."""
        person = UUID(row.person)
        opened = self.vault.open(Sealed(person, _FIELD, row.words))
        address = self.vault.open(self.store.read(Person, person, "person").email)
        if opened is None or address is None:
            return None
        kind, values = json.loads(opened)
        subject, body = LETTERS[kind]
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = address.decode()
        message["Subject"] = subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain=urlsplit(self.site.base_url).hostname)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body.format_map(values))
        return message

    async def _deliver(self, message: EmailMessage) -> None:
        parts = urlsplit(self.smtp)
        is_tls = parts.scheme == "smtps"
        is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        await aiosmtplib.send(
            message,
            hostname=parts.hostname,
            port=parts.port or (465 if is_tls else 587),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=is_tls,
            start_tls=not (is_tls or is_here),
            timeout=_SECONDS,
        )


class Postman:
    """Sends, on a thread of its own, what is due."""

    _PAUSE = 2.0

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._stop = Event()
        self._thread = Thread(target=self._run, name="letters", daemon=True)

    def __enter__(self) -> Postman:
        if self._letters.can_send:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_SECONDS + 5)

    def _run(self) -> None:
        while not self._stop.wait(self._PAUSE):
            try:
                self._letters.send_due()
            except Exception:
                logger.exception("letters could not be looked for")


def letters_of(
    settings: Settings,
    engine: Engine,
    vault: Vault,
    store: EventStore,
    site: Site,
    clock: Callable[[], datetime],
) -> Letters:
    """The letters of a deployment, by its settings."""
    host = urlsplit(site.base_url).hostname or "localhost"
    sender = settings.mail_from or f"Testamur <no-reply@{host}>"
    smtp = settings.smtp_url.get_secret_value() if settings.smtp_url else ""
    return Letters(engine, vault, store, site, smtp, sender, clock)
