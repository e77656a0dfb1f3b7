"""The transparency log: its upkeep beside appending, and the audit of a million events."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import StoredEvent
from sqlalchemy import text

from api.audit import LiveLedger, audit
from api.audit.work import Outcome, Task, perform_all
from api.wiring import Testamur
from bench.events import Note
from bench.timing import show
from ledger.assessment import Holding
from ledger.audit.log import bundles_in
from ledger.awards import StatusSlot
from ledger.store import EventStore
from ledger.transparency.entry import EventRecord
from ledger.transparency.tiles import ENTRIES, Edge, tiles_of
from ledger.transparency.tree import leaf_hash
from tests.ledger.whole_log import inputs_of
from tests.world import World

NOW = datetime(2100, 1, 1, tzinfo=UTC)
_LASTS = timedelta(hours=1)
"""More than the story takes: each copy of it begins after the one before."""

_LOGCHECK = Path(__file__).resolve().parent.parent / "tests/interop/logcheck"


def log(folder: Path, number: int = 1_000_000) -> None:
    """Upkeep, then a ledger of ``number`` events audited: hashes alone, then everything."""
    upkeep(folder)
    small = World.build(folder / "small")
    for _ in range(40):
        small.award(small.person("educator", small.campus))
    whole(small, folder / "tenth", number // 10)
    whole(small, folder / "all", number)
    small.app.close()


def whole(small: World, folder: Path, number: int) -> None:
    """A ledger of that many events, from the tree to the audit, whose memory is looked at before
    anything else of its size runs."""
    big = many(small, folder / "home", number)
    total = big.store.position()
    print(f"\nA log of {total:,} events")
    began = time.perf_counter()
    big.log.checkpoint()
    show("taken up into the tree, one process", total / (time.perf_counter() - began))
    began = time.perf_counter()
    big.views.catch_up()
    show("projected into every read model", total / (time.perf_counter() - began))
    settings, key = big.settings, big.log.verifier
    replayed = replay(big.store)
    began = time.perf_counter()
    report = audit(LiveLedger(settings), key, NOW)
    rate = total / (time.perf_counter() - began)
    assert report.passed, report.divergences[:3]
    show("the whole audit, every core", rate, replayed, "bare eventsourcing replay, one core")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  most memory in use by any of its processes: {most:,.0f} MiB")
    hashes(big, folder)
    big.close()


def upkeep(folder: Path, batches: int = 300, each: int = 100) -> None:
    """Appending in batches, alone and with the tree kept up beside it by the server's own thread's
    work; the time that upkeep takes, over the time that appending takes."""
    store = EventStore(f"sqlite:///{folder / 'append.db'}", [])
    began = time.perf_counter()
    for _ in range(batches):
        store.save(*(Note(text="x" * 600) for _ in range(each)))  # the library's own work alone
    appended = batches * each / (time.perf_counter() - began)
    world = World.build(folder / "upkeep")
    tree = world.app.log
    tree._store = store  # the same tree over these events
    began = time.perf_counter()
    size = tree.grow()
    taken = size / (time.perf_counter() - began)
    edge, records = Edge(), [EventRecord.of(i, s) for i, s in enumerate(store.rows(None))]
    began = time.perf_counter()
    for record in records:
        edge.append(leaf_hash(record.entry))
    floor = len(records) / (time.perf_counter() - began)
    print("\nThe tree beside the events, SQLite")
    show(f"events appended, {each} in a transaction", appended)
    show("taken up into the tree", taken, floor, "hashing alone")
    print(f"  upkeep adds {appended / taken * 100:.1f} % to appending in batches")
    command = World.build(folder / "command")
    began, before = time.perf_counter(), command.app.store.position()
    while time.perf_counter() - began < 3:
        command.person("educator", command.campus)
    commanded = (command.app.store.position() - before) / (time.perf_counter() - began)
    show("events appended by commands", commanded)
    print(f"  upkeep adds {commanded / taken * 100:.1f} % to commands")
    for opened in (world, command):
        opened.app.close()


def replay(store: EventStore) -> float:
    """Events a second of the library's own replay: read, decoded and applied to the smallest
    aggregate."""
    bare: Application[Any] = Application({"PERSISTENCE_MODULE": "eventsourcing.popo"})
    notes = [Note(text="x" * 300) for _ in range(20_000)]
    for start in range(0, len(notes), 1000):
        bare.save(*notes[start : start + 1000])
    began, count, at = time.perf_counter(), 0, 0
    while page := bare.recorder.select_notifications(at, 2000, inclusive_of_start=False):
        for stored in page:
            bare.mapper.to_domain_event(stored).mutate(None)  # type: ignore[attr-defined]
            count += 1
        at = page[-1].id
    bare_rate = count / (time.perf_counter() - began)
    began, count = time.perf_counter(), 0
    for page in islice(store.pages(), 25):
        for stored in page:
            store.mapper.to_domain_event(stored)
            count += 1
    show("bare eventsourcing replay, small events, one core", bare_rate)
    show(
        "our events read and decoded, one core",
        count / (time.perf_counter() - began),
        bare_rate,
        "bare",
    )
    bare.close()
    return bare_rate


def hashes(app: Testamur, folder: Path) -> None:
    """Events → entries → leaf hashes → tiles, with every core; and Go on the same log."""
    size, cores = app.log.size(), os.cpu_count() or 1
    tasks = [
        Task("hashes", first, min(first + 40, bundles_in(size)), size, NOW)
        for first in range(0, bundles_in(size), 40)
    ]
    ledger = LiveLedger(app.settings)
    evidence = ledger.open()
    began = time.perf_counter()
    found: list[Outcome] = perform_all(
        ledger, evidence, tasks, cores, lambda _stage, _done, _of: None
    )
    ours = size / (time.perf_counter() - began)
    evidence.close()
    assert not any(outcome.divergences for outcome in found)
    show(f"hashes and tree checked, {cores} cores", ours)
    go = _go(app, folder)
    if go is None:
        print("  Go's sumdb is not measured: it needs go and golang.org/x/mod (see .ci/run).")
    else:
        show("Go's sumdb, entries to root, one core", go)
        print(f"  {ours / go:.2f} × Go, which reads no events: it begins at the entries")


def _go(app: Testamur, folder: Path) -> float | None:
    packages = Path("/usr/share/gocode")
    go = shutil.which("go")
    if go is None or not (packages / "src/golang.org/x/mod").is_dir():
        return None
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(packages), "GOMAXPROCS": "1"}
    program = folder / "logcheck"
    subprocess.run([go, "build", "-o", program, "."], cwd=_LOGCHECK, env=environment, check=True)
    site = folder / "site"
    for tile in _entry_tiles(app):
        (site / tile).parent.mkdir(parents=True, exist_ok=True)
        (site / tile).write_bytes(app.log.read(tile))
    (site / "checkpoint").write_bytes(app.log.read("checkpoint"))
    command = [program, app.log.verifier.vkey, site, "speed"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(answer.stdout)


def _entry_tiles(app: Testamur) -> Iterator[str]:
    return (tile.path for tile in tiles_of(app.log.size()) if tile.level == ENTRIES)


def many(small: World, home: Path, number: int) -> Testamur:
    """A ledger in which the stories of ``small`` happened to many people: each educator's events
    copied under new ids, so that every rule still holds. Their data keys are not copied: to this
    ledger they are erased, and their credentials closed."""
    small.app.log.checkpoint()
    home.mkdir(parents=True)
    for name in ("keys.json", "vault.db"):
        shutil.copy(small.app.settings.home / name, home / name)
    shutil.copytree(small.app.settings.home / "evidence", home / "evidence")
    settings = small.app.settings.model_copy(update={"home": home})
    app = Testamur.around(settings, small.app.keys, lambda: NOW)
    events = [n for page in small.app.store.pages() for n in page]
    story = _story(events)
    app.store.restore(
        StoredEvent(e.originator_id, e.originator_version, e.topic, e.state) for e in events
    )

    def copies() -> Iterator[StoredEvent]:
        for copy in range((number - len(events)) // len(story) + 1):
            for command in _commands(_copied(story, copy)):
                yield from _digested(app.store, command)

    app.store.restore(copies())
    _erase(app, _copied_people(story, (number - len(events)) // len(story) + 1))
    return app


def _copied_people(story: list[Any], copies: int) -> Iterator[UUID]:
    people = [e.originator_id for e in story if e.topic == "people.Person.Registered"]
    for copy in range(copies):
        yield from (_other(person, copy) for person in people)


def _erase(app: Testamur, people: Iterator[UUID]) -> None:
    """Note in the vault that their data keys were destroyed."""
    rows = [{"subject": str(person)} for person in people]
    with app.vault.engine.begin() as connection:
        connection.execute(text("INSERT INTO data_keys VALUES (:subject, NULL)"), rows)


def _story(events: list[Any]) -> list[Any]:
    """The events of the educators who were registered last, each whole."""
    first = next(i for i, e in enumerate(events) if e.topic == "assessment.Submission.Drafted") - 2
    return events[first:]


_HEX = re.compile(r"\b[0-9a-f]{32}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")


def _other(thing: UUID, copy: int) -> UUID:
    return UUID(int=thing.int ^ (copy + 1) << 64)


def _commands(states: Iterator[Copied]) -> Iterator[list[Copied]]:
    """The events of each command together; a public event says nothing of whose it is."""
    some: list[Copied] = []
    for copied in states:
        if some and copied.said.get("command_id") not in (None, some[0].said["command_id"]):
            yield some
            some = []
        some.append(copied)
    yield some


def _digested(store: EventStore, command: list[Copied]) -> Iterator[StoredEvent]:
    """The events of a command with the digest of what it was given under its new ids."""
    telling = [copied for copied in command if "inputs" in copied.said]
    inputs = inputs_of([store.mapper.to_domain_event(copied.stored) for copied in telling])
    for copied in telling:
        copied.said["inputs"] = inputs
    yield from (copied.stored for copied in command)


@dataclass(frozen=True)
class Copied:
    """An event under another id, with its state as JSON."""

    stream: UUID
    version: int
    topic: str
    said: dict[str, Any]

    @property
    def stored(self) -> StoredEvent:
        written = json.dumps(self.said, separators=(",", ":")).encode()
        return StoredEvent(self.stream, self.version, self.topic, written)


def _copied(story: list[Any], copy: int) -> Iterator[Copied]:
    """The story with every thing that began in it under another id; claims whose ids are derived
    from others are derived anew, and each copy has handles, a status list and days of its own."""
    begun = {e.originator_id.hex for e in story if e.originator_version == 1}
    new = {old: _other(UUID(old), copy).hex for old in begun}
    later = (copy + 1) * _LASTS

    def shifted(match: re.Match[str]) -> str:
        return (datetime.fromisoformat(match[0]) + later).isoformat()

    holders: dict[str, tuple[UUID, UUID]] = {}
    for event in story:
        state = _HEX.sub(lambda match: new.get(match[0], match[0]), event.state.decode())
        state = _TIME.sub(shifted, state)
        said, stream = json.loads(state), new.get(event.originator_id.hex, "")
        if event.topic == "people.Person.Registered":
            said["handle"] += str(copy)
        if "status_list" in said:
            said["status_list"] = f"revocation-{copy + 2}"
        if event.topic == "awards.Award.Issued":
            holders[stream] = (_uuid(said["person"]), _uuid(said["micro_credential"]))
        if event.topic == "assessment.Holding.Taken":
            stream = Holding.id_for(*holders[_uuid(said["award"]).hex]).hex
        if event.topic == "awards.StatusSlot.Taken":
            stream = StatusSlot.id_for(said["status_list"], said["index"]).hex
        yield Copied(UUID(stream), event.originator_version, event.topic, said)


def _uuid(said: dict[str, str]) -> UUID:
    return UUID(said["_data_"])
