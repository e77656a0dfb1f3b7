"""What can be audited: this ledger as it is, or an exported folder, or a log at an address.

Each is opened anew in every process that works on it. What it does not have is None: a check that
needs it is then not reached.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import UUID

from eventsourcing.persistence import Mapper
from eventsourcing.utils import get_topic

from api.capabilities import READ_MODELS, VALUES
from api.export import read_checkpoints
from api.settings import Settings
from api.wiring import Testamur
from keys.pieces import SEALED_PIECE
from keys.vault import Sealed
from ledger.archive import EventArchive
from ledger.assessment import Submission
from ledger.audit.credentials import CredentialAudit
from ledger.audit.log import Bundle
from ledger.audit.report import Divergence
from ledger.awards import Award, Endorsement, badge_bytes, endorsement_bytes
from ledger.errors import NotFound
from ledger.store import EventStore
from ledger.transparency import EventRecord, LogError, Note
from ledger.transparency.source import FolderLog, LogSource, tile_reader
from ledger.transparency.tiles import WIDTH, Tile
from projections.comparison import compare_views
from projections.transparency import SignedCheckpoint

_OWN_FOLDERS = ("badges", "endorsements", "events", "log", "status")


EvidenceProblem = Literal["evidence-changed", "evidence-missing"]


class Evidence(Protocol):
    """An opened source."""

    source: LogSource
    mapper: Mapper[Any] | None
    """Reads events; None when they are not at hand."""

    views: Sequence[str]
    """The names of the read models; empty where there are none."""

    has_vault: bool
    """Whether it can be told what the vault still opens."""

    def bundle(self, number: int, /) -> Bundle:
        """The events of a bundle of the log. Raises LookupError, LogError."""

    def tail(self, size: int, /) -> Iterator[EventRecord]:
        """Events that the log of ``size`` does not have yet. Raises LogError."""

    def credentials(self, now: datetime, /) -> CredentialAudit | None:
        """How credentials are checked; None without the issuer's document."""

    def opened(self, sealed: Sealed, /) -> bytes | None:
        """What is sealed in an event; None where it cannot be opened."""

    def evidence_problem(self, added: Submission.EvidenceAdded, /) -> EvidenceProblem | None:
        """What is wrong with the kept bytes of a piece of evidence."""

    def still_opens(self, person: UUID, /) -> bool:
        """Whether the name of a person who was erased can still be read here. Raises whatever
        comes of events that no code of ours wrote."""

    def checkpoints(self, last: Note, /) -> list[SignedCheckpoint]:
        """Every checkpoint that is at hand, up to the ``last``. Raises LogError when one is
        missing among them."""

    def strays(self, size: int, /) -> Iterator[str]:
        """What lies among the tiles and is no part of a tree of ``size``, or of a larger one that
        is not signed yet."""

    def compare_views(
        self, names: Sequence[str], progress: Callable[[int], None], /
    ) -> Iterator[Divergence]:
        """What differs in some of the ``views``."""

    def close(self) -> None: ...


class Ledger(Protocol):
    """A source that a process can open."""

    def open(self) -> Evidence: ...


@dataclass(frozen=True)
class LiveLedger:
    """This deployment, from its databases."""

    settings: Settings

    def open(self) -> Evidence:
        return LiveEvidence(Testamur.inspected(self.settings))


@dataclass(frozen=True)
class ExportedLedger:
    """A folder written by ``testamur export``."""

    folder: Path

    def open(self) -> Evidence:
        return _Exported(self.folder)


@dataclass(frozen=True)
class PublishedLog:
    """A log of which there is nothing but its public files."""

    source: LogSource

    def open(self) -> Evidence:
        return _Published(self.source)


class LiveEvidence:
    """This deployment, opened."""

    def __init__(self, app: Testamur) -> None:
        self._app = app
        self.source: LogSource = app.log
        self.mapper: Mapper[Any] | None = app.store.mapper
        self.views: Sequence[str] = app.views.names
        self.has_vault = True

    def bundle(self, number: int) -> Bundle:
        return self._app.log.bundle(number)

    def tail(self, size: int) -> Iterator[EventRecord]:
        number, position = self._app.log.number_at(size), size
        while rows := self._app.store.rows(number):
            for row in rows:
                yield EventRecord.of(position, row)
                position += 1
            number = rows[-1].number

    def credentials(self, now: datetime) -> CredentialAudit | None:
        app = self._app

        def opened(event: Any) -> bytes | None:
            if isinstance(event, Endorsement.Issued):
                return endorsement_bytes(app.vault, event.document)
            return badge_bytes(app.vault, event.document)

        keys = {key.id: key for key in app.keys.issuer_keys()}
        return CredentialAudit(
            [app.publishing.did_document(site) for site in app.site.every], opened, keys, now=now
        )

    def opened(self, sealed: Sealed) -> bytes | None:
        return self._app.vault.open(sealed)

    def evidence_problem(self, added: Submission.EvidenceAdded) -> EvidenceProblem | None:
        objects, digest = self._app.evidence, hashlib.sha256()
        try:
            size = objects.size(added.object)
            for start in range(0, size, SEALED_PIECE):
                digest.update(objects.read(added.object, start, SEALED_PIECE))
        except NotFound:
            forgotten = self._app.vault.open(added.name) is None
            return None if forgotten else "evidence-missing"
        return None if digest.hexdigest() == added.digest else "evidence-changed"

    def still_opens(self, person: UUID) -> bool:
        return self._app.erasing.unfinished(person)

    def strays(self, _size: int) -> Iterator[str]:
        yield from self._app.log.strays()

    def checkpoints(self, _last: Note) -> list[SignedCheckpoint]:
        found = self._app.log.checkpoints()
        signed = self._app.log.signed()
        if signed != len(found):
            raise LogError(f"{len(found)} checkpoints are stored, {signed} were signed")
        return found

    def compare_views(
        self, names: Sequence[str], progress: Callable[[int], None]
    ) -> Iterator[Divergence]:
        these = [projection for projection in READ_MODELS if projection.name in names]
        return compare_views(self._app.views, self._app.store, these, progress)

    def close(self) -> None:
        self._app.close()


