"""The short way to canonical N-Quads gives what the generic processor gives, or nothing."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges import CREDENTIALS_V2, OPEN_BADGES_3
from badges.canonical import canonical_nquads, generic_nquads
from badges.contexts import known_contexts
from badges.errors import MalformedDocument
from badges.vocabulary import compiled_nquads
from tests.conftest import Vectors, examples
from tests.world import World

CONTEXTS = [CREDENTIALS_V2, OPEN_BADGES_3]


def agree(document: dict[str, Any]) -> bool:
    """Both ways agree; gives whether the short one was taken."""
    short = compiled_nquads(document)
    try:
        long = generic_nquads(document)
    except MalformedDocument:
        assert short is None, "the short way let through what the long way refuses"
        return False
    if short is None:
        return False
    try:
        ours = canonical_nquads(document)
    except MalformedDocument:  # how it is written: tests/attacks/test_item_01_what_was_signed.py
        return False
    assert ours == long
    return True


def test_what_we_issue_takes_the_short_way(world: World) -> None:
    data = world.app.publishing.badge(world.award())
    assert data is not None
    document = json.loads(data)
    proof = document.pop("proof")
    proof.pop("proofValue")
    assert agree(document)
    assert agree({**proof, "@context": document["@context"]})
    world.app.views.catch_up()
    status_list = world.app.publishing.status_list("revocation-1")
    assert status_list is not None
    status_list.pop("proof")
    assert agree(status_list)


def test_every_published_credential_agrees(vectors: Vectors) -> None:
    """Examples of the specification, the validator's fixtures, and the consortium's."""
    taken = seen = 0
    for folder in (
        "ob3-spec",
        "1edtech-validator",
        "dcc-vc-test-fixtures",
        "w3c-vc-di-eddsa",
        "vcdm2-test-suite-input",
        "bitstring-examples",
    ):
        for file in sorted((vectors.folder / folder).rglob("*.json")):
            try:
                document = json.loads(file.read_text())
            except ValueError:
                continue
            if isinstance(document, dict) and "@context" in document:
                document.pop("proof", None)
                seen += 1
                taken += agree(document)
    assert seen > 150
    assert taken > 25, "the short way is hardly ever taken"


hostile = st.text(max_size=12) | st.sampled_from(
    ["\x00\x7f", "\u2028\x85", 'a"b\\c\nd\re\tf\b\f', "_:b0", "name:x", "\ud800", "😀", ""]
)
addresses = st.sampled_from(
    [
        "https://example.org/a",
        "urn:uuid:1",
        "did:web:a%3A1#k",
        "HTTPS://E.org",
        "relative",
        "_:b",
        "https://e.org/a/../b",
        "https://e.org/ä",
        "https://e.org/a b",
        "name:x",
        "https://[::1]/",
        "https://e.org/#a#b",
        "https://e.org/%zz",
        "mailto:a@b.c",
        "https://e.org/.",
        "x:",
    ]
)


@settings(max_examples=examples(60), deadline=None)
@given(data=st.data())
def test_hostile_values_in_a_badge_agree(vectors: Vectors, data: st.DataObject) -> None:
    document = copy.deepcopy(_guide(vectors))
    subject = document["credentialSubject"]
    subject["achievement"]["tag"] = data.draw(st.lists(hostile, max_size=3))
    subject["identifier"] = [
        {
            "type": "IdentityObject",
            "hashed": data.draw(st.booleans() | hostile),
            "identityHash": data.draw(hostile),
            "identityType": "emailAddress",
        }
    ] * data.draw(st.integers(0, 3))
    document["name"] = data.draw(hostile)
    document["id"] = data.draw(addresses)
    subject["achievement"]["image"] = data.draw(
        addresses | st.just({"id": "https://e.org/i", "type": "Image"})
    )
    document["validFrom"] = data.draw(hostile | st.integers() | st.booleans())
    subject["achievement"]["creditsAvailable"] = data.draw(
        st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False) | hostile
    )
    agree(document)


def _names() -> list[str]:
    found: set[str] = set()

    def walk(context: dict[str, Any]) -> None:
        for name, definition in context.items():
            if not name.startswith("@"):
                found.add(name)
                if isinstance(definition, dict) and isinstance(definition.get("@context"), dict):
                    walk(definition["@context"])

    for url in CONTEXTS:
        walk(known_contexts()[url])
    return sorted(found)


def _types() -> list[str]:
    return [name for name in _names() if name[0].isupper()]


nodes = st.recursive(
    hostile | addresses | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*_names(), "@id", "@value", "@type", "x"]), inner, max_size=5
        )
    ),
    max_leaves=14,
)


@settings(max_examples=examples(100), deadline=None)
@given(
    members=st.dictionaries(st.sampled_from(_names()), nodes, max_size=6),
    kinds=st.lists(st.sampled_from(_types()), max_size=3),
    subject=st.dictionaries(st.sampled_from(_names()), nodes, max_size=5),
)
def test_any_use_of_the_vocabulary_agrees(
    members: dict[str, Any], kinds: list[str], subject: dict[str, Any]
) -> None:
    document = {"@context": CONTEXTS, **members, "type": kinds, "credentialSubject": subject}
    try:
        json.dumps(document, allow_nan=False).encode()
    except ValueError:
        return
    agree(document)


plain_nodes = st.recursive(
    st.text(max_size=4) | addresses | st.booleans() | st.integers(-5, 10**6),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.builds(
            lambda members, kinds: {**members, "id": "urn:a:b", "type": kinds},
            st.dictionaries(st.sampled_from(_names()), inner, max_size=4),
            st.lists(st.sampled_from(_types()), max_size=2),
        )
    ),
    max_leaves=10,
)


@settings(max_examples=examples(120), deadline=None)
@given(
    members=st.dictionaries(st.sampled_from(_names()), plain_nodes, max_size=5),
    kinds=st.lists(st.sampled_from(_types()), max_size=3),
)
def test_plain_nodes_of_any_types_agree(members: dict[str, Any], kinds: list[str]) -> None:
    agree({"@context": CONTEXTS, **members, "id": "urn:a:c", "type": kinds})


@pytest.mark.parametrize(
    "contexts",
    [
        [],
        [CREDENTIALS_V2, {"x": "https://e.org/x"}],
        CREDENTIALS_V2,
        ["https://unknown.example/"],
        [CREDENTIALS_V2, "https://www.w3.org/ns/credentials/examples/v2"],
        [7],
    ],
)
def test_other_contexts_go_the_long_way(contexts: Any) -> None:
    assert compiled_nquads({"@context": contexts, "id": "urn:a", "name": "n"}) is None


def test_every_pair_of_known_contexts_agrees(vectors: Vectors) -> None:
    """Terms may clash between contexts; then a processor has to judge."""
    guide = _guide(vectors)
    for first in known_contexts():
        for second in known_contexts():
            agree({**guide, "@context": [first, second]})


def _guide(vectors: Vectors) -> dict[str, Any]:
    document: dict[str, Any] = vectors.json("ob3-spec/ob3-guide-signed.json")
    document.pop("proof")
    return document
