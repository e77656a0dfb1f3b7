"""Forgetting a person: what this deployment does once the log says so.

The tombstone in the log is the decision, which two people took (``ledger/people/proposing.py``).
Carrying it out can be repeated: the data key and the addresses are destroyed, the evidence removed,
and the person noted in ``erasures``, a file that stays behind when an older backup is restored, so
that no backup brings anybody back. A process does it; what was cut short is finished by the next
start, and an audit tells of it (``unfinished``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

from eventsourcing.utils import get_topic

from api.accounts import Accounts
from api.settings import SettingsError
from api.unfinished import UploadFolder
from keys.errors import KeyLost
from keys.vault import Vault
from ledger.assessment import Submission
from ledger.bus import CommandBus, Request
from ledger.context import SYSTEM
from ledger.errors import NotFound
from ledger.files import ObjectStore
from ledger.people import Ground, Person, RepeatErasure
from ledger.processes import Facts, ProcessManager, Step
from ledger.store import EventStore
from projections import Views
from projections.assessment import queues
from projections.engine import BehindTheLedger

_PAGE = 500


@dataclass(frozen=True)
class Erasing:
    """Carries out erasures in one deployment. ``file`` notes whom it forgot."""

    file: Path
    vault: Vault
    store: EventStore
    views: Views
    evidence: ObjectStore
    uploads: UploadFolder
    accounts: Accounts

    def process(self) -> ProcessManager:
        """Carries out every erasure that is recorded. It issues no command: what it does lies
        outside the log."""
        return ProcessManager("erasures", {Person.Erased: self._erased})

    def carry_out(self, person: UUID, ground: Ground) -> int:
        """Destroy the data key and the evidence of a person; gives how many pieces there were."""
        if person not in read_erasures(self.file):
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{person} {ground}\n")
                file.flush()
                os.fsync(file.fileno())
        self.vault.destroy(person)
        self.accounts.forget(person)
        pieces = {event.object for event in self.evidence_of(person)}
        for piece in pieces:
            self.evidence.remove(piece)
        self.uploads.forget(person)
        return len(pieces)

    def carry_out_all(self, bus: CommandBus) -> list[UUID]:
        """Erase again whom a restored backup brought back; gives them. Costs little where nobody
        was. Raises LedgerError when that cannot be recorded; nobody's key is left then."""
        back = []
        for person, ground in read_erasures(self.file).items():
            try:
                found = self.store.read(Person, person, "person")
            except NotFound:
                continue
            if self._opens(found):
                self.carry_out(person, ground)
            if not found.is_erased:
                back.append(person)
        noted = read_erasures(self.file)
        for person in back:
            bus.execute(Request(SYSTEM), RepeatErasure(person=person, ground=noted[person]))
        return back

    def unfinished(self, person: UUID) -> bool:
        """Whether the vault still opens the name of a person whom the log says to be erased.

        Raises NotFound.
        """
        return self._opens(self.store.read(Person, person, "person"))

    def submissions_of(self, person: UUID) -> Iterator[UUID]:
        """From the read model, or from the log itself where that is set aside: an erasure waits
        for nothing."""
        try:
            yield from list(self._begun(person))
        except BehindTheLedger:
            yield from self._drafted(person)

    def evidence_of(self, person: UUID) -> Iterator[Submission.EvidenceAdded]:
        """Every piece that the person handed in, removed ones too."""
        for submission in self.submissions_of(person):
            for event in self.store.events.get(submission):
                if isinstance(event, Submission.EvidenceAdded):
                    yield event

    def _erased(self, event: Person.Erased, _facts: Facts) -> Iterator[Step]:
        self.carry_out(event.originator_id, event.ground)
        return iter(())

    def _opens(self, person: Person) -> bool:
        try:
            return self.vault.open(person.name) is not None
        except KeyLost:
            return False

    def _begun(self, person: UUID) -> Iterator[UUID]:
        after = 0
        while True:
            with self.views.reading("submissions") as connection:
                rows = queues.of_educator(connection, str(person), after, _PAGE)
            yield from (UUID(row.id) for row in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1].position

    def _drafted(self, person: UUID) -> Iterator[UUID]:
        topic, mark = get_topic(Submission.Drafted), person.hex.encode()
        for page in self.store.pages():
            for stored in page:
                if stored.topic == topic and mark in stored.state:
                    yield UUID(str(stored.originator_id))


def read_erasures(file: Path) -> dict[UUID, Ground]:
    """The persons who were erased here, and on what ground. Raises SettingsError."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    found: dict[UUID, Ground] = {}
    try:
        for line in lines:
            person, ground = line.split()
            found[UUID(person)] = cast(Ground, ground)
    except ValueError:
        raise SettingsError(f"{file} must hold a person and a ground on each line") from None
    return found
