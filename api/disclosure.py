"""Showing a person all that is held about them: a right that the log must honour."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from api.wiring import Testamur
from keys.vault import Sealed
from ledger.assessment import opened_evidence
from ledger.awards import Award, badge_bytes
from ledger.errors import NotFound
from ledger.people import Person
from projections.awards import register

_README = """All that this ledger holds about you.

events.json  every recorded event that is about you or that you caused, in order, with what was
             sealed for you opened
badges/      your badges, as they were signed
evidence/    what you submitted, by submission, part and version
"""

_PACKED = ("award.document", "endorsement")


def disclose(app: Testamur, person: UUID, file: Path) -> int:
    """Write all that is held about a person, readable, as a ZIP; gives the number of events.

    Raises NotFound, RuleBroken for a person who was erased.
    """
    events = _events(app, person)
    with file.open("wb") as written:
        for piece in _packed(app, person, events):
            written.write(piece)
    return len(events)


def disclosed(app: Testamur, person: UUID) -> Iterator[bytes]:
    """The same ZIP in pieces, as it is made: it lies nowhere. Raises as ``disclose`` does."""
    return _packed(app, person, _events(app, person))


class _Pieces(io.RawIOBase):
    """Where a ZIP is written that is sent on at once."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        found, self._written = b"".join(self._written), []
        return found


def _packed(app: Testamur, person: UUID, events: list[dict[str, Any]]) -> Iterator[bytes]:
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", _README)
        bundle.writestr("events.json", json.dumps(events, indent=2, ensure_ascii=False))
        yield pieces.taken()
        for award in _awards(app, person):
            data = badge_bytes(app.vault, app.store.read(Award, award, "award").document)
            if data is not None:
                bundle.writestr(f"badges/{award}.json", data)
                yield pieces.taken()
        for event in app.erasing.evidence_of(person):
            name = f"evidence/{event.originator_id}/{event.part}-{event.originator_version}"
            try:
                found = opened_evidence(app.vault, app.evidence, person, event.item)
            except NotFound:
                continue
            with bundle.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:  # as it is
                for piece in found.read():
                    entry.write(piece)
                    yield pieces.taken()
    yield pieces.taken()


def _events(app: Testamur, person: UUID) -> list[dict[str, Any]]:
    app.store.read(Person, person, "person").must_remain()
    return list(_about(app, person, _awards(app, person)))


def _about(app: Testamur, person: UUID, awards: list[UUID]) -> Iterator[dict[str, Any]]:
    """Every event in which the person occurs; values sealed for somebody else stay closed."""
    hexed, dashed = person.hex.encode(), str(person).encode()
    own = {person, *app.erasing.submissions_of(person), *awards}
    for page in app.store.pages():
        for stored in page:
            state = bytes(stored.state)
            if stored.originator_id in own or hexed in state or dashed in state:
                yield {
                    "number": stored.id,
                    "thing": str(stored.originator_id),
                    "event": stored.topic,
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
        packed = data["field"] in _PACKED
        return (zlib.decompress(value) if packed else value).decode(errors="replace")
    if kind is not None and set(state) == {"_type_", "_data_"}:
        return _readable(app, person, data)
    return {name: _readable(app, person, item) for name, item in state.items()}


def _awards(app: Testamur, person: UUID) -> list[UUID]:
    with app.views.reading("awards") as connection:
        rows = register.page(connection, 0, 100_000, person=str(person))
    return [UUID(row.id) for row in rows]
