"""Journeys are made on each engine in turn."""

from __future__ import annotations

import pytest

from tests.world import World


@pytest.fixture
def world(stored_world: World) -> World:
    """A small deployment, on SQLite and on PostgreSQL."""
    return stored_world
