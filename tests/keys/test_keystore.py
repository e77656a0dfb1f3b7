"""The key file: closed to others, closed without its passphrase, and a key's whole life."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from badges.proofs.signatures import is_signed_by
from keys import KeyNotFound, KeysError, KeyStateError, KeyStore, WrongPassphrase, did_web_document
from keys.jwk import public_key_of_jwk
from keys.keystore import _members
from keys.lifecycle import Kind

AT = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore.create(tmp_path / "keys.json", "a passphrase", AT)


def test_only_the_owner_can_read_it(store: KeyStore, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    store.rotate(AT + DAY)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_no_secret_is_in_the_file_in_clear(store: KeyStore, tmp_path: Path) -> None:
    text = (tmp_path / "keys.json").read_bytes()
    for entry in store._entries:
        seed = store._unseal(json.dumps(_members(entry.key)), entry.sealed)
        assert len(seed) == 32
        assert seed not in text
    assert store.vault_secret not in text


def test_a_wrong_passphrase_opens_nothing(store: KeyStore, tmp_path: Path) -> None:
    with pytest.raises(WrongPassphrase):
        KeyStore(tmp_path / "keys.json", "another")


def test_an_altered_file_does_not_open(store: KeyStore, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    text = path.read_text()
    path.write_text(text.replace('"vault": "', '"vault": "AAAA', 1))
    with pytest.raises(WrongPassphrase):
        KeyStore(path, "a passphrase")
    path.write_text("not json")
    with pytest.raises(KeysError):
        KeyStore(path, "a passphrase")


def test_an_existing_file_is_never_overwritten(store: KeyStore, tmp_path: Path) -> None:
    before = (tmp_path / "keys.json").read_bytes()
    with pytest.raises(KeysError):
        KeyStore.create(tmp_path / "keys.json", "a passphrase", AT)
    assert (tmp_path / "keys.json").read_bytes() == before


@pytest.mark.parametrize("kind", ["Ed25519", "P-256"])
def test_it_signs_what_its_public_key_verifies(store: KeyStore, kind: Kind) -> None:
    key = store.active(kind)
    assert key.kind == kind
    signature = store.sign(key.id, b"words")
    assert is_signed_by(key.public_key, signature, b"words")
    assert not is_signed_by(key.public_key, signature, b"word5")
    assert store.sign(key.id, b"words") == signature


def test_rotation_retires_the_key_before_and_keeps_it_listed(store: KeyStore) -> None:
    old = store.active()
    new = store.rotate(AT + DAY)
    assert store.active() == new
    kinds = [(key.kind, key.state) for key in store.issuer_keys()]
    assert kinds == [("Ed25519", "active"), ("Ed25519", "retired"), ("P-256", "active")]
    with pytest.raises(KeyNotFound):
        store.sign(old.id, b"words")
    document = did_web_document("did:web:example.org", store.issuer_keys())
    other = store.active("P-256")
    assert [m.get("publicKeyMultibase") for m in document["verificationMethod"]] == [
        new.id,
        old.id,
        other.id,
        None,
    ]
    jwk = document["verificationMethod"][3]["publicKeyJwk"]
    assert public_key_of_jwk(jwk) == other.public_key
    assert document["assertionMethod"] == [m["id"] for m in document["verificationMethod"]]


def test_a_key_file_from_before_gets_its_second_kind_by_a_rotation(store: KeyStore) -> None:
    with store._changing():
        store._entries = [e for e in store._entries if e.key.kind == "Ed25519"]
    with pytest.raises(KeyNotFound, match="keys rotate --kind P-256"):
        store.active("P-256")
    before = store.active()
    assert store.rotate(AT + DAY, "P-256") == store.active("P-256")
    assert store.active() == before


def test_a_running_process_takes_up_a_rotation(store: KeyStore, tmp_path: Path) -> None:
    other = KeyStore(tmp_path / "keys.json", "a passphrase")
    new = other.rotate(AT + DAY)
    assert store.active().id == new.id
    store.sign(new.id, b"words")


def test_a_compromised_key_is_published_as_revoked_from_its_time(store: KeyStore) -> None:
    old = store.active()
    store.rotate(AT + 9 * DAY)
    store.compromise(old.id, AT + 5 * DAY, AT + 9 * DAY)
    document = did_web_document("did:web:example.org", store.issuer_keys())
    assert document["verificationMethod"][1]["revoked"] == "2026-01-06T00:00:00Z"
    with pytest.raises(KeyStateError):
        store.compromise(old.id, AT + 7 * DAY, AT + 9 * DAY)
    assert store.compromise(old.id, AT + 2 * DAY, AT + 9 * DAY).compromised_from == AT + 2 * DAY


def test_a_key_cannot_be_compromised_before_it_was_made(store: KeyStore) -> None:
    with pytest.raises(KeyStateError):
        store.compromise(store.active().id, AT - DAY, AT)
    with pytest.raises(KeyNotFound):
        store.compromise("z6MkUnknown", AT, AT)
