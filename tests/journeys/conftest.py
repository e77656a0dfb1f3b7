"""Journeys are made on SQLite, and with ``CI=true`` on PostgreSQL too."""

from __future__ import annotations

import os

import pytest

from tests.world import World

ENGINES = ["sqlite", "postgresql"] if os.environ.get("CI") == "true" else ["sqlite"]


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def world(stored_world: World) -> World:
    """A small deployment on each of them."""
    return stored_world
