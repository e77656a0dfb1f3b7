"""Audits that somebody started from a page: each in a process of its own, one at a time, followed
by what it writes down as it goes, and its report kept.

``python -m api.audit.runs`` is such a process: it takes its settings from its standard input, so
that no passphrase stands in a command line. It outlives a server that is started anew.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from api.audit import STAGES, LiveLedger, audit
from api.audit.work import Stage
from api.registry import read_witnesses
from api.settings import Settings
from api.wiring import Testamur, system_clock
from ledger.errors import Unavailable

LONGEST = 6 * 3600
"""Seconds until an audit is stopped."""

_OFTEN = 0.5
"""Seconds between two notes of how far it is."""


class AuditRunning(Unavailable):
    """Another audit is running."""

    def __init__(self) -> None:
        super().__init__("audit-running", "an audit is running; wait until it is done")


@dataclass(frozen=True)
class Run:
    """One audit. ``state`` is running, done, or broken off; ``progress`` gives for each stage how
    many events are done, and of how many; ``report`` is there when it is done."""

    id: UUID
    by: UUID | None
    started: datetime
    state: str
    progress: dict[str, tuple[int, int]]
    finished: datetime | None = None
    report: dict[str, Any] | None = None

    @property
    def share(self) -> int:
        """How far it is, in hundredths."""
        done, of = (sum(each[at] for each in self.progress.values()) for at in (0, 1))
        return min(done * 100 // of, 100) if of else 0

    def document(self) -> dict[str, Any]:
        """As JSON members."""
        return {
            "id": str(self.id),
            "by": str(self.by) if self.by else None,
            "started": self.started.isoformat(),
            "state": self.state,
            "progress": self.progress,
            "finished": self.finished.isoformat() if self.finished else None,
            "report": self.report,
        }


class AuditRuns:
    """The audits of one deployment, in a folder of its home."""

    def __init__(self, app: Testamur) -> None:
        self._app = app
        self._folder = app.settings.home / "audits"

    def start(self, by: UUID | None) -> Run:
        """Start one. Raises AuditRunning."""
        self._folder.mkdir(exist_ok=True)
        if self._running() is not None:
            raise AuditRunning
        run = Run(uuid4(), by, system_clock(), "running", {})
        _write(self._folder, run)
        settings = self._app.settings.model_dump(mode="json")
        settings["home"] = str(self._app.settings.home.resolve())
        settings["key_passphrase"] = self._app.settings.passphrase()
        lock = (self._folder / "lock").open("a+")
        try:
            _take(lock.fileno(), run.id)
        except OSError:
            lock.close()
            (self._folder / f"{run.id}.json").unlink()
            raise AuditRunning from None
        # The process inherits the lock, and has it until it ends, however it ends.
        with lock, (self._folder / "errors").open("a") as errors:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "api.audit.runs", str(run.id)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[lock.fileno()],
                start_new_session=True,
            )
            assert process.stdin is not None
            with process.stdin as told:
                told.write(json.dumps(settings).encode())
        threading.Thread(target=process.wait, name="audit", daemon=True).start()
        return run

    def get(self, run: UUID) -> Run | None:
        """One of them."""
        path = self._folder / f"{run}.json"
        return self._judged(_read(path)) if path.is_file() else None

    def newest(self, limit: int = 20) -> list[Run]:
        """The last ones, the newest first."""
        runs = [_read(path) for path in self._folder.glob("*.json")]
        runs.sort(key=lambda run: run.started, reverse=True)
        return [self._judged(run) for run in runs[:limit]]

    def running(self) -> Run | None:
        """The one that is running."""
        run = self._running()
        return self.get(run) if run is not None else None

    def _judged(self, run: Run) -> Run:
        """What says that it is running and holds no lock was broken off."""
        if run.state == "running" and self._running() != run.id:
            again = _read(self._folder / f"{run.id}.json")
            return again if again.state != "running" else Run(**{**vars(again), "state": "broken"})
        return run

    def _running(self) -> UUID | None:
        path = self._folder / "lock"
        if not path.is_file():
            return None
        with path.open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                text = lock.read().strip()
                return UUID(text) if text else None
        return None


def _take(lock: int, run: UUID) -> None:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.ftruncate(lock, 0)
    os.write(lock, str(run).encode())


def _read(path: Path) -> Run:
    found = json.loads(path.read_text(encoding="utf-8"))
    finished = found["finished"]
    return Run(
        UUID(found["id"]),
        UUID(found["by"]) if found["by"] else None,
        datetime.fromisoformat(found["started"]),
        found["state"],
        {stage: (done, of) for stage, (done, of) in found["progress"].items()},
        datetime.fromisoformat(finished) if finished else None,
        found["report"],
    )


def _write(folder: Path, run: Run) -> None:
    draft = folder / f"{run.id}.new"
    draft.write_text(json.dumps(run.document()), encoding="utf-8")
    draft.replace(folder / f"{run.id}.json")


@contextmanager
def _ending(seconds: int) -> Iterator[None]:
    signal.alarm(seconds)  # which ends the process
    try:
        yield
    finally:
        signal.alarm(0)


def main() -> None:
    """Audit the ledger whose settings come in, and write down what came of it."""
    settings = Settings.model_validate(json.load(sys.stdin))
    folder = settings.home / "audits"
    run = _read(folder / f"{sys.argv[1]}.json")
    os.nice(10)
    progress: dict[str, tuple[int, int]] = dict.fromkeys(STAGES, (0, 0))
    noted = 0.0

    def note(stage: Stage, done: int, of: int) -> None:
        nonlocal noted
        progress[stage] = (min(done, of), of)
        if time.monotonic() - noted > _OFTEN:
            noted = time.monotonic()
            _write(folder, Run(**{**vars(run), "progress": progress}))

    with _ending(LONGEST):
        with Testamur.inspected(settings) as app:
            verifier = app.log.verifier
            with suppress(Exception):  # what cannot be signed is audited as it is
                app.log.checkpoint()
        report = audit(
            LiveLedger(settings),
            verifier,
            system_clock(),
            witnesses=read_witnesses(settings.witnesses_file),
            progress=note,
            jobs=max((os.cpu_count() or 1) - 1, 1),
        )
    done = {"state": "done", "progress": progress, "finished": datetime.now(UTC)}
    _write(folder, Run(**{**vars(run), **done, "report": report.document()}))


if __name__ == "__main__":
    main()
