"""Tamperings with databases and exported files, by the hundred (by the thousand in ``make
test-long``): each is found, and found in its place.

Nothing of what is tampered with is a stand-in: the databases and files are those of a ledger that
was built by commands, and the audit is the one that ``testamur audit`` runs.
"""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from api.audit import ExportedLedger, audit
from api.audit.evidence import Evidence, LiveEvidence
from api.capabilities import READ_MODELS
from api.export import export_events, export_public
from api.settings import Settings
from api.wiring import Testamur as Deployment
from keys.keystore import KeyStore
from ledger.archive import EventArchive
from ledger.audit.report import AuditReport
from ledger.awards import (
    IssueEndorsement,
    ReinstateAward,
    RenewAward,
    RevokeAward,
    SuspendAward,
)
from ledger.people import NETWORK_ID
from ledger.transparency.tiles import WIDTH
from tests.conftest import examples
from tests.world import TickingClock, World, definition

CHUNKS, EACH = 4, examples(40)
_TABLES = [table.name for projection in READ_MODELS for table in projection.tables]


@dataclass
class Original:
    """A ledger with something of everything in it, and its export."""

    home: Path
    export: Path
    keys: KeyStore
    clock: TickingClock

    def report(self, home: Path) -> AuditReport:
        """The audit of the ledger in ``home``."""
        settings = Settings(home=home, key_passphrase="a passphrase")  # type: ignore[arg-type]
        app = Deployment.around(settings, self.keys, self.clock)
        return audit(Opened(app), app.log.verifier, self.clock.now)

    def report_on_files(self, folder: Path) -> AuditReport:
        """The audit of an exported folder."""
        return audit(ExportedLedger(folder), self._log, self.clock.now)

    @property
    def _log(self):  # type: ignore[no-untyped-def]
        settings = Settings(home=self.home, key_passphrase="a passphrase")  # type: ignore[arg-type]
        app = Deployment.around(settings, self.keys, self.clock)
        try:
            return app.log.verifier
        finally:
            app.close()


@dataclass(frozen=True)
class Opened:
    """A deployment that is open already, as a source of an audit."""

    app: Deployment

    def open(self) -> Evidence:
        return LiveEvidence(self.app)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    folder = tmp_path_factory.mktemp("original")
    world = World.build(folder / "home")
    app, do, manager = world.app, world.do, world.manager
    ending = world.publish(definition(name="Ends", valid_months=12, suspendable=True))
    for number in range(24):
        educator = world.person("educator", world.campus)
        award = world.award(educator)
        if number % 6 == 0:
            app.log.checkpoint()
            do(manager, RevokeAward(award=award, reason="integrity", note="Copied."))
        if number % 6 == 1:
            second = world.award(educator, ending)
            asked = SuspendAward(award=second, reason="under-investigation", note="Asked.")
            do(manager, asked)
            do(manager, ReinstateAward(award=second, note="Answered."))
            do(manager, RenewAward(award=second, note="Still done."))
    world.review(world.submitted(world.person("educator", world.campus)), meets=False)
    endorsed = IssueEndorsement(
        endorser=NETWORK_ID, kind="award", target=app.site.badge(award), comment="Well done."
    )
    do(world.administrator, endorsed)
    gone = world.person("educator", world.campus)
    world.award(gone)
    world.forget(gone)
    last = export_public(app, folder / "export", lambda _: None)
    export_events(app, folder / "export", last.size, lambda _: None)
    assert last.size > 300
    app.close()
    return Original(folder / "home", folder / "export", app.keys, world.clock)


