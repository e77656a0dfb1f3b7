"""A ledger with its read models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys.keystore import KeyStore
from tests.projections.ledger_world import Ledger


@pytest.fixture(scope="session")
def key_store(tmp_path_factory: pytest.TempPathFactory) -> KeyStore:
    """Made once: a key file takes its time, as it should."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    return KeyStore.create(path, "a passphrase", datetime.now(UTC))


@pytest.fixture
def ledger(tmp_path: Path, key_store: KeyStore) -> Iterator[Ledger]:
    """On SQLite."""
    built = Ledger.build(tmp_path / "home", key_store)
    yield built
    built.close()


@pytest.fixture
def stored_ledger(tmp_path: Path, key_store: KeyStore, database_url: str) -> Iterator[Ledger]:
    """On each engine in turn."""
    built = Ledger.build(tmp_path / "home", key_store, database_url)
    yield built
    built.close()
