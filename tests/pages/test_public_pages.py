"""What anybody may look at."""

from __future__ import annotations

import pytest

from ledger.people import Person
from tests.pages.house import House


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("home", "/"),
        ("style", "/style"),
        ("catalogue", "/catalogue"),
        ("catalogue-nothing", "/catalogue?q=zzz"),
        ("issuer", "/issuer"),
        ("verify", "/verify"),
        ("log", "/log"),
        ("docs", "/docs"),
        ("badge", "/badges/{award}"),
        ("badge-revoked", "/badges/{revoked}"),
        ("badge-suspended", "/badges/{suspended}"),
        ("micro-credential", "/achievements/{micro}"),
    ],
)
def test_a_public_page(house: House, name: str, path: str) -> None:
    house.look_at(name, path.format(**house.names))


def test_a_person(house: House) -> None:
    person = house.world.educator.person
    assert person is not None
    handle = house.world.app.store.read(Person, person, "person").handle
    house.look_at("person", f"/people/{handle}")


def test_nothing_there(house: House) -> None:
    house.look_at("error-404", "/nowhere", status=404)
