"""Is this deployment fit to serve? Each thing that it needs is tried for real.

The databases are written to, the key file is read as it lies on the disk now and its keys sign, the
vault opens what it sealed when it was founded. Each probe has its own connections and its own
thread: one that gets no answer delays none of the others, and is told as such.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, event, inspect, text
from sqlalchemy.engine import make_url

from api.founding import events_table, read_deployment
from api.wiring import Testamur
from keys.vault import Vault
from ledger.clock import TOLERANCE
from projections.transparency.rows import latest_checkpoint

WITHIN = 1.25
"""Seconds after which a probe counts as unanswered; the whole answer takes little longer."""

_FRESH = 1.0  # seconds for which an answer is given again
_PATIENCE = 750  # milliseconds that a probe waits for a lock
_LOOK = 0.3  # seconds for looking through a database of SQLite
_MOST_BEHIND = 1000  # events, of a read model
_UNSIGNED = timedelta(seconds=60)  # and three rounds of the keeper

Probe = Callable[[], str]
"""Gives words for what is well. Raises whatever it meets."""


class Unfit(Exception):
    """Something works, and still is not as it must be; its text says what, to the operator."""


@dataclass(frozen=True)
class Finding:
    """What one probe found."""

    name: str
    fit: bool
    detail: str


@dataclass(frozen=True)
class Report:
    """What all of them found, at one time."""

    findings: tuple[Finding, ...]

    @property
    def fit(self) -> bool:
        return all(finding.fit for finding in self.findings)

    def document(self) -> dict[str, Any]:
        """As JSON members."""
        return {
            "status": "ready" if self.fit else "not ready",
            "checks": {f.name: {"ready": f.fit, "detail": f.detail} for f in self.findings},
        }


class Health:
    """Looks at a deployment, and answers whoever asks meanwhile with the same look."""

    def __init__(self, probes: dict[str, Probe], within: float = WITHIN) -> None:
        self._probes = probes
        self._within = within
        self._lock = Lock()
        self._running: dict[str, Future[str]] = {}
        self._asked: Future[Report] | None = None
        self._done = 0.0

    def look(self) -> Future[Report]:
        """The report to come, or one of a moment ago. Never blocks."""
        with self._lock:
            asked = self._asked
            is_fresh = time.monotonic() - self._done < _FRESH
            if asked is not None and (is_fresh or not asked.done()):
                return asked
            self._asked = asked = Future()
        _in_thread(asked, self._report)
        return asked

    def _report(self) -> Report:
        """One still at work from an earlier look is not begun again: it is stuck."""
        for name, probe in self._probes.items():
            before = self._running.get(name)
            if before is None or before.done():
                self._running[name] = Future()
                _in_thread(self._running[name], probe)
        wait(self._running.values(), self._within)
        report = Report(tuple(self._finding(name) for name in self._probes))
        self._done = time.monotonic()
        return report

    def _finding(self, name: str) -> Finding:
        running = self._running[name]
        if not running.done():
            return Finding(name, False, f"no answer within {self._within:g} seconds")
        error = running.exception()
        if error is None:
            return Finding(name, True, running.result())
        return Finding(name, False, _words(error))


def _in_thread(future: Future[Any], work: Callable[[], Any]) -> None:
    """A thread of its own, which nothing waits for when the process ends, and nobody who asked and
    left can cancel."""
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # whatever a driver raises is the answer
            future.set_exception(error)

    Thread(target=run, name="health", daemon=True).start()


def _words(error: BaseException) -> str:
    """One line for the operator, without addresses and statements."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(getattr(error, "orig", None) or error).partition("\n")[0] or type(error).__name__


def health_of(app: Testamur, within: float = WITHIN, look: float = _LOOK) -> Health:
    """The probes of a deployment. ``look`` seconds are spent on each database of SQLite."""
    deep = _Deployment(app, look)
    return Health(
        {
            "events": deep.events,
            "log": deep.log,
            "vault": deep.vault,
            "keys": deep.keys,
            "identity": deep.identity,
            "views": deep.views,
            "processes": deep.processes,
            "clock": deep.clock,
            "disk": deep.disk,
        },
        within,
    )


