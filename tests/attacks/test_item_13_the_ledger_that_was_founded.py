"""A start that looked healthy and was another ledger.

Files were taken out of the home folder, exchanged for another deployment's, or pointed elsewhere,
and the server started: with a new DID, a new log key, an empty vault. Now the founding event names
what a ledger is; opening compares, says in one line what is missing or another's, makes nothing.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from api import cli
from api.backup import back_up, restore_backup
from api.export import export_events, export_public, import_events
from api.founding import finishing, unfinished
from api.settings import Settings, SettingsError
from api.wiring import Testamur as Deployed
from api.wiring import system_clock
from keys.errors import KeyLost
from ledger.bus import Request
from ledger.context import SYSTEM
from ledger.deployment import DEPLOYMENT_ID, Deployment
from ledger.people import FoundNetwork
from tests.conftest import ROOT
from tests.world import World

MADE = ("testamur.db", "testamur-log.db", "vault.db", "keys.json", "passphrase")
FOUND = ("Our Network", "Ada Administrator", "ada@example.org")


def settings_of(home: Path, database_url: str = "", base_url: str = "") -> Settings:
    return Settings(
        home=home,
        database_url=database_url,
        base_url=base_url or "http://localhost:8000",
    )


def build(home: Path, database_url: str = "") -> Settings:
    """A ledger founded in a home folder, with its passphrase in a file, and closed again."""
    settings = settings_of(home, database_url)
    with Deployed.create(settings) as app:
        network, administrator, email = FOUND
        command = FoundNetwork(name=network, administrator=administrator, email=email)
        app.bus.execute(Request(SYSTEM), command)
        app.log.checkpoint()
    return settings


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two ledgers, of which one is tried and the other lends its files."""
    folder = tmp_path_factory.mktemp("founded")
    return build(folder / "one").home, build(folder / "other").home


@pytest.fixture
def home(founded: tuple[Path, Path], tmp_path: Path) -> Path:
    shutil.copytree(founded[0], tmp_path / "home")
    return tmp_path / "home"


def lose(name: str) -> Callable[[Path, Path], None]:
    def attack(home: Path, _other: Path) -> None:
        for suffix in ("", "-wal", "-shm"):
            (home / (name + suffix)).unlink(missing_ok=True)

    return attack


def exchange(*names: str) -> Callable[[Path, Path], None]:
    def attack(home: Path, other: Path) -> None:
        for name in names:
            lose(name)(home, other)
            shutil.copy(other / name, home / name)

    return attack


def empty_events(home: Path, _other: Path) -> None:
    with closing(sqlite3.connect(home / "testamur.db")) as events:
        events.execute("DELETE FROM stored_events")
        events.commit()


def without_founding(home: Path, _other: Path) -> None:
    with closing(sqlite3.connect(home / "testamur.db")) as events:
        gone = "DELETE FROM stored_events WHERE topic LIKE '%Deployment.Founded'"
        assert events.execute(gone).rowcount == 1
        events.commit()


def spoiled_founding(home: Path, _other: Path) -> None:
    with closing(sqlite3.connect(home / "testamur.db")) as events:
        spoil = "UPDATE stored_events SET state = '{' WHERE topic LIKE '%Deployment.Founded'"
        assert events.execute(spoil).rowcount == 1
        events.commit()


def empty_vault(home: Path, _other: Path) -> None:
    with closing(sqlite3.connect(home / "vault.db")) as vault:
        vault.execute("DELETE FROM data_keys")
        vault.commit()


def garbage_for_vault(home: Path, _other: Path) -> None:
    (home / "vault.db").write_bytes(os.urandom(8192))