def test_nothing_is_reported_where_nothing_was_touched(original: Original) -> None:
    for report in (original.report(original.home), original.report_on_files(original.export)):
        assert report.passed, report.divergences
        not_reached = {f.id for f in report.findings.values() if f.status == "not-reached"}
        assert not_reached <= {
            "log.cosignatures",
            "evidence.kept",
            "erasures.finished",
            "views.rows",
        }


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_tampering_with_databases_is_found_and_located(
    original: Original, tmp_path: Path, chunk: int
) -> None:
    dice = random.Random(f"databases {chunk}")
    for number in range(EACH):
        home = tmp_path / f"{number}"
        home.mkdir()
        for name in (
            "testamur.db",
            "testamur-log.db",
            "testamur-views.db",
            "vault.db",
            "keys.json",
        ):
            shutil.copy(original.home / name, home / name)
        what, where = dice.choice(IN_DATABASES)(home, dice)
        report = original.report(home)
        _must_name(report, what, where)
        shutil.rmtree(home)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_tampering_with_exported_files_is_found_and_located(
    original: Original, tmp_path: Path, chunk: int
) -> None:
    dice = random.Random(f"files {chunk}")
    folder = tmp_path / "export"
    shutil.copytree(original.export, folder)
    for _ in range(EACH):
        what, where = _tamper_with_file(folder, dice)
        _must_name(original.report_on_files(folder), what, where)
        shutil.rmtree(folder)
        shutil.copytree(original.export, folder)
    assert original.report_on_files(folder).passed


def _must_name(report: AuditReport, what: str, where: str) -> None:
    assert not report.passed, (what, where)
    places = [f"{d.kind} {d.position} {d.place} {d.detail}" for d in report.divergences]
    assert any(re.search(where, place) for place in places), (what, where, places[:10])


Tampered = tuple[str, str]
"""What was done, and a pattern of what some divergence must say: kind, position, place, detail."""


def _events(change: Callable[[sqlite3.Connection, int, int, random.Random], str]):  # type: ignore[no-untyped-def]
    def tamper(home: Path, dice: random.Random) -> Tampered:
        with closing(sqlite3.connect(home / "testamur.db")) as events:
            (last,) = events.execute("SELECT max(rowid) FROM stored_events").fetchone()
            row = dice.randint(1, last)
            where = change(events, row, last, dice)
            events.commit()
        return f"{change.__name__} {row}", where

    return tamper


@_events
def change_state(events: sqlite3.Connection, row: int, _last: int, dice: random.Random) -> str:
    (state,) = events.execute("SELECT state FROM stored_events WHERE rowid = ?", (row,)).fetchone()
    at = dice.randrange(len(state))
    changed = state[:at] + bytes([state[at] ^ dice.randint(1, 255)]) + state[at + 1 :]
    events.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (changed, row))
    return f" {row - 1} event {row - 1}"


@_events
def change_topic(events: sqlite3.Connection, row: int, _last: int, _dice: random.Random) -> str:
    events.execute("UPDATE stored_events SET topic = topic || 'x' WHERE rowid = ?", (row,))
    return f" {row - 1} event {row - 1}"


@_events
def change_version(events: sqlite3.Connection, row: int, _last: int, dice: random.Random) -> str:
    events.execute(
        "UPDATE stored_events SET originator_version = originator_version + ? WHERE rowid = ?",
        (dice.randint(100, 200), row),
    )
    return f" {row - 1} event {row - 1}"


@_events
def change_stream(events: sqlite3.Connection, row: int, _last: int, dice: random.Random) -> str:
    other = dice.choice(["nonsense", f"{dice.getrandbits(128):032x}"])
    events.execute("UPDATE stored_events SET originator_id = ? WHERE rowid = ?", (other, row))
    return f" {row - 1} event {row - 1}"


@_events
def delete_event(events: sqlite3.Connection, row: int, _last: int, _dice: random.Random) -> str:
    events.execute("DELETE FROM stored_events WHERE rowid = ?", (row,))
    return f"event-missing {row - 1} "


@_events
def truncate_events(events: sqlite3.Connection, row: int, _last: int, _dice: random.Random) -> str:
    events.execute("DELETE FROM stored_events WHERE rowid >= ?", (row,))
    return f"event-missing {row - 1} "


@_events
def swap_events(events: sqlite3.Connection, row: int, last: int, dice: random.Random) -> str:
    other = dice.choice([n for n in range(1, last + 1) if n != row])
    for one, two in ((row, -1), (other, row), (-1, other)):
        events.execute("UPDATE stored_events SET rowid = ? WHERE rowid = ?", (two, one))
    return f"event-changed {row - 1} "


