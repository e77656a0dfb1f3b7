"""A command to a durable event, and the log read again."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate

from bench.timing import rate, show
from ledger.assessment import DraftSubmission
from tests.world import World


class Note(Aggregate):
    """The smallest aggregate: what the library alone costs."""

    class Written(Aggregate.Created):
        text: str

    def __init__(self, text: str) -> None:
        self.text = text


def events(world: World, folder: Path) -> None:
    """From a command to an event that survives a power cut."""
    plain = sqlite3.connect(folder / "plain.db", isolation_level=None)
    plain.execute("PRAGMA journal_mode=WAL")
    plain.execute("PRAGMA synchronous=FULL")
    plain.execute("CREATE TABLE t (id TEXT PRIMARY KEY, state BLOB)")
    state = b"x" * 400
    floor = rate(lambda: plain.execute("INSERT INTO t VALUES (?, ?)", (uuid4().hex, state)))
    bare: Application[Any] = Application(
        {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "bare.db")}
    )
    library = rate(lambda: bare.save(Note(text="x" * 300)))
    bare.close()
    begun = DraftSubmission(micro_credential=world.micro, number=1)
    draft = rate(lambda: world.do(world.educator, begun))
    print("\nA command to a durable event, SQLite, one writer")
    show("plain insert", floor)
    show("bare eventsourcing save", library, floor, "plain")
    show("submission.draft, with permission checks", draft, library, "bare eventsourcing")


def replay(world: World) -> None:
    """Reading the log, and rebuilding all read models."""
    count = world.app.store.position()
    mapper = world.app.store.mapper
    began = time.perf_counter()
    position = 0
    while page := world.app.store.page(position):
        for notification in page:
            mapper.to_domain_event(notification)
        position = page[-1].id
    read = count / (time.perf_counter() - began)
    world.app.views.catch_up()
    began = time.perf_counter()
    for name in world.app.views.names:
        world.app.views.rebuild(name)
    rebuilt = count * len(world.app.views.names) / (time.perf_counter() - began)
    print(f"\nThe log of {count:,} events")
    show("read and decoded", read)
    show("looked at by one projection in a rebuild", rebuilt, read, "reading")