def half_a_key_file(home: Path, _other: Path) -> None:
    text = (home / "keys.json").read_bytes()
    (home / "keys.json").write_bytes(text[: len(text) // 2])


def everything_but_the_events(home: Path, other: Path) -> None:
    for name in ("keys.json", "vault.db", "passphrase"):
        lose(name)(home, other)


ATTACKS: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "key file lost": (lose("keys.json"), "keys.json is missing, but a vault is in the home folder"),
    "key file, vault and passphrase lost": (
        everything_but_the_events,
        "keys.json is missing, but .*testamur.db holds the events of a ledger",
    ),
    "vault lost": (lose("vault.db"), "vault.db is missing, and without it nobody's data"),
    "vault emptied": (empty_vault, "another ledger, or an empty one"),
    "vault of another": (exchange("vault.db"), "vault .* is not this ledger's"),
    "garbage for a vault": (garbage_for_vault, "vault .* is not this ledger's.*cannot be read"),
    "events lost": (lose("testamur.db"), "holds no events: the database was lost"),
    "events emptied": (empty_events, "holds no events: the database was lost"),
    "events of another": (exchange("testamur.db"), "key file .* is that of another deployment"),
    "founding taken out": (without_founding, "do not begin with the founding"),
    "founding spoiled": (spoiled_founding, "founding event .* cannot be read"),
    "log lost": (lose("testamur-log.db"), "log's database .* is missing"),
    "log of another": (exchange("testamur-log.db"), "signed by another key"),
    "passphrase lost": (lose("passphrase"), "passphrase of the key file cannot be read"),
    "passphrase of another": (exchange("passphrase"), "does not open with this passphrase"),
    "key file of another": (exchange("keys.json", "passphrase"), "of another deployment"),
    "key file cut": (half_a_key_file, "is not a key file, or was damaged"),
}


def run(
    arguments: list[str], home: Path, capsys: pytest.CaptureFixture[str], **environment: str
) -> tuple[int, str]:
    """The command line in this process: its exit code, and what it says on standard error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESTAMUR_HOME", str(home))
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["testamur", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main()
    return int(left.value.code or 0), capsys.readouterr().err


def files(home: Path) -> dict[str, bytes]:
    return {name: (home / name).read_bytes() for name in MADE if (home / name).exists()}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_missing_or_anothers_is_said_in_one_line_and_nothing_is_made(
    founded: tuple[Path, Path],
    home: Path,
    capsys: pytest.CaptureFixture[str],
    attack: str,
) -> None:
    do, words = ATTACKS[attack]
    do(home, founded[1])
    before = set(files(home))
    keys = (home / "keys.json").read_bytes() if (home / "keys.json").exists() else None
    with pytest.raises(SettingsError, match=words):
        Deployed.open(settings_of(home))
    for command in (["serve"], ["found", *FOUND], ["keys", "list"]):
        code, said = run(command, home, capsys)
        assert (code, said.count("\n"), said[:10]) == (3, 1, "testamur: "), (command, said)
    assert set(files(home)) == before, "nothing may be made in its place"
    if keys is not None:
        assert (home / "keys.json").read_bytes() == keys
    assert unfinished(settings_of(home)) is None


def test_an_address_that_is_not_the_ledgers_is_refused(home: Path) -> None:
    with pytest.raises(SettingsError, match=r"is at http://localhost:8000.*move-address"):
        Deployed.open(settings_of(home, base_url="https://ledger.example.org"))
    Deployed.open(settings_of(home)).close()


def test_another_database_is_refused_and_not_filled(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    with pytest.raises(SettingsError, match="holds no events"):
        Deployed.open(settings_of(home, f"sqlite:///{elsewhere}"))
    assert not elsewhere.exists()


def test_serving_an_empty_home_founds_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = run(["serve"], tmp_path / "none", capsys)
    assert (code, "testamur found" in said) == (3, True)
    assert not (tmp_path / "none").exists()


def test_a_restored_vault_that_is_too_old_erases_nobody(tmp_path: Path) -> None:
    """Whoever was registered since is not "erased": their key is lost, and that is said."""
    world = World.build(tmp_path / "home")
    app, path = world.app, tmp_path / "home/vault.db"
    before = world.award()
    app.vault.engine.dispose()
    shutil.copy(path, tmp_path / "old.db")
    later = world.award(world.person("educator", world.campus))
    app.vault.engine.dispose()
    shutil.copy(tmp_path / "old.db", path)
    assert app.publishing.badge(before) is not None
    with pytest.raises(KeyLost, match="restore it"):
        app.publishing.badge(later)
    world.app.close()


def test_a_passphrase_file_is_kept_where_a_ledger_is_founded(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "passphrase").write_text("chosen by the operator\n")
    build(home)
    assert (home / "passphrase").read_text() == "chosen by the operator\n"


def test_two_homes_on_one_postgresql_database(tmp_path: Path, postgres_url: str) -> None:
    build(tmp_path / "one", postgres_url)
    with pytest.raises(SettingsError, match=r"no place for a new ledger: postgresql://.* holds"):
        Deployed.create(settings_of(tmp_path / "two", postgres_url))
    with pytest.raises(SettingsError, match=r"keys.json is missing, but postgresql://.* holds"):
        Deployed.open(settings_of(tmp_path / "two", postgres_url))
    other = build(tmp_path / "three")
    with pytest.raises(SettingsError, match="another deployment"):
        Deployed.open(settings_of(other.home, postgres_url))
    Deployed.open(settings_of(tmp_path / "one", postgres_url)).close()


def test_no_line_shows_the_database_password(tmp_path: Path) -> None:
    settings = build(tmp_path / "home")
    away = settings_of(settings.home, "postgresql://me:secret@localhost:1/none")
    with pytest.raises(SettingsError) as told:
        Deployed.open(away)
    assert "secret" not in str(told.value)
    assert "cannot be read" in str(told.value)


def processes(command: list[str], home: Path, number: int) -> list[subprocess.Popen[str]]:
    environment = {**os.environ, "TESTAMUR_HOME": str(home)}
    return [
        subprocess.Popen(
            [sys.executable, "-m", "api", *command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(number)
    ]


def test_two_foundings_at_once_make_one_ledger(tmp_path: Path) -> None:
    home = tmp_path / "home"
    both = processes(["found", *FOUND], home, 2)
    said = [process.communicate(timeout=120) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes == [0, 3], said
    lost = next(err for (_, err), process in zip(said, both, strict=True) if process.returncode)
    assert (lost.count("\n"), "Traceback" in lost) == (1, False), lost
    with Deployed.open(settings_of(home)) as app:
        assert app.store.find(Deployment, DEPLOYMENT_ID) is not None


STEPS = ("unfinished", "passphrase", "keys.json", "vault.db", "testamur.db", "testamur-log.db")
"""The files of a founding, in the order in which they come to be."""


@pytest.mark.parametrize("step", STEPS)
def test_a_founding_that_is_killed_goes_on(
    tmp_path: Path, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The child dies by SIGKILL as soon as a file is there; `found` again finishes it."""
    home = tmp_path / "home"
    child = os.fork()
    if child == 0:
        _die_when_there(home / step)
        Deployed.create(settings_of(home))
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    kept = files(home)
    code, said = run(["serve"], home, capsys)
    assert (code, said.count("\n")) == (3, 1), said
    assert files(home).keys() == kept.keys()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESTAMUR_HOME", str(home))
        patch.setattr(sys, "argv", ["testamur", "found", *FOUND])
        with pytest.raises(SystemExit) as left:
            cli.main()
    assert not left.value.code
    assert unfinished(settings_of(home)) is None
    for name in ("passphrase", "keys.json"):
        if name in kept:
            assert (home / name).read_bytes() == kept[name], "what was made is not made again"
    Deployed.open(settings_of(home)).close()


def _die_when_there(path: Path) -> None:
    """In this process: kill ourselves at the first line of code that runs after ``path`` is."""

    def look(_frame: object, _event: str, _argument: object) -> None:
        if path.exists():
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(look)


def test_a_founding_killed_after_its_event_is_opened(tmp_path: Path) -> None:
    settings = build(tmp_path / "home")
    (settings.home / "unfinished").write_text("found\n")
    Deployed.open(settings).close()
    assert unfinished(settings) is None


def test_a_restore_that_was_killed_is_no_ledger(tmp_path: Path) -> None:
    world = World.build(tmp_path / "home")
    world.award()
    back_up(world.app, tmp_path / "backup", lambda _: None)
    target = settings_of(tmp_path / "restored")
    target = target.model_copy(update={"key_passphrase": world.app.settings.key_passphrase})

    def die(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_backup(target, tmp_path / "backup", die)
    with pytest.raises(SettingsError, match=r"the restore into .* was not finished"):
        Deployed.open(target)
    shutil.rmtree(target.home)
    restore_backup(target, tmp_path / "backup", lambda _: None)
    Deployed.open(target).close()
    with pytest.raises(SettingsError, match="there is a ledger"):
        restore_backup(target, tmp_path / "backup", lambda _: None)
    world.app.close()


def test_only_the_ledgers_own_home_takes_an_import(tmp_path: Path) -> None:
    world = World.build(tmp_path / "home")
    last = export_public(world.app, tmp_path / "export", lambda _: None)
    export_events(world.app, tmp_path / "export", last.size, lambda _: None)
    other = build(tmp_path / "other")
    wrong = settings_of(other.home, f"sqlite:///{tmp_path}/new.db")
    with pytest.raises(SettingsError, match="another deployment"):
        Deployed.receiving(wrong, tmp_path / "export")
    assert not (tmp_path / "new.db").exists()
    right = world.app.settings.model_copy(update={"database_url": wrong.database_url})
    with finishing(right, "import"):
        with pytest.raises(SettingsError, match=r"the import into .* was not finished"):
            Deployed.open(right)
        with Deployed.receiving(right, tmp_path / "export", system_clock) as app:
            assert import_events(app, tmp_path / "export", lambda _: None) == last.size
    Deployed.open(right).close()
    world.app.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: needs another user to be")
def test_a_home_that_cannot_be_written_says_so_in_one_line(home: Path) -> None:
    for path in (home, *home.parents[:4]):
        path.chmod(0o755)
    for path in home.iterdir():
        path.chmod(0o644)
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        try:
            Deployed.open(settings_of(home))
        except SettingsError as error:
            os._exit(0 if "cannot be written to" in str(error) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
