"""One house for all tests of pages; without Chromium or axe they are not run, and CI fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import sync_playwright

from api.http.app import create
from ledger.awards import RevokeAward, SuspendAward
from ledger.people import PublishProfile
from tests.interop.conftest import free_port
from tests.pages.house import House, pictures_folder
from tests.world import World, definition

_HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All in one process: one server, one browser."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.xdist_group("pages"))


@pytest.fixture(scope="package")  # Playwright's loop must not be there for the tests after these
def house(judges: Path, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Built, served and looked at; what one test adds stays for the next."""
    port = free_port()
    base = f"http://localhost:{port}"
    world = World.build(tmp_path_factory.mktemp("pages") / "home", base_url=base)
    axe = (judges / "node_modules" / "axe-core" / "axe.min.js").read_text()
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    with _served(world, port), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        built = House(world, base, browser, axe, pictures_folder())
        _furnish(built)
        yield built
        browser.close()


def _furnish(house: House) -> None:
    """Awards in each state, and a person who is public."""
    world = house.world
    lab = definition(name="Lab Safety " + "and a Name That Is Long " * 3, suspendable=True)
    house.names["award"] = world.award()
    house.names["revoked"] = world.award(micro=world.publish(lab))
    house.names["suspended"] = world.award(
        micro=world.publish(definition(name="Reading Aloud", suspendable=True))
    )
    revoked = RevokeAward(award=house.names["revoked"], reason="integrity", note="Copied.")
    world.do(world.manager, revoked)
    suspended = SuspendAward(award=house.names["suspended"], reason="integrity", note="Asked.")
    world.do(world.manager, suspended)
    world.do(world.educator, PublishProfile(public=True))
    house.names["micro"] = world.micro
    world.app.views.catch_up()


@contextmanager
def _served(world: World, port: int) -> Iterator[None]:
    """In this process, so that tests and pages share one deployment."""
    server = uvicorn.Server(
        uvicorn.Config(create(world.app), port=port, log_level="warning", lifespan="on")
    )
    thread = threading.Thread(target=server.run, name="pages")
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline and thread.is_alive():
        time.sleep(0.05)
    try:
        assert server.started, "the server did not get ready"
        yield
    finally:
        server.should_exit = True
        thread.join(20)
