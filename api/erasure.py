"""Forgetting a person, and showing them what is held: the two rights that the log must honour.

The tombstone in the log is the decision. Carrying it out can be repeated: the data key is
destroyed, the evidence removed, and the person noted in ``erasures``, a file that stays behind when
an older backup is restored, so that no backup brings anybody back.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from eventsourcing.utils import get_topic
from ledger.commands.awards import badge_bytes
from ledger.commands.submissions import opened_evidence

from api.settings import SettingsError
from api.wiring import Testamur
from keys.vault import Sealed
from ledger.assessment import Submission
from ledger.awards import Award
from ledger.context import SYSTEM
from ledger.errors import NotFound, RuleBroken
from ledger.people import Ground, Person
from projections import awards, review_queue
from projections.engine import BehindTheLog

_PAGE = 500


def erase(app: Testamur, order: Order, person: UUID, ground: Ground) -> dict[str, Any]:
    """Decide it, and carry it out. A second time only carries out. Raises LedgerError."""
    try:
        answer = app.commands.people.erase(order, person, ground)
    except RuleBroken as error:
        if error.code != "person-erased":
            raise
        answer = {"id": str(person)}
    removed = carry_out(app, person, ground)
    return {**answer, "evidenceRemoved": removed}


def carry_out(app: Testamur, person: UUID, ground: Ground) -> int:
    """Destroy the data key and the evidence of a person; gives how many pieces there were."""
    if person not in read_erasures(app.settings.erasures_file):
        with app.settings.erasures_file.open("a", encoding="utf-8") as file:
            file.write(f"{person} {ground}\n")
            file.flush()
            os.fsync(file.fileno())
    app.vault.destroy(person)
    app.views.catch_up()
    pieces = {event.object for event in _evidence(app, person)}
    for piece in pieces:
        app.evidence.remove(piece)
    return len(pieces)


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


def carry_out_all(app: Testamur) -> list[UUID]:
    """Erase again whom a restored backup brought back; gives them."""
    back = []
    for person, ground in read_erasures(app.settings.erasures_file).items():
        try:
            found = app.store.look(Person, person, "person")
        except NotFound:
            continue
        if not found.is_erased:
            app.commands.people.erase(Order(SYSTEM), person, ground)
            back.append(person)
        carry_out(app, person, ground)
    return back


def disclose(app: Testamur, person: UUID, file: Path) -> int:
    """Write all that is held about a person, readable, as a ZIP; gives the number of events.

    Raises NotFound, RuleBroken for a person who was erased.
    """
    app.store.look(Person, person, "person").must_remain()
    app.views.catch_up()
    app.views.must_follow("awards")
    events = list(_about(app, person))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", _README)
        bundle.writestr("events.json", json.dumps(events, indent=2, ensure_ascii=False))
        for award in _awards(app, person):
            data = badge_bytes(app.vault, app.store.look(Award, award, "award"))
            if data is not None:
                bundle.writestr(f"badges/{award}.json", data)
        for event in _evidence(app, person):
            name = f"evidence/{event.originator_id}/{event.part}-{event.originator_version}"
            try:
                found = opened_evidence(app.commands.desk, person, event.object)
            except NotFound:
                continue
            bundle.writestr(name, found)
    return len(events)


_README = """All that this ledger holds about you.

events.json  every recorded event that is about you or that you caused, in order, with what was
             sealed for you opened
badges/      your badges, as they were signed
evidence/    what you submitted, by submission, part and version
"""


def _about(app: Testamur, person: UUID) -> Iterator[dict[str, Any]]:
    """Every event in which the person occurs; values sealed for somebody else stay closed."""
    hexed, dashed = person.hex.encode(), str(person).encode()
    own = {*_submissions(app, person), *_awards(app, person)}
    for page in app.store.pages():
        for stored in page:
            state = bytes(stored.state)
            about = stored.originator_id == person or stored.originator_id in own
            if about or hexed in state or dashed in state:
                yield {
                    "number": stored.id,
                    "thing": str(stored.originator_id),
                    "event": stored.topic.partition(":")[2],
                    **_readable(app, person, json.loads(state)),
                }


def _readable(app: Testamur, person: UUID, state: Any) -> Any:
    """Stored JSON with what is sealed for the person opened."""
    if isinstance(state, list):
        return [_readable(app, person, item) for item in state]
    if not isinstance(state, dict):
        return state
    kind, data = state.get("_type_"), state.get("_data_")
    if kind == "sealed" and isinstance(data, dict):
        if data["subject"] != person.hex:
            return "(sealed for somebody else)"
        value = app.vault.open(Sealed(person, data["field"], data["box"]))
        if value is None:
            return None
        packed = data["field"] in ("award.document", "endorsement")
        return (zlib.decompress(value) if packed else value).decode(errors="replace")
    if kind is not None and set(state) == {"_type_", "_data_"}:
        return _readable(app, person, data)
    return {name: _readable(app, person, item) for name, item in state.items()}


def _evidence(app: Testamur, person: UUID) -> Iterator[Submission.EvidenceAdded]:
    for submission in _submissions(app, person):
        for event in app.store.events.get(submission):
            if isinstance(event, Submission.EvidenceAdded):
                yield event


def _submissions(app: Testamur, person: UUID) -> Iterator[UUID]:
    """From the read model, or from the log itself where that is set aside: an erasure waits for
    nothing."""
    try:
        app.views.must_follow("review-queue")
    except BehindTheLog:
        yield from _drafted(app, person)
        return
    after = 0
    while True:
        with app.views.reading() as connection:
            rows = review_queue.of_educator(connection, str(person), after, _PAGE)
        yield from (UUID(row.id) for row in rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1].position


def _drafted(app: Testamur, person: UUID) -> Iterator[UUID]:
    topic, mark = get_topic(Submission.Drafted), person.hex.encode()
    for page in app.store.pages():
        for stored in page:
            if stored.topic == topic and mark in stored.state:
                yield UUID(str(stored.originator_id))


def _awards(app: Testamur, person: UUID) -> list[UUID]:
    with app.views.reading() as connection:
        return [UUID(row.id) for row in awards.page(connection, 0, 100_000, person=str(person))]
