"""Every capability goes through every room, and in the same order."""

from __future__ import annotations

from api.capabilities import CAPABILITIES, command_lines, routes


def test_each_capability_has_its_routes_and_its_commands() -> None:
    names = [each.ledger.name for each in CAPABILITIES]
    assert list(routes()) == names
    assert list(command_lines()) == names
