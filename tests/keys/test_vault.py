"""Data keys: a value opens for its own person and field only, and never after destruction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag

from keys import KeyNotFound, KeysError, Vault

PERSON = UUID("0b6ec9a2-6b1c-4f59-9a53-0d7a5a3e7a11")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault.make(f"sqlite:///{tmp_path}/vault.db", b"s" * 32)
    made.create(PERSON)
    return made


def test_a_value_goes_there_and_back(vault: Vault) -> None:
    sealed = vault.seal(PERSON, "person.name", "Zoë".encode())
    assert vault.open(sealed) == "Zoë".encode()
    assert vault.seal(PERSON, "person.name", "Zoë".encode()).box != sealed.box


def test_a_value_cannot_stand_in_for_another(vault: Vault) -> None:
    sealed = vault.seal(PERSON, "person.name", b"Zo")
    with pytest.raises(InvalidTag):
        vault.open(replace(sealed, field="person.email"))
    other = uuid4()
    vault.create(other)
    with pytest.raises(InvalidTag):
        vault.open(replace(sealed, subject=other))


def test_destruction_is_for_good(vault: Vault, tmp_path: Path) -> None:
    sealed = vault.seal(PERSON, "person.name", b"Zo")
    vault.destroy(PERSON)
    vault.destroy(PERSON)
    assert vault.open(sealed) is None
    with pytest.raises(KeyNotFound):
        vault.seal(PERSON, "person.name", b"Zo")
    with pytest.raises(KeysError):
        vault.create(PERSON)
    assert Vault(f"sqlite:///{tmp_path}/vault.db", b"s" * 32).open(sealed) is None


def test_the_wrapped_key_leaves_no_trace_in_the_file(vault: Vault, tmp_path: Path) -> None:
    with vault.engine.connect() as connection:
        wrapped = connection.exec_driver_sql("SELECT wrapped FROM data_keys").scalar_one()
    assert wrapped in (tmp_path / "vault.db").read_bytes()
    vault.destroy(PERSON)
    for file in tmp_path.iterdir():
        assert wrapped not in file.read_bytes()


def test_another_secret_opens_nothing(vault: Vault, tmp_path: Path) -> None:
    sealed = vault.seal(PERSON, "person.name", b"Zo")
    with pytest.raises(InvalidTag):
        Vault(f"sqlite:///{tmp_path}/vault.db", b"x" * 32).open(sealed)


def test_an_address_is_one_persons_however_its_letters_are_cased(vault: Vault) -> None:
    """And no further: RFC 6531 keeps apart what Unicode would fold or compose into one."""
    other = uuid4()
    assert vault.claim_address("Ona@Straße.example", PERSON) == PERSON
    assert vault.claim_address(" ona@STRAßE.example", other) == PERSON
    for address in ("ona@strasse.example", "straße@a.example", "strasse@a.example", "ﬁ@a.example"):
        assert vault.claim_address(address, other) == other
        other = uuid4()
    assert vault.claim_address("fi@a.example", other) == other
