"""A badge for another issuer to sign, that issuer, and what the web answers about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from badges.status_list import Bitstring
from keys import did_web_document
from keys.lifecycle import IssuerKey
from tests.badges.issuers import DID_URL, ISSUER, LIST, NOW, Key, Shelf, signed_list
from tests.world import World


@pytest.fixture
def unsigned(world: World) -> dict[str, Any]:
    """A badge as we issue it, given to another issuer to sign."""
    return badge_for_another(world)


def badge_for_another(world: World) -> dict[str, Any]:
    """An award's badge without its proof, in the name of ``ISSUER``."""
    data = world.app.publishing.badge(world.award())
    assert data is not None
    document: dict[str, Any] = json.loads(data)
    del document["proof"]
    document["issuer"]["id"] = ISSUER
    document["credentialStatus"] |= {
        "id": f"{LIST}#7",
        "statusListIndex": "7",
        "statusListCredential": LIST,
    }
    return document


@pytest.fixture
def issuer() -> Key:
    return Key(ISSUER)


@pytest.fixture
def shelf(issuer: Key) -> Shelf:
    made = Shelf()
    made.documents[DID_URL] = did_web_document(ISSUER, [IssuerKey(issuer.id, NOW)])
    made.documents[LIST] = signed_list(issuer, Bitstring())
    return made
