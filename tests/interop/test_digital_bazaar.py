"""@digitalbazaar/vc accepts what we issue, sees a revocation, and refuses a changed character."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from ledger.commands import Order
from tests.conftest import Vectors
from tests.interop.conftest import ask
from tests.world import World, definition

pytestmark = pytest.mark.xdist_group("interop")


def test_a_badge_is_accepted_then_seen_revoked_and_refused_when_altered(
    judges: Path, node: str, vectors: Vectors, served: tuple[World, int], copy_to: Any
) -> None:
    world, port = served
    award = world.award()
    other = world.award(
        micro=world.publish(definition(name="Niño “ßpecial” \u2028 line", valid_months=199))
    )
    data, special = world.app.badge(award), world.app.badge(other)
    assert data is not None
    assert special is not None
    contexts = str(vectors.folder / "contexts")
    good, odd = copy_to("good.json", data), copy_to("odd.json", special)
    altered = copy_to("altered.json", data.replace(b"Checking for U", b"Checking for V", 1))
    found = ask(node, "verify.mjs", contexts, good, odd, altered)
    assert found[good] == {
        "verified": True,
        "proof": True,
        "status": True,
        "revoked": False,
        "errors": [],
    }
    assert found[odd]["verified"] is True, found[odd]
    assert found[altered]["verified"] is False
    assert found[altered]["proof"] is False, found[altered]

    world.do.awards.revoke(Order(world.manager), award, "integrity", "Copied.")
    _wait_for_bit(port, award, world)
    found = ask(node, "verify.mjs", contexts, good, odd)
    assert (found[good]["proof"], found[good]["revoked"]) == (True, True), found[good]
    assert (found[odd]["proof"], found[odd]["revoked"]) == (True, False), found[odd]


def test_old_badges_are_accepted_after_a_rotation(
    judges: Path, node: str, vectors: Vectors, served: tuple[World, int], copy_to: Any
) -> None:
    world, _port = served
    before = world.app.badge(world.award())
    world.app.keys.rotate(world.clock())
    after = world.app.badge(world.award(micro=world.publish(definition(name="Next"))))
    assert before is not None
    assert after is not None
    files = [copy_to("before.json", before), copy_to("after.json", after)]
    found = ask(node, "verify.mjs", str(vectors.folder / "contexts"), *files)
    assert [found[file]["verified"] for file in files] == [True, True], found


def _wait_for_bit(port: int, award: Any, world: World) -> None:
    """The server follows the log that this process writes to."""
    data = json.loads(world.app.badge(award) or b"")
    url = data["credentialStatus"]["statusListCredential"]
    assert f":{port}/" in url
    world.app.views.catch_up()
    expected = world.app.status_list(url.rpartition("/")[2])
    assert expected is not None
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with urllib.request.urlopen(url) as answer:
            if json.load(answer) == expected:
                return
        time.sleep(0.1)
    raise AssertionError("the server never showed the revocation")
