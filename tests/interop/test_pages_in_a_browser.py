"""The public pages in a real Chromium: no script, no sideways scrolling, nothing for axe to say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledger.awards import RevokeAward
from ledger.people import Person, PublishProfile
from tests.interop.conftest import ask
from tests.world import World, definition

pytestmark = pytest.mark.xdist_group("interop")


def test_public_pages_are_accessible_at_desktop_and_phone_width(
    judges: Path, node: str, chromium: str, served: tuple[World, int]
) -> None:
    world, port = served
    award = world.award()
    revoked = world.award(micro=world.publish(definition(name="A" * 60 + " long name, twice " * 4)))
    world.do(world.manager, RevokeAward(award=revoked, reason="integrity", note="Copied."))
    world.do(world.educator, PublishProfile(public=True))
    world.app.views.catch_up()
    assert world.educator.person is not None
    handle = world.app.store.read(Person, world.educator.person, "person").handle
    base = f"http://localhost:{port}"
    pages = {
        "home": "/",
        "badge": f"/badges/{award}",
        "revoked": f"/badges/{revoked}",
        "verify": "/verify",
        "person": f"/people/{handle}",
        "achievement": f"/achievements/{world.micro}",
        "docs": "/docs",
        "log": "/log",
        "missing": "/badges/none",
    }
    pictures = os.environ.get("TESTAMUR_PICTURES", "")
    found = ask(
        node, "pages.mjs", chromium, pictures, *(f"{k}={base}{path}" for k, path in pages.items())
    )
    assert len(found) == 3 * len(pages)
    for page in found:
        where = (page["name"], page["width"], page["colorScheme"])
        assert page["status"] == (404 if page["name"] == "missing" else 200), where
        assert page["violations"] == [], where
        assert page["scripts"] == 0, where
        assert not page["overflow"], where
        assert page["title"], where
