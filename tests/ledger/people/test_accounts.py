"""What an account refuses, whichever page it came by."""

from __future__ import annotations

from uuid import uuid4

import pytest

from api.access import send_invitation
from ledger.bus import Request
from ledger.errors import RuleBroken
from ledger.people import AddCredential, SignIn
from tests.world import World


@pytest.mark.parametrize("count", [3, 2, 0])
def test_a_copied_passkey_lets_nobody_in(world: World, count: int) -> None:
    """Its counter does not go on from where the real one was (WebAuthn L3 §6.1.1)."""
    educator, passkey = world.educator, uuid4()
    assert educator.person is not None
    invited = send_invitation(world.app, Request(world.administrator), educator.person, 7)
    added = AddCredential(
        credential=passkey, kind="passkey", label="Phone", value="{}", invitation=invited.id
    )
    world.do(educator, added)
    world.do(educator, SignIn(credential=passkey, count=3, place="Here"))
    with pytest.raises(RuleBroken, match="counter went back"):
        world.do(educator, SignIn(credential=passkey, count=count, place="There"))
    world.do(educator, SignIn(credential=passkey, count=4, place="Here"))