@_events
def insert_event(events: sqlite3.Connection, row: int, last: int, dice: random.Random) -> str:
    """A copy of one event as another thing's, between two others that make room for it."""
    copied = events.execute(
        "SELECT topic, state FROM stored_events WHERE rowid = ?", (dice.randint(1, last),)
    ).fetchone()
    events.execute("UPDATE stored_events SET rowid = -rowid - 1 WHERE rowid >= ?", (row,))
    events.execute("UPDATE stored_events SET rowid = -rowid WHERE rowid < 0")
    events.execute(
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) "
        "VALUES (?, ?, 1, ?, ?)",
        (row, f"{dice.getrandbits(128):032x}", *copied),
    )
    return f"event-changed {row - 1} "


@_events
def insert_before_all(events: sqlite3.Connection, row: int, _last: int, dice: random.Random) -> str:
    copied = events.execute(
        "SELECT topic, state FROM stored_events WHERE rowid = ?", (row,)
    ).fetchone()
    events.execute(
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) "
        "VALUES (?, ?, 1, ?, ?)",
        (-dice.randint(0, 9), f"{dice.getrandbits(128):032x}", *copied),
    )
    return "event-inserted 0 "


@_events
def append_an_award(events: sqlite3.Connection, _row: int, last: int, dice: random.Random) -> str:
    """An award that nobody decided, after the last event that was signed."""
    topic, state = events.execute(
        "SELECT topic, state FROM stored_events WHERE topic = 'awards.Award.Issued' "
        "ORDER BY random() LIMIT 1"
    ).fetchone()
    events.execute(
        "INSERT INTO stored_events (originator_id, originator_version, topic, state) "
        "VALUES (?, 1, ?, ?)",
        (f"{dice.getrandbits(128):032x}", topic, state),
    )
    return f"rule-broken {last} "


def change_tile(home: Path, dice: random.Random) -> Tampered:
    def change(data: bytes) -> bytes:
        at = dice.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    return _tile(home, dice, change)


def truncate_tile(home: Path, dice: random.Random) -> Tampered:
    return _tile(home, dice, lambda data: data[: dice.randrange(len(data))])


def _tile(home: Path, dice: random.Random, change: Callable[[bytes], bytes]) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        rows = log.execute("SELECT level, number, hashes FROM log_tiles").fetchall()
        level, number, hashes = dice.choice(rows)
        log.execute(
            "UPDATE log_tiles SET hashes = ? WHERE level = ? AND number = ?",
            (change(hashes), level, number),
        )
        log.commit()
    return f"tile {level}/{number}", f"tile/{level}/{number:03}"


