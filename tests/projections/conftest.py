"""A ledger with its read models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projections.ledger_world import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """On SQLite."""
    built = Ledger.build(tmp_path / "home")
    yield built
    built.close()


@pytest.fixture
def stored_ledger(tmp_path: Path, database_url: str) -> Iterator[Ledger]:
    """On each engine in turn."""
    built = Ledger.build(tmp_path / "home", database_url)
    yield built
    built.close()
