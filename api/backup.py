"""Backups: the whole ledger in one folder, the same for SQLite and PostgreSQL.

What is copied first refers to nothing that is copied later: events name evidence and data keys
that were there before them. A backup without ``backup.json`` was not finished; it is written when
the copy was read again and held against the signed tree.

It holds nobody's words in clear: events, evidence and data keys are sealed or wrapped, and badges
are in the events. So whoever is erased later can be forgotten by a backup too.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from api.export import check_events, export_events, export_log, import_events
from api.founding import finishing, must_be_empty
from api.settings import Settings, SettingsError
from api.wiring import Testamur

_DONE = "backup.json"
_FILES = ("keys.json", "issuers.json", "witnesses", "witnessed.json", "erasures")
_FOLDERS = ("evidence", "images")
_NOT_KEPT = shutil.ignore_patterns("*.*", "unfinished")


def back_up(app: Testamur, folder: Path, progress: Callable[[int], None]) -> int:
    """Copy everything into an empty folder; gives the number of events. Raises LogError."""
    if folder.exists() and any(folder.iterdir()):
        raise SettingsError(f"{folder} is not empty")
    last = export_log(app, folder)
    export_events(app, folder, last.size, progress)
    home, copy = app.settings.home, folder / "home"
    copy.mkdir(parents=True)
    for name in _FOLDERS:
        if (home / name).is_dir():
            shutil.copytree(home / name, copy / name, ignore=_NOT_KEPT)
    _copy_database(home / "vault.db", copy / "vault.db")
    for name in _FILES:
        if (home / name).is_file():
            shutil.copy2(home / name, copy / name)
    size = check_events(folder, app.log.verifier, progress)
    (folder / _DONE).write_text(json.dumps({"size": size, "log": app.log.verifier.vkey}) + "\n")
    return size


def restore_backup(
    settings: Settings, folder: Path, progress: Callable[[int], None]
) -> tuple[int, list[UUID]]:
    """Bring a backup back; gives the number of events, and whom it had to erase again.

    Raises SettingsError for a backup that was not finished or a home that is in use; LogError for
    one that is not what it was.
    """
    if not (folder / _DONE).is_file():
        raise SettingsError(f"{folder} holds no finished backup ({_DONE})")
    must_be_empty(settings)
    settings.passphrase()
    with finishing(settings, "restore"):
        _copy_home(settings, folder)
        with Testamur.receiving(settings, folder) as app:
            size = import_events(app, folder, progress)
            return size, app.erasing.carry_out_all(app.bus)


def _copy_home(settings: Settings, folder: Path) -> None:
    home = settings.home
    forgotten = _lines(home / "erasures") | _lines(folder / "home/erasures")
    for name in _FOLDERS:
        if (folder / "home" / name).is_dir():
            shutil.copytree(folder / "home" / name, home / name, dirs_exist_ok=True)
    for name in (*_FILES, "vault.db"):
        if (folder / "home" / name).is_file():
            shutil.copy2(folder / "home" / name, home / name)
    settings.erasures_file.write_text("".join(f"{person}\n" for person in sorted(forgotten)))


def _copy_database(source: Path, target: Path) -> None:
    """A consistent copy, also while others write."""
    with sqlite3.connect(source) as one, sqlite3.connect(target) as other:
        one.backup(other)
    one.close()
    other.close()


def _lines(file: Path) -> set[str]:
    return set(file.read_text(encoding="utf-8").splitlines()) if file.exists() else set()