def delete_tile(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        rows = log.execute("SELECT level, number FROM log_tiles").fetchall()
        level, number = dice.choice(rows)
        log.execute("DELETE FROM log_tiles WHERE level = ? AND number = ?", (level, number))
        log.commit()
    return f"delete tile {level}/{number}", f"tile/{level}/{number:03}"


def insert_tile(home: Path, dice: random.Random) -> Tampered:
    number = dice.randint(5, 900)
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        log.execute("INSERT INTO log_tiles VALUES (0, ?, ?)", (number, dice.randbytes(8192)))
        log.commit()
    return f"insert tile {number}", f"tile/0/{number:03}"


def change_entries(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        number, entries = dice.choice(
            log.execute("SELECT number, entries FROM log_bundles").fetchall()
        )
        at = dice.randrange(len(entries))
        changed = entries[:at] + bytes([entries[at] ^ 1]) + entries[at + 1 :]
        log.execute("UPDATE log_bundles SET entries = ? WHERE number = ?", (changed, number))
        log.commit()
    return f"entry {number}", f"entry-changed {number * 256 + at // 32} "


def change_numbers(home: Path, dice: random.Random) -> Tampered:
    """Which events the log says that its entries stand for."""
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        number, ids = dice.choice(log.execute("SELECT number, ids FROM log_bundles").fetchall())
        at = dice.randrange(len(ids))
        changed = ids[:at] + bytes([ids[at] ^ 1]) + ids[at + 1 :]
        log.execute("UPDATE log_bundles SET ids = ? WHERE number = ?", (changed, number))
        log.commit()
    return f"numbers of bundle {number} at {at}", f"event {number * 256 + at // 8}"


def delete_bundle(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        (number,) = dice.choice(log.execute("SELECT number FROM log_bundles").fetchall())
        log.execute("DELETE FROM log_bundles WHERE number = ?", (number,))
        log.commit()
    return f"delete bundle {number}", f"tile/entries/{number:03}"


def swap_bundles(home: Path, _dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        log.execute("UPDATE log_bundles SET number = -1 WHERE number = 0")
        log.execute("UPDATE log_bundles SET number = 0 WHERE number = 1")
        log.execute("UPDATE log_bundles SET number = 1 WHERE number = -1")
        log.commit()
    return "swap bundles", " 0 event 0"


def change_checkpoint(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        size, note = dice.choice(log.execute("SELECT size, note FROM log_checkpoints").fetchall())
        at = dice.choice([i for i, c in enumerate(note) if c.isalnum()])
        other = "A" if note[at] != "A" else "B"
        log.execute(
            "UPDATE log_checkpoints SET note = ? WHERE size = ?",
            (note[:at] + other + note[at + 1 :], size),
        )
        log.commit()
    return f"checkpoint {size} at {at}", "checkpoint"


def delete_checkpoint(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        (size,) = dice.choice(log.execute("SELECT size FROM log_checkpoints").fetchall())
        log.execute("DELETE FROM log_checkpoints WHERE size = ?", (size,))
        log.commit()
    return f"delete checkpoint {size}", "checkpoint-missing"


def insert_checkpoint(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        note, signed = log.execute("SELECT note, signed FROM log_checkpoints LIMIT 1").fetchone()
        size = dice.choice([1, 2, 5, 77, 10**6])
        log.execute("INSERT INTO log_checkpoints VALUES (?, ?, ?)", (size, note, signed))
        log.commit()
    return f"insert checkpoint {size}", "checkpoint"


def change_size(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-log.db")) as log:
        column = dice.choice(["size", "last", "signed"])
        log.execute(f"UPDATE log_state SET {column} = {column} + ?", (dice.choice([-1, 1, 7]),))
        log.commit()
    return f"state {column}", "checkpoint-missing" if column == "signed" else "the size"


def change_row(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-views.db")) as views:
        table = _filled(views, dice)
        columns = [row[1] for row in views.execute(f"PRAGMA table_info({table})")]
        column = dice.choice(columns)
        (rowid,) = dice.choice(views.execute(f"SELECT rowid FROM {table}").fetchall())
        query = f"SELECT {column} FROM {table} WHERE rowid = ?"
        (value,) = views.execute(query, (rowid,)).fetchone()
        other = {
            int: lambda: 1 - value if value in (0, 1) else value + 1,
            bytes: lambda: value[:-1] + bytes([value[-1] ^ 1]),
        }
        changed = other.get(type(value), lambda: f"{value or ''}x")()
        views.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, rowid))
        views.commit()
    return f"{table}.{column} of row {rowid}", f"view-differs 0 {table}"


def delete_row(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-views.db")) as views:
        table = _filled(views, dice)
        (rowid,) = dice.choice(views.execute(f"SELECT rowid FROM {table}").fetchall())
        views.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
        views.commit()
    return f"delete row {rowid} of {table}", f"view-differs 0 {table}"


def truncate_table(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-views.db")) as views:
        table = _filled(views, dice)
        views.execute(f"DELETE FROM {table}")
        views.commit()
    return f"empty {table}", f"view-differs 0 {table}"


def insert_row(home: Path, dice: random.Random) -> Tampered:
    with closing(sqlite3.connect(home / "testamur-views.db")) as views:
        views.execute(
            "INSERT INTO view_grants VALUES (?, 'administrator', ?)", (f"{dice.random()}", "u")
        )
        views.commit()
    return "a role that nobody granted", "view-differs 0 view_grants"


def change_how_far(home: Path, dice: random.Random) -> Tampered:
    """Further than there are events. One that is set back is followed again first: where that
    gives other rows, they are named; where it gives the same, nothing is wrong."""
    with closing(sqlite3.connect(home / "testamur-views.db")) as views:
        (name,) = dice.choice(views.execute("SELECT projection FROM views_asked").fetchall())
        views.execute("UPDATE views_asked SET position = ? WHERE projection = ?", (10**6, name))
        views.commit()
    return f"position of {name}", rf"view-differs 0 {name} it says that it reached"


IN_DATABASES = [
    change_state,
    change_topic,
    change_version,
    change_stream,
    delete_event,
    truncate_events,
    swap_events,
    insert_event,
    insert_before_all,
    append_an_award,
    change_tile,
    truncate_tile,
    delete_tile,
    insert_tile,
    change_entries,
    change_numbers,
    delete_bundle,
    swap_bundles,
    change_checkpoint,
    delete_checkpoint,
    insert_checkpoint,
    change_size,
    change_row,
    delete_row,
    truncate_table,
    insert_row,
    change_how_far,
]


def _filled(views: sqlite3.Connection, dice: random.Random) -> str:
    filled = [t for t in _TABLES if views.execute(f"SELECT 1 FROM {t} LIMIT 1").fetchone()]
    return dice.choice(filled)


def _tamper_with_file(folder: Path, dice: random.Random) -> Tampered:
    """Change, truncate, delete, swap or insert."""
    group = dice.choice(["events", "log/tile", "log/checkpoint", "checkpoints.jsonl", "badges"])
    found = [p for p in sorted((folder / group).rglob("*")) if p.is_file()] or [folder / group]
    found = [path for path in found if path.name != "receipt"]
    path = dice.choice(found)
    inside = path.relative_to(folder)
    ways = ["change"] if group == "badges" else ["change", "truncate", "delete"]
    if len(found) > 1 and group != "badges":
        ways.append("swap")
    if group == "log/tile":
        ways.append("insert")
    way, data = dice.choice(ways), path.read_bytes()
    touched = [inside]
    if way == "change":
        at = dice.randrange(len(data) - 1)
        if group == "checkpoints.jsonl":  # when it was signed is the log's own word, unsigned
            at = dice.choice([n for n in _in_notes(data) if chr(data[n]).isalnum()])
        path.write_bytes(data[:at] + bytes([data[at] ^ dice.randint(1, 127)]) + data[at + 1 :])
    elif way == "truncate":
        path.write_bytes(data[: dice.randrange(len(data) - 1)])
    elif way == "delete":
        path.unlink()
    elif way == "swap":
        other = dice.choice([p for p in found if p != path])
        path.write_bytes(other.read_bytes())
        other.write_bytes(data)
        touched.append(other.relative_to(folder))
    else:
        path = path.with_name(f"{dice.randint(500, 900)}")
        path.write_bytes(dice.randbytes(8192))
        touched = [path.relative_to(folder)]
    said = "|".join(_where(folder, group, file) for file in touched)  # of a swap, one of the two
    return f"{way} {inside}", said


def _where(folder: Path, group: str, inside: Path) -> str:
    """What must be said of a file that was touched: its own path, or a position that it holds."""
    if group == "badges":
        own = [r.position for r in EventArchive(folder).records() if r.originator == inside.stem]
        return _at("credential-invalid", own)
    if group not in ("events", "log/tile"):
        return "checkpoint"
    path = inside.as_posix().removeprefix("log/").partition(".p/")[0]
    number = int(path.rpartition("/")[2])
    held = range(number * WIDTH, (number + 1) * WIDTH)
    if group == "events":
        return _at(r"event-\w+", held)
    return f"{path}|{_at('entry-changed', held)}" if "entries" in path else path


def _at(kind: str, positions: Iterable[int]) -> str:
    return rf"^{kind} ({'|'.join(map(str, positions))}) "


def _in_notes(data: bytes) -> list[int]:
    """Where in the list of checkpoints the root hashes stand."""
    found, at = [], 0
    while (at := data.find(b"/log\\n", at + 1)) > 0:
        start = data.index(b"\\n", at + 6) + 2
        found += range(start, start + 42)
    return found


def test_a_later_clock_changes_nothing(original: Original) -> None:
    """What was signed in time stays signed in time."""
    original.clock.now += timedelta(days=4000)
    assert original.report(original.home).passed
