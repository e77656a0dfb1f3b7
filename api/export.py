"""A ledger as files: what the world may see, the events for auditors, and back again.

``log/`` is the transparency log; ``badges/``, ``endorsements/``, ``status/`` and the DID document
lie where their addresses say, so that the folder can be served as it is. With events it also holds
``events/`` and ``checkpoints.jsonl``, which are private.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import UUID

from api.erasure import read_erasures
from api.settings import SettingsError
from api.wiring import Testamur
from keys.did import did_web_url
from ledger.archive import EventArchive
from ledger.transparency import (
    Checkpoint,
    LogError,
    Note,
    VerifierKey,
    must_continue,
    open_checkpoint,
)
from ledger.transparency.entry import EventRecord
from ledger.transparency.source import FolderLog, signed_checkpoint, tile_reader
from ledger.transparency.tiles import WIDTH, Edge, nodes_from, tiles_of
from ledger.transparency.tree import EMPTY_ROOT, leaf_hash
from projections.awards import endorsements, register, status_lists
from projections.transparency import SignedCheckpoint

Progress = Callable[[int], None]
_CHECKPOINTS = "checkpoints.jsonl"
_PAGE = 500


def export_public(app: Testamur, folder: Path, progress: Progress) -> SignedCheckpoint:
    """Write what the world may see. Gives the checkpoint that covers it.

    The checkpoint is written last: whoever has it finds all that it stands for. Full tiles that
    are there already stay as they are; what an earlier export left of people who were erased
    since goes first, in whatever form. Raises LogError for a folder of another log;
    BehindTheLedger.
    """
    last = app.log.checkpoint()
    earlier = _must_belong(app, folder, Checkpoint.parse(last.note.text))
    _clear(folder)
    forgotten = _forget(app, folder)
    _write_tiles(app, folder, last, earlier)
    _write_json(
        folder / urlsplit(did_web_url(app.site.issuer)).path.lstrip("/"),
        app.publishing.did_document(),
    )
    with app.views.reading("status-lists", "endorsements") as connection:
        names = status_lists.names(connection)
        given = endorsements.ids(connection)
    for name in names:
        _write_json(folder / "status" / name, app.publishing.status_list(name))
    for site in app.site.earlier:  # for whoever serves the former hosts
        former = folder / quote(site.host, safe="")
        document = urlsplit(did_web_url(site.issuer)).path.lstrip("/")
        _write_json(former / document, app.publishing.did_document(site))
        for name in names:
            _write_json(former / "status" / name, app.publishing.status_list(name, site))
    for endorsement in given:
        data = app.publishing.endorsement(UUID(endorsement))
        if data is None:
            _remove(folder / "endorsements", endorsement)
        else:
            _write(folder / "endorsements" / f"{endorsement}.json", data)
    for done, (award, proof) in enumerate(_awards(app), 1):
        data = app.publishing.badge(UUID(award))
        if data is None:
            _remove(folder / "badges", award)
        else:
            _write(folder / "badges" / f"{award}.json", data)
        number = app.store.number_of(UUID(proof), 1)
        receipt = app.log.receipt(number, last) if number is not None else None
        if receipt is not None:
            _write(folder / "badges" / award / "receipt", str(receipt).encode())
        progress(done)
    if read_erasures(app.settings.erasures_file).keys() - forgotten:
        _forget(app, folder)  # who was erased meanwhile
    _write(folder / "log/checkpoint", str(last.note).encode())
    return last


def export_log(app: Testamur, folder: Path) -> SignedCheckpoint:
    """Write the transparency log alone, which says nothing of anybody. Raises LogError."""
    last = app.log.checkpoint()
    earlier = _must_belong(app, folder, Checkpoint.parse(last.note.text))
    _write_tiles(app, folder, last, earlier)
    _write(folder / "log/checkpoint", str(last.note).encode())
    return last


def _write_tiles(app: Testamur, folder: Path, last: SignedCheckpoint, earlier: int) -> None:
    """Full tiles of an ``earlier`` export stay. The key comes first: whose the folder is, also
    when this is killed."""
    _write(folder / "log/vkey", app.log.read("vkey"))
    for tile in tiles_of(last.size):
        path = folder / "log" / tile.path
        if tile.width < WIDTH or tile.first + tile.span > earlier or not path.is_file():
            _write(path, app.log.read(tile.path))


def _forget(app: Testamur, folder: Path) -> set[UUID]:
    """Remove every badge of a person who was erased, and what was said of it; gives them all."""
    erased = set(read_erasures(app.settings.erasures_file))
    with app.views.reading("awards", "endorsements") as connection:
        for person in erased:
            for row in register.page(connection, 0, sys.maxsize, person=str(person)):
                _remove(folder / "badges", row.id)
                for endorsement in endorsements.ids(connection, row.id):
                    _remove(folder / "endorsements", endorsement)
    return erased


def _remove(folder: Path, name: str) -> None:
    """Every form of a document, drafts and pictures too; the receipt, which is in the log anyway,
    stays."""
    for path in [*folder.glob(f"{name}.*"), *folder.glob(f".{name}.*")]:
        if path.is_file():
            path.unlink()


def _clear(folder: Path) -> None:
    """Remove what an export that was killed had half written."""
    for name in ("badges", "endorsements", "status", "log"):
        for path in (folder / name).rglob(".*.new"):
            path.unlink(missing_ok=True)


def export_events(app: Testamur, folder: Path, size: int, progress: Progress) -> None:
    """Add the first ``size`` events, or a few more, and all checkpoints. Raises LogError."""
    archive = EventArchive(folder)
    first = archive.whole()

    def counted() -> Iterator[EventRecord]:
        for record in app.log.records(first):
            if record.position >= size:
                return
            yield record
            if record.position % WIDTH == 0:
                progress(record.position)

    archive.write(first, counted())
    lines = [
        {
            "number": number,
            "size": item.size,
            "signed": item.signed.isoformat(),
            "note": str(item.note),
        }
        for number, item in enumerate(app.log.checkpoints())
        if item.size <= size
    ]
    _write(folder / _CHECKPOINTS, "".join(json.dumps(line) + "\n" for line in lines).encode())


def read_checkpoints(folder: Path) -> list[SignedCheckpoint]:
    """The checkpoints beside an archive of events. Raises LogError."""
    try:
        lines = (folder / _CHECKPOINTS).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        if [row["number"] for row in rows] != list(range(len(rows))):
            raise LogError("a checkpoint is missing, or not in its place")
        return [
            SignedCheckpoint(
                row["size"],
                Note.parse(row["note"].encode()),
                datetime.fromisoformat(row["signed"]),
            )
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LogError(f"{folder / _CHECKPOINTS} cannot be read: {error}") from None


def check_events(folder: Path, log: VerifierKey, progress: Progress) -> int:
    """Hold an archive of events against its checkpoints; gives their number. Raises LogError."""
    last, _ = signed_checkpoint(FolderLog(folder / "log"), log)
    notes = [str(item.note).encode() for item in read_checkpoints(folder)]
    signed = [last, *(open_checkpoint(note, log)[0] for note in notes)]
    edge, roots = Edge(), {0: EMPTY_ROOT}
    sizes = {checkpoint.size for checkpoint in signed}
    for record in EventArchive(folder).records():
        edge.append(leaf_hash(record.entry))
        if edge.size in sizes:
            roots[edge.size] = edge.root()
        if record.position % WIDTH == 0:
            progress(record.position)
    for checkpoint in signed:
        if roots.get(checkpoint.size) != checkpoint.root:
            raise LogError(f"the events are not those of the checkpoint of {checkpoint.size}")
    if edge.size != last.size:
        raise LogError(f"there are {edge.size} events, and the checkpoint covers {last.size}")
    return edge.size


def import_events(app: Testamur, folder: Path, progress: Progress) -> int:
    """Bring an exported ledger's events and checkpoints into this one, which must be empty.

    Positions, hashes and checkpoints stay. Nothing is written before all of it was checked.
    Raises LogError, SettingsError.
    """
    if app.store.position() or app.log.latest():
        raise SettingsError("this ledger is not empty; import goes into an empty one")
    size = check_events(folder, app.log.verifier, progress)
    records = (record.stored for record in EventArchive(folder).records())
    app.store.restore(records)
    app.log.adopt(read_checkpoints(folder))
    app.views.catch_up(progress)
    return size


def _must_belong(app: Testamur, folder: Path, last: Checkpoint) -> int:
    """An earlier export may lie in the folder, of this log only; gives its size, 0 for none or one
    that was not finished. Raises LogError."""
    log = folder / "log"
    if not log.exists() or (
        not (log / "checkpoint").exists()
        and (log / "vkey").is_file()
        and (log / "vkey").read_bytes() == app.log.read("vkey")
    ):
        return 0
    old, _ = signed_checkpoint(FolderLog(log), app.log.verifier)
    must_continue(old, last, nodes_from(tile_reader(app.log), last.size))
    return old.size


def _awards(app: Testamur) -> Iterator[tuple[str, str]]:
    """Every award and the stream of its newest badge's digest."""

    def pages() -> Iterator[list[tuple[str, str]]]:
        after = 0
        while True:
            with app.views.reading("awards") as connection:
                rows = register.page(connection, after, _PAGE)
            if not rows:
                return
            after = rows[-1].position
            yield [(row.id, row.proof) for row in rows]

    return chain.from_iterable(pages())


def _write_json(path: Path, document: object) -> None:
    _write(path, json.dumps(document).encode())


def _write(path: Path, data: bytes) -> None:
    """In one step, so that a file that is served is never half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(data)
    draft.replace(path)