@dataclass(frozen=True)
class _Deployment:
    app: Testamur
    look: float

    def events(self) -> str:
        """The event store takes a write, and its newest event can be read."""
        url = self.app.settings.events_engine_url
        self._sound(url)
        with _transaction(url) as connection:
            _write(connection, "events")
            number = "rowid" if connection.dialect.name == "sqlite" else "notification_id"
            query = f"SELECT state FROM {events_table(url)} ORDER BY {number} DESC LIMIT 1"  # noqa: S608
            state = connection.execute(text(query)).scalar_one_or_none()
        if state is None:
            raise Unfit("there are no events")
        try:
            json.loads(bytes(state))
        except (ValueError, TypeError):
            raise Unfit("the newest event cannot be read") from None
        return "written to and read"

    def log(self) -> str:
        """The log takes a write, its last checkpoint is its own, no event waits long for one."""
        app = self.app
        self._sound(app.settings.log_url)
        with _transaction(app.settings.log_url) as connection:
            if app.settings.log_url != app.settings.events_engine_url:
                _write(connection, "log")
            last = latest_checkpoint(connection)
        if last is not None and last.note.signed_by(app.log.verifier) is None:
            raise Unfit("the last checkpoint is not signed by this log's key")
        number = app.log.number_at(last.size) if last is not None else 0
        left = app.store.recorder.select_notifications(number, 1, inclusive_of_start=False)
        if not left:
            return f"signed over all {last.size if last is not None else 0} events"
        first: Any = app.store.mapper.to_domain_event(left[0])
        recorded: datetime = first.timestamp
        waited = app.clock() - recorded
        if waited > _UNSIGNED + timedelta(seconds=3 * app.settings.checkpoint_seconds):
            raise Unfit(
                f"an event of {recorded:%Y-%m-%d %H:%M:%S} is under no checkpoint yet; a running "
                "server signs one"
            )
        return f"signed over {last.size if last is not None else 0} events, the next ones soon"

    def vault(self) -> str:
        """The vault takes a write and opens what it sealed when it was founded."""
        app = self.app
        url = app.settings.vault_url
        if not Path(make_url(url).database or "").exists():
            raise Unfit("the vault is missing")
        self._sound(url)
        vault = Vault(url, app.keys.vault_secret)
        try:
            vault.recognise(read_deployment(app.store, "the database").vault)
        finally:
            vault.engine.dispose()
        with _transaction(url) as connection:
            _write(connection, "vault")
        return "opens what it sealed"

    def keys(self) -> str:
        """The key file as it lies there now would open again, and its keys sign."""
        self.app.settings.passphrase()
        self.app.keys.check()
        return "opens, and every key signs"

    def identity(self) -> str:
        """The founding event names what was opened, and the address that is served."""
        found = read_deployment(self.app.store, "the database")
        if found.log != self.app.log.verifier.vkey or found.keys != self.app.keys.id:
            raise Unfit("the founding event names another ledger")
        if found.site != self.app.site:
            raise Unfit(f"the ledger moved to {found.site.base_url}: restart with that address")
        return f"{found.site.issuer}"

    def views(self) -> str:
        """Each read model follows the log closely, and none is set aside."""
        states = self.app.views.states()
        stopped = [f"{s.name} stopped: {s.fault.error}" for s in states if s.fault is not None]
        behind = [f"{s.name} is {s.lag} events behind" for s in states if s.lag > _MOST_BEHIND]
        if stopped or behind:
            raise Unfit("; ".join([*stopped, *behind]))
        return f"{max([s.lag for s in states], default=0)} events behind"

    def processes(self) -> str:
        """What process managers could not answer yet is told; it stops nothing else."""
        aside = self.app.processes.set_aside()
        if not aside:
            return "nothing is set aside"
        words = [f"{a.process} at event number {a.position}: {a.error}" for a in aside[:3]]
        return f"{len(aside)} events set aside and tried again: {'; '.join(words)}"

    def clock(self) -> str:
        """This machine's clock is not behind the ledger."""
        now = self.app.clock()
        ahead = self.app.store.ahead_of(now)
        if ahead > TOLERANCE:
            raise Unfit(
                f"the log is {ahead} ahead of this clock, and nothing is recorded; set the clock, "
                "or put the log right (testamur clock put-right)"
            )
        return f"{now:%Y-%m-%d %H:%M:%S} UTC"

    def disk(self) -> str:
        """There is room where we write, and a file can be written there."""
        settings = self.app.settings
        folders = {settings.home}
        for url in (settings.events_url, settings.log_url):
            if url.startswith("sqlite"):
                folders.add(Path(make_url(url).database or "").parent)
        least = settings.least_free_mb * 1024 * 1024
        free = min(shutil.disk_usage(folder).free for folder in folders)
        if free < least:
            raise Unfit(f"{free >> 20} MiB are free, {settings.least_free_mb} at least must be")
        for folder in folders:
            _write_file(folder / f".health-{os.getpid()}")
        return f"{free >> 20} MiB free"

    def _sound(self, url: str) -> None:
        """Look through a database of SQLite, page by page, for as long as there is time."""
        if not url.startswith("sqlite"):
            return
        if not Path(make_url(url).database or "").exists():
            raise Unfit("the database is missing")
        until = time.monotonic() + self.look
        with _connection(url) as connection:
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(lambda: time.monotonic() > until, 1000)
            try:
                found = driver.execute("PRAGMA quick_check(1)").fetchone()[0]
            except Exception as error:
                if "interrupted" in str(error):
                    return
                raise
        if found != "ok":
            raise Unfit(f"the database is damaged: {found.splitlines()[-1]}")


def _write(connection: Connection, name: str) -> None:
    """A write that counts: committed, to a table of one row for each probe."""
    if not inspect(connection).has_table("health"):
        connection.execute(text("CREATE TABLE health (name VARCHAR(20) PRIMARY KEY, at FLOAT)"))
    put = "INSERT INTO health VALUES (:name, :at) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
    connection.execute(text(put), {"name": name, "at": time.time()})


def _write_file(path: Path) -> None:
    try:
        with path.open("wb") as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    """A connection of the probe's own, that waits for a lock a moment only."""
    engine = create_engine(url, poolclass=NullPool)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:

        def set_up(connection: Any, _record: object) -> None:
            connection.isolation_level = None
            connection.execute(f"PRAGMA busy_timeout={_PATIENCE}")

        event.listen(engine, "connect", set_up)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _transaction(url: str) -> Iterator[Connection]:
    with _connection(url) as connection, connection.begin():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            for name in ("lock_timeout", "statement_timeout"):
                connection.exec_driver_sql(f"SET LOCAL {name} = {_PATIENCE}")
        yield connection
