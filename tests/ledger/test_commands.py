"""What a command may be, whichever capability states it."""

from __future__ import annotations

from uuid import UUID

import pytest

from ledger.bus import Request
from ledger.command import Answer, Command
from ledger.people import NETWORK_ID, RegisterOrganization
from tests.world import World


class Forgotten(RegisterOrganization):
    """In no capability's list."""

    NAME = "organization.forget"


class Pretending(RegisterOrganization):
    """Under another's name."""


@pytest.mark.parametrize("kind", [Forgotten, Pretending])
def test_what_no_capability_states_is_not_carried_out(
    world: World, kind: type[RegisterOrganization]
) -> None:
    before = world.app.store.position()
    command = kind(name="West", kind="district", parent=NETWORK_ID)
    with pytest.raises(TypeError, match="is no command of any capability"):
        world.app.bus.execute(Request(world.administrator), command)
    assert world.app.store.position() == before


@pytest.mark.filterwarnings("ignore:Field name")
def test_a_field_hides_nothing_that_every_command_does() -> None:
    with pytest.raises(TypeError, match="a field cannot be called decide, unit"):

        class Hiding(Command[None, Answer]):
            unit: UUID  # type: ignore[assignment]
            decide: str  # type: ignore[assignment]
