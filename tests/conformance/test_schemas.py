"""Our tables are the published JSON Schemas, and what we issue is valid against these."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft201909Validator
from jsonschema_rs import Draft201909Validator as Published

from badges.canonical import canonical_nquads
from badges.document import parse_document
from badges.schemas import published_schema, published_urls, schema_problems
from badges.verification.schema import context_problems, shape_problems
from ledger.awards import AcceptEndorsement, IssueEndorsement, RenewAward
from ledger.catalogue import PublishMicroCredential, ReviseMicroCredential
from ledger.people import NETWORK_ID
from tests.conftest import Vectors
from tests.world import World, definition


@pytest.fixture(scope="module")
def schema(vectors: Vectors) -> Any:
    return Draft201909Validator(
        vectors.json("schemas/ob_v3p0_achievementcredential_schema.json"),
        format_checker=Draft201909Validator.FORMAT_CHECKER,
    )


_PROSE = {"title", "description", "$comment", "$id"}
_NAMED = {"properties", "$defs"}


def _compared(schema: Any, keyword: str = "") -> Any:
    """A schema without its prose, and in one order where order means nothing."""
    if isinstance(schema, dict):
        if keyword in _NAMED:
            return {name: _compared(each) for name, each in schema.items()}
        return {k: _compared(v, k) for k, v in schema.items() if k not in _PROSE}
    if isinstance(schema, list):
        items = [_compared(each) for each in schema]
        places = keyword == "items"
        return items if places else sorted(items, key=lambda each: json.dumps(each, sort_keys=True))
    return schema


def test_every_table_is_read_as_what_is_published(vectors: Vectors) -> None:
    """Keyword by keyword, with every definition that each refers to and no other."""
    assert len(published_urls()) == 7
    for url in published_urls():
        official = vectors.json(f"schemas/{url.rpartition('/')[2]}")
        assert official["$id"] == url
        assert _compared(published_schema(url)) == _compared(official), url


def test_what_passes_with_us_passes_as_published(world: World, vectors: Vectors) -> None:
    """Three thousand changes of whole documents: the form that we judge by accepts none that the
    published one refuses, and where it refuses more, then for a reason that forms.py names."""
    ours = json.loads(world.app.publishing.badge(world.award()) or b"")
    rng = random.Random(8)
    odd = (None, 1, "", "x y", [], {}, [[]], ["x"], {"en": "x"}, True, "2020-01-01t00:00:00Z")
    seen = {"both": 0, "neither": 0, "stricter": 0}
    for name, kind, document in (
        ("ob_v3p0_achievementcredential", "AchievementCredential", ours),
        (
            "ob_v3p0_achievementcredential",
            "AchievementCredential",
            vectors.json("1edtech-validator/ob30/complete.json"),
        ),
        (
            "clr_v2p0_clrcredential",
            "ClrCredential",
            vectors.json("1edtech-validator/clr20/complex.json"),
        ),
    ):
        published = Published(
            vectors.json(f"schemas/{name}_schema.json"), validate_formats=True
        ).is_valid
        for _ in range(1000):
            changed = copy.deepcopy(document)
            _change(changed, rng, odd)
            fine = not any(schema_problems(changed, kind))
            assert published(changed) or not fine, changed
            seen["both" if fine else "stricter" if published(changed) else "neither"] += 1
    assert min(seen.values()) > 50, seen


def _change(document: dict[str, Any], rng: random.Random, odd: tuple[Any, ...]) -> None:
    """One member or item somewhere is taken away, or becomes something odd. Contexts are judged
    elsewhere, more strictly than here."""
    places: list[tuple[Any, Any]] = []
    waiting: list[Any] = [document]
    while waiting:
        holder = waiting.pop()
        keys = holder.keys() if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            if not (holder is document and key == "@context"):
                places.append((holder, key))
                if isinstance(holder[key], dict | list):
                    waiting.append(holder[key])
    holder, key = rng.choice(places)
    if rng.random() < 0.3:
        del holder[key]
    else:
        holder[key] = copy.deepcopy(rng.choice(odd))


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
        data = world.app.publishing.badge(world.award(micro=micro))
        assert data is not None
        errors = [error.message for error in schema.iter_errors(json.loads(data))]
        assert errors == []


def test_a_renewed_badge_with_endorsements_is_valid(world: World, schema: Any) -> None:
    """Every member that we issue in one badge: both forms of endorsement, a picture, a version
    before, an end, a refresh service."""
    order = world.manager
    micro = world.publish(definition(name="All of it", valid_months=12, field_of_study="Teaching"))
    world.do(
        order,
        ReviseMicroCredential(
            micro_credential=micro, definition=definition(name="All of it", valid_months=12)
        ),
    )
    world.do(order, PublishMicroCredential(micro_credential=micro))
    achievement = world.app.site.achievement(micro, 1)
    given = world.do(
        world.administrator,
        IssueEndorsement(
            endorser=NETWORK_ID, target=achievement, kind="achievement", comment="Good."
        ),
    )
    word = world.app.publishing.endorsement(given.id) or b""
    world.app.views.catch_up()
    bus = world.app.bus
    bus.preparer = replace(bus.preparer, verifier=lambda _now: world.app.verifying.verifier())
    word_taken = AcceptEndorsement(micro_credential=micro, number=1, credential=word.decode())
    world.do(order, word_taken)
    award = world.award(micro=micro)
    world.do(order, RenewAward(award=award, note="Seen again."))
    document = json.loads(world.app.publishing.badge(award) or b"")
    assert document["credentialSubject"]["achievement"]["endorsement"]
    assert document["refreshService"]
    assert [error.message for error in schema.iter_errors(document)] == []


def test_endorsements_are_valid(world: World, vectors: Vectors) -> None:
    given = world.do(
        world.administrator,
        IssueEndorsement(
            endorser=world.campus, target="did:web:x.example.org", kind="issuer", comment="Good."
        ),
    )
    document = json.loads(world.app.publishing.endorsement(given.id) or b"")
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
    data = world.app.publishing.badge(world.award())
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