class _Published:
    mapper: Mapper[Any] | None = None
    views: Sequence[str] = ()
    has_vault = False

    def __init__(self, source: LogSource) -> None:
        self.source = source

    def bundle(self, number: int) -> Bundle:
        raise LookupError(number)

    def tail(self, _size: int) -> Iterator[EventRecord]:
        return iter(())

    def credentials(self, _now: datetime) -> CredentialAudit | None:
        return None

    def opened(self, _sealed: Sealed) -> bytes | None:
        return None

    def evidence_problem(self, _added: Submission.EvidenceAdded) -> EvidenceProblem | None:
        return None

    def still_opens(self, _person: UUID) -> bool:
        return False

    def checkpoints(self, _last: Note) -> list[SignedCheckpoint]:
        return []

    def strays(self, _size: int) -> Iterator[str]:
        return iter(())

    def compare_views(
        self, _names: Sequence[str], _progress: Callable[[int], None]
    ) -> Iterator[Divergence]:
        return iter(())

    def close(self) -> None:
        pass


class _Exported(_Published):
    def __init__(self, folder: Path) -> None:
        super().__init__(FolderLog(folder / "log"))
        self._folder = folder
        self._archive = EventArchive(folder)
        self._store = EventStore("sqlite://", VALUES) if self._archive.exists() else None
        self.mapper = self._store.mapper if self._store else None

    def bundle(self, number: int) -> Bundle:
        return Bundle({record.position: record for record in self._archive.bundle(number)})

    def tail(self, size: int) -> Iterator[EventRecord]:
        number = size // WIDTH
        for record in self._archive.bundle(number) if self._archive.has(number) else []:
            if record.position >= size:
                yield record

    def credentials(self, now: datetime) -> CredentialAudit | None:
        hosts = [f for f in self._folder.iterdir() if f.is_dir() and f.name not in _OWN_FOLDERS]
        try:  # the issuer's, and those of its former addresses
            found = [json.loads(f.read_bytes()) for host in hosts for f in host.rglob("did.json")]
        except (OSError, ValueError):
            return None
        return CredentialAudit(found, self._credential, now=now) if found else None

    def checkpoints(self, last: Note) -> list[SignedCheckpoint]:
        if not self._archive.exists():
            return []
        found = read_checkpoints(self._folder)
        if not found or found[-1].note.text != last.text:
            raise LogError("the list of checkpoints does not end with the published one")
        return found

    def strays(self, size: int) -> Iterator[str]:
        """Partial tiles of earlier exports may lie there still, if they are beginnings of what
        the tree has now."""
        read = tile_reader(self.source)
        root = self._folder / "log"
        for path in sorted(p for p in (root / "tile").rglob("*") if p.is_file()):
            name = path.relative_to(root).as_posix()
            tile = Tile.parse(name)
            if tile is None or tile.first + tile.span > size:
                yield name
            elif tile.width < WIDTH:
                widest = Tile(tile.level, tile.number, tile.widest(size))
                try:
                    if not read(widest).startswith(read(tile)):
                        yield name
                except (LookupError, ValueError):
                    yield name

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _credential(self, event: Any) -> bytes | None:
        """The file that is published: of a badge that was renewed, the last version only."""
        kind = "badges" if isinstance(event, Award.Event) else "endorsements"
        path = self._folder / kind / f"{event.originator_id}.json"
        if not path.is_file():
            return None
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest != event.digest and digest in self._renewed.get(str(event.originator_id), ()):
            return None
        return data

    @cached_property
    def _renewed(self) -> dict[str, set[str]]:
        """The hashes of all renewed versions."""
        topic = get_topic(Award.Renewed)
        found: dict[str, set[str]] = {}
        for record in self._archive.records():
            if record.topic == topic:
                found.setdefault(record.originator, set()).add(json.loads(record.state)["digest"])
        return found
