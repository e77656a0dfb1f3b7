"""Founding a ledger in an empty home folder, and recognising the one that is there.

The founding event names what a ledger is: its address, its log's key, its key file, its vault.
Opening compares each with what lies in the home folder, and never makes anything in its place: a
file that is lost must be told, since a new one would look healthy and be another ledger.

While something is brought into a home folder, a file ``unfinished`` in it says what: killed in the
middle, a founding goes on where it was, and a restore or an import is not taken for a ledger.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from sqlalchemy import Connection, NullPool, create_engine, inspect, literal, select, table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from api.capabilities import NEWEST_POLICY, VALUES
from api.settings import Settings, SettingsError
from keys.errors import KeysError
from keys.keystore import KeyStore
from keys.vault import Vault
from ledger.archive import EventArchive
from ledger.bus import UnitOfWork, perform
from ledger.context import SYSTEM, Context
from ledger.deployment import DEPLOYMENT_ID, Deployment
from ledger.inputs import digest_of
from ledger.people import FoundDeployment, GrantedAuthority
from ledger.recorders import ClaimTaken
from ledger.store import EventStore
from ledger.transparency import LogError, Note, VerifierKey, log_origin
from projections.transparency.rows import checkpoints

Work = Literal["found", "restore", "import"]


def is_begun(settings: Settings) -> bool:
    """Whether a ledger is in the home folder, as far as its key file tells, and founded."""
    return settings.key_file.exists() and unfinished(settings) != "found"


def open_keys(settings: Settings) -> KeyStore:
    """The key file of the ledger in the home folder. Raises SettingsError."""
    _must_be_finished(settings)
    return _open_keys(settings)


def _open_keys(settings: Settings) -> KeyStore:
    if not settings.key_file.exists():
        if left := _remains(settings):
            raise SettingsError(
                f"the key file {settings.key_file} is missing, but {left}: put it back from a "
                "backup; no other is made in its place"
            )
        raise SettingsError(
            f"there is no ledger in {settings.home}: `testamur demo` builds an example there, "
            "`testamur found NETWORK NAME EMAIL` begins one of your own"
        )
    if not os.access(settings.home, os.W_OK):
        raise SettingsError(f"the home folder {settings.home} cannot be written to")
    try:
        return KeyStore(settings.key_file, settings.passphrase())
    except KeysError as error:
        raise SettingsError(str(error)) from None


def recognise(settings: Settings, keys: KeyStore) -> Deployment:
    """What the database's founding event names, all of it found in the home folder and at the
    address that is set. Raises SettingsError."""
    _must_have_events(settings)
    with closing(EventStore(settings.events_url, VALUES)) as store:
        deployment = read_deployment(store, _shown(settings))
    must_fit(settings, keys, deployment)
    _log_must_fit(settings, VerifierKey.parse(deployment.log))
    _must_be_at(settings, deployment)
    if unfinished(settings) == "found":  # killed when all was done
        _marker(settings).unlink(missing_ok=True)
    return deployment


def read_deployment(store: EventStore, where: str) -> Deployment:
    """Raises SettingsError when the events do not begin with a founding that can be read."""
    try:
        deployment = store.find(Deployment, DEPLOYMENT_ID)
    except Exception as error:  # whatever somebody wrote there
        raise SettingsError(
            f"the founding event in {where} cannot be read ({type(error).__name__}); "
            "`testamur audit` tells what was changed, a backup has it as it was"
        ) from None
    if deployment is None:
        raise SettingsError(f"the events in {where} do not begin with the founding of a ledger")
    return deployment


def at_present_address(settings: Settings) -> Settings:
    """The settings at the address that the ledger has, whatever address is set."""
    deployment = look_for_deployment(settings)
    if deployment is None:
        return settings
    return settings.model_copy(update={"base_url": deployment.site.base_url})


def look_for_deployment(settings: Settings) -> Deployment | None:
    """The founding event's, if it can be read. Raises SettingsError where there are no events, or
    no log of them."""
    _must_have_events(settings)
    _must_have_log(settings)
    with closing(EventStore(settings.events_url, VALUES)) as store:
        try:
            return read_deployment(store, _shown(settings))
        except SettingsError:
            return None


def deployment_in(folder: Path) -> Deployment:
    """What an archive of events says that its ledger is. Raises SettingsError, LogError."""
    with closing(EventStore("sqlite://", VALUES)) as store:
        wanted = str(DEPLOYMENT_ID)
        records = EventArchive(folder).records()
        store.restore(record.stored for record in records if record.originator == wanted)
        return read_deployment(store, str(folder))


def must_fit(settings: Settings, keys: KeyStore, deployment: Deployment) -> None:
    """Raises SettingsError unless key file and vault are those that the ledger was founded with."""
    if keys.id != deployment.keys:
        raise SettingsError(
            f"the key file {settings.key_file} is that of another deployment than the ledger of "
            f"{deployment.site.base_url} in {_shown(settings)}; put the right one back, or name "
            "the right database"
        )
    if VerifierKey.parse(deployment.log).key != keys.note_key("log"):
        raise SettingsError(
            f"the key file {settings.key_file} holds another key of the log than the ledger was "
            "founded with; put the right one back from a backup"
        )
    path = Path(make_url(settings.vault_url).database or "")
    if not path.exists():
        raise SettingsError(
            f"the vault {path} is missing, and without it nobody's data can be read: put it back "
            "from a backup; no other is made in its place"
        )
    vault = Vault(settings.vault_url, keys.vault_secret)
    try:
        vault.recognise(deployment.vault)
    except KeysError as error:
        raise SettingsError(
            f"the vault {path} is not this ledger's: {error}; put the right one back from a backup"
        ) from None
    finally:
        vault.engine.dispose()


def receive(settings: Settings, folder: Path) -> tuple[KeyStore, Deployment]:
    """The key file, and the ledger whose events are still in an archive in ``folder``.

    Raises SettingsError unless this is that ledger's home folder, at its address, with an empty
    database; LogError for an archive that cannot be read.
    """
    keys = _open_keys(settings)
    if _has_events(settings):
        raise SettingsError("this ledger is not empty; import goes into an empty one")
    deployment = deployment_in(folder)
    must_fit(settings, keys, deployment)
    _must_be_at(settings, deployment)
    return keys, deployment


def must_be_empty(settings: Settings) -> None:
    """Raises SettingsError when anything of a ledger is in the home folder or the database."""
    if settings.key_file.exists():
        raise SettingsError(
            f"there is a ledger in {settings.home} already; another goes into an empty home folder"
        )
    if left := _remains(settings):
        raise SettingsError(
            f"this is no place for a new ledger: {left}. If its key file was lost, put it back "
            "from a backup; else name another home folder or database"
        )


@contextmanager
def founding(
    settings: Settings, clock: Callable[[], datetime]
) -> Iterator[tuple[KeyStore, Deployment]]:
    """Found a ledger in an empty home folder, or go on where a founding was killed.

    Keys and vault first, then the event that names them; the body may open what else belongs to
    it. Raises SettingsError for a place that is not empty, and while another process founds here.
    """
    with _alone(settings):
        begun = unfinished(settings)
        if begun is None:
            must_be_empty(settings)
        elif begun != "found":
            _must_be_finished(settings)
        with finishing(settings, "found"):
            settings.make_passphrase()
            keys = _keys_of_founding(settings, clock)
            vault = Vault.make(settings.vault_url, keys.vault_secret)
            with closing(EventStore(settings.events_url, VALUES)) as store:
                if store.position() == 0:
                    _record(settings, keys, vault, store, clock)
                deployment = read_deployment(store, _shown(settings))
            vault.engine.dispose()
            must_fit(settings, keys, deployment)
            _must_be_at(settings, deployment)
            yield keys, deployment


@contextmanager
def finishing(settings: Settings, work: Work) -> Iterator[None]:
    """Until the body is through, the home folder is marked as holding no finished ledger."""
    marker = _marker(settings)
    _make_home(settings)
    draft = marker.with_suffix(".new")
    draft.write_text(f"{work}\n", encoding="utf-8")
    draft.replace(marker)
    yield
    marker.unlink(missing_ok=True)


def unfinished(settings: Settings) -> str | None:
    """What was begun in the home folder and not finished."""
    try:
        return _marker(settings).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _keys_of_founding(settings: Settings, clock: Callable[[], datetime]) -> KeyStore:
    try:
        if settings.key_file.exists():
            return KeyStore(settings.key_file, settings.passphrase())
        return KeyStore.create(settings.key_file, settings.passphrase(), clock())
    except KeysError as error:
        raise SettingsError(str(error)) from None


def _record(
    settings: Settings,
    keys: KeyStore,
    vault: Vault,
    store: EventStore,
    clock: Callable[[], datetime],
) -> None:
    log = VerifierKey(log_origin(settings.base_url), keys.note_key("log"))
    command = FoundDeployment(
        address=settings.base_url, log=log.vkey, keys=keys.id, vault=vault.probe()
    )
    work = UnitOfWork(store)
    context = Context(
        caller=SYSTEM,
        at=clock(),
        command=command.NAME,
        command_id=uuid4(),
        policy=NEWEST_POLICY,
        authority=GrantedAuthority(work, {}),
        entropy=os.urandom,
    )
    try:
        told = replace(context, inputs=digest_of(command, None, context, None))
        perform(command, work, told, None)
        work.save()
    except ClaimTaken:  # from another home folder, in the same database; comparing tells
        return


def _must_be_finished(settings: Settings) -> None:
    work = unfinished(settings)
    if work == "found" and not _has_events(settings):
        raise SettingsError(
            f"the founding of a ledger in {settings.home} was not finished; run `testamur found` "
            "again, and it goes on"
        )
    if work is not None and work != "found":
        raise SettingsError(
            f"the {work} into {settings.home} was not finished: what is there is not the whole "
            f"ledger; begin the {work} again, into an empty home folder and database"
        )


def _must_be_at(settings: Settings, deployment: Deployment) -> None:
    site = deployment.site
    if settings.base_url == site.base_url:
        return
    if settings.base_url in site.former:
        raise SettingsError(
            f"this ledger moved from {settings.base_url} to {site.base_url}: set "
            "TESTAMUR_BASE_URL to that"
        )
    raise SettingsError(
        f"TESTAMUR_BASE_URL is {settings.base_url}, but this ledger is at {site.base_url}, which "
        "its badges name: set it so, or move the ledger with "
        f"`testamur move-address {settings.base_url}`"
    )


def _must_have_events(settings: Settings) -> None:
    if not _has_events(settings):
        raise SettingsError(
            f"the key file {settings.key_file} is here, but {_shown(settings)} holds no events: "
            "the database was lost, or TESTAMUR_DATABASE_URL names another; restore the backup, "
            "or name the right one"
        )


def _must_have_log(settings: Settings) -> None:
    url = settings.log_url
    if not _is_there(url) or not _has_table(url, checkpoints.name):
        raise SettingsError(
            f"the log's database ({make_url(url).render_as_string(hide_password=True)}) is "
            "missing, and what it signed cannot be signed again: put it back from a backup"
        )


def _log_must_fit(settings: Settings, log: VerifierKey) -> None:
    _must_have_log(settings)
    url = settings.log_url
    size = checkpoints.c.size
    with _connection(url) as connection:
        signed = [
            note
            for order in (size, size.desc())
            for note in connection.scalars(select(checkpoints.c.note).order_by(order).limit(1))
        ]
    if signed and not any(_is_signed_by(note, log) for note in signed):
        raise SettingsError(
            f"the checkpoints in the log's database are signed by another key than {log.vkey}, "
            "which the ledger was founded with: it is another ledger's log; put the right one back"
        )


def _is_signed_by(note: str, log: VerifierKey) -> bool:
    try:
        return Note.parse(note.encode()).signed_by(log) is not None
    except LogError:
        return False


def _remains(settings: Settings) -> str:
    """In words, what of a ledger there is although its key file is not; empty for nothing."""
    found = []
    if Path(make_url(settings.vault_url).database or "").exists():
        found.append("a vault is in the home folder")
    if _has_events(settings):
        found.append(f"{_shown(settings)} holds the events of a ledger")
    if settings.log_url != settings.views_url and _is_there(settings.log_url):
        found.append("a log's database is in the home folder")
    if (settings.home / "witnessed.json").exists():
        found.append("a witness has signed here")
    return " and ".join(found)


def _has_events(settings: Settings) -> bool:
    """Without making a database that is not there. Raises SettingsError for one out of reach."""
    url = settings.events_engine_url
    name = events_table(url)
    return _is_there(url) and _has_table(url, name) and _has_row(url, name)


def events_table(url: str) -> str:
    """The table in which `eventsourcing` keeps events: its name differs by engine."""
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    return "stored_events" if is_sqlite else f"{EventStore.name}_events"


def _has_row(url: str, name: str) -> bool:
    with _connection(url) as connection:
        row = connection.execute(select(literal(1)).select_from(table(name)).limit(1)).first()
    return row is not None


def _is_there(url: str) -> bool:
    """A file of SQLite is made by looking into it; a server answers that it has no tables."""
    parts = make_url(url)
    return parts.get_backend_name() != "sqlite" or Path(parts.database or "").exists()


def _has_table(url: str, name: str) -> bool:
    with _connection(url) as connection:
        return inspect(connection).has_table(name)


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    """Raises SettingsError for a database that cannot be read."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        shown = make_url(url).render_as_string(hide_password=True)
        words = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise SettingsError(f"the database {shown} cannot be read: {words}") from None
    finally:
        engine.dispose()


def _shown(settings: Settings) -> str:
    """The event store's address, fit to be printed."""
    return make_url(settings.events_url).render_as_string(hide_password=True)


def _marker(settings: Settings) -> Path:
    return settings.home / "unfinished"


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """While no other process founds a ledger in this home folder. Raises SettingsError."""
    _make_home(settings)
    folder = os.open(settings.home, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise SettingsError(
            f"another process is founding a ledger in {settings.home} just now"
        ) from None
    finally:
        os.close(folder)


def _make_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the home folder {settings.home} cannot be made: {error.strerror}"
        ) from None
    if not os.access(settings.home, os.W_OK):
        raise SettingsError(f"the home folder {settings.home} cannot be written to")
