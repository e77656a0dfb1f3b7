"""What we issue is valid against the published JSON Schemas, and in safe mode."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft201909Validator

from badges.canonical import canonical_nquads
from badges.document import parse_document
from badges.verification.schema import context_problems, shape_problems
from ledger.commands import Order
from ledger.commands.endorsements import Endorsements
from ledger.organizations import NETWORK_ID
from tests.conftest import Vectors
from tests.world import World, definition


@pytest.fixture(scope="module")
def schema(vectors: Vectors) -> Any:
    return Draft201909Validator(
        vectors.json("schemas/ob_v3p0_achievementcredential_schema.json"),
        format_checker=Draft201909Validator.FORMAT_CHECKER,
    )


def test_issued_badges_are_valid(world: World, schema: Any) -> None:
    variants = [
        {},
        {"valid_months": 24, "suspendable": True, "tags": ()},
        {
            "alignments": (),
            "role_card": "Mentor",
            "language": "es-MX",
            "creator": {"name": "C", "url": "https://c.example.org"},
        },
    ]
    for number, changes in enumerate(variants):
        micro = world.publish(definition(name=f"M{number}", **changes))
        data = world.app.badge(world.award(micro=micro))
        assert data is not None
        errors = [error.message for error in schema.iter_errors(json.loads(data))]
        assert errors == []


def test_a_renewed_badge_with_endorsements_is_valid(world: World, schema: Any) -> None:
    """Every member that we issue in one badge: both forms of endorsement, a picture, a version
    before, an end, a refresh service."""
    order = Order(world.manager)
    micro = world.publish(definition(name="All of it", valid_months=12, field_of_study="Teaching"))
    world.do.micro_credentials.revise(order, micro, definition(name="All of it", valid_months=12))
    world.do.micro_credentials.publish(order, micro)
    achievement = world.app.site.achievement(micro, 1)
    given = world.do.endorsements.issue(
        Order(world.administrator), NETWORK_ID, achievement, "achievement", "Good."
    )
    word = world.app.endorsement(UUID(given["id"])) or b""
    world.app.views.catch_up()
    own = replace(world.do.desk, verifier=lambda _now: world.app.verifier())
    Endorsements(own).accept(order, micro, 1, word.decode())
    award = world.award(micro=micro)
    world.do.awards.renew(order, award, "Seen again.")
    document = json.loads(world.app.badge(award) or b"")
    assert document["credentialSubject"]["achievement"]["endorsement"]
    assert document["refreshService"]
    assert [error.message for error in schema.iter_errors(document)] == []


def test_endorsements_are_valid(world: World, vectors: Vectors) -> None:
    given = world.do.endorsements.issue(
        Order(world.administrator), world.campus, "did:web:x.example.org", "issuer", "Good."
    )
    document = json.loads(world.app.endorsement(UUID(given["id"])) or b"")
    published = vectors.json("schemas/ob_v3p0_endorsementcredential_schema.json")
    errors = Draft201909Validator(published).iter_errors(document)
    assert [error.message for error in errors] == []
    assert list(shape_problems(document)) == []


def test_our_own_checks_agree_on_the_specifications_examples(vectors: Vectors) -> None:
    """Whole credentials of the specification pass our shape check and our safe mode."""
    for name in ("09-complete-openbadgecredential", "08-sample-openbadgecredential"):
        document = vectors.json(f"ob3-spec/examples/{name}.json")
        assert list(context_problems(document)) == [], name
        assert list(shape_problems(document)) == [], name


def test_the_one_blank_node_of_a_badge_is_its_identity(world: World) -> None:
    """Every node that the schema lets have an id has one (design §4)."""
    data = world.app.badge(world.award())
    assert data is not None
    document = parse_document(data)
    del document["proof"]
    blank = {
        word
        for line in canonical_nquads(document).splitlines()
        for word in line.split()
        if word.startswith("_:")
    }
    assert blank == {"_:c14n0"}


def test_the_schema_refuses_what_is_not_a_badge(schema: Any) -> None:
    assert list(schema.iter_errors({"type": ["VerifiableCredential"]}))
