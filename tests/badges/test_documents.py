"""Reading and canonicalizing what strangers send: nothing is dropped, nothing hangs."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from badges import CREDENTIALS_V2, OPEN_BADGES_3, MalformedDocument, UndefinedTerm
from badges.canonical import canonical_nquads
from badges.document import parse_document, parse_time


def credential(**members: object) -> dict[str, object]:
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3],
        "id": "https://example.org/c",
        "type": ["VerifiableCredential"],
        "name": "N",
        **members,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        "{",
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        "\xff",
        '{"a":' * 10_000,
        "[" * 99_999,
        '{"a":' * 100 + "1" + "}" * 100,
    ],
)
def test_what_is_not_one_clean_object_is_refused(text: str) -> None:
    with pytest.raises(MalformedDocument):
        parse_document(text)


def test_bytes_that_are_not_text_are_refused() -> None:
    with pytest.raises(MalformedDocument):
        parse_document(b'{"a": "\xff"}')


@pytest.mark.parametrize("text", ["2026-01-01", "2026-01-01T00:00:00", "soon", 7, None])
def test_a_time_needs_an_offset(text: object) -> None:
    with pytest.raises(MalformedDocument):
        parse_time(text)


@pytest.mark.parametrize(
    "members",
    [
        {"undefinedTerm": "x"},
        {"type": ["VerifiableCredential", "NoSuchType"]},
        {"id": "not-absolute"},
        {"issuer": {"id": "https://example.org", "shoeSize": 44}},
        {"credentialSubject": {"id": "relative/path"}},
    ],
)
def test_what_would_go_unsigned_is_an_error(members: dict[str, object]) -> None:
    with pytest.raises(UndefinedTerm):
        canonical_nquads(credential(**members))


@pytest.mark.parametrize("members", [{"description": None}, {"credentialSubject": [None]}])
def test_null_is_an_error(members: dict[str, object]) -> None:
    with pytest.raises(MalformedDocument):
        canonical_nquads(credential(**members))


@pytest.mark.parametrize(
    "context",
    ["https://evil.example/context", "file:///etc/passwd", "/context", "http://localhost/c"],
)
def test_an_unknown_context_is_an_error_and_never_fetched(context: str) -> None:
    document = credential()
    document["@context"] = [CREDENTIALS_V2, context]
    with pytest.raises(MalformedDocument, match="context"):
        canonical_nquads(document)


@pytest.mark.parametrize(
    "context",
    [
        {"name": "https://evil.example/name"},
        {"issuer": "https://evil.example/issuer"},
        {"VerifiableCredential": "https://evil.example/Poem"},
        {"id": "https://evil.example/id"},
        {"@import": "https://evil.example/context"},
        None,
    ],
)
def test_a_term_of_the_standards_cannot_be_given_another_meaning(context: object) -> None:
    """Refused, or without effect."""
    document = credential(issuer="https://example.org/i")
    expected = canonical_nquads(document)
    document["@context"] = [CREDENTIALS_V2, context, OPEN_BADGES_3]
    with contextlib.suppress(MalformedDocument):
        assert canonical_nquads(document) == expected


@pytest.mark.parametrize(
    "value", [7, 1.5, [["deep"]], {"@value": {"x": 1}}, {"@type": 5}, {"@id": 7}, {"@list": 3}]
)
def test_odd_values_do_not_crash_it(value: object) -> None:
    with contextlib.suppress(MalformedDocument):
        canonical_nquads(credential(issuer=value, type=value))


def test_a_graph_built_to_be_slow_is_refused_at_once() -> None:
    nodes = [
        {
            "id": f"_:b{i}",
            "related": [{"id": f"_:b{j}", "type": "Related"} for j in range(14)],
            "type": "Achievement",
        }
        for i in range(14)
    ]
    began = time.monotonic()
    with pytest.raises(MalformedDocument):
        canonical_nquads(
            credential(credentialSubject={"type": "AchievementSubject", "achievement": nodes})
        )
    assert time.monotonic() - began < 2


def test_control_characters_are_escaped_as_rdfc_asks() -> None:
    text = canonical_nquads(credential(name='\b\f\t\x01\x7f"\\\n'))
    assert '"\\b\\f\\t\\u0001\\u007F\\"\\\\\\n"' in text


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        st.characters(
            min_codepoint=0x20, exclude_characters="\x7f\ufffe\uffff", exclude_categories=["Cs"]
        )
    )
)
def test_the_other_implementation_gives_the_same_form(name: str) -> None:
    """pyld's own RDFC-1.0, except for control characters, which it does not escape."""
    document = credential(name=name, credentialSubject={"type": "AchievementSubject", "role": name})

    def load(url: str, _options: object) -> dict[str, object]:
        from badges.contexts import context_document

        return {"contextUrl": None, "documentUrl": url, "document": context_document(url)}

    theirs = jsonld.normalize(
        document,
        {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load},
    )
    assert canonical_nquads(document) == theirs


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "id",
                        "type",
                        "issuer",
                        "name",
                        "@id",
                        "@type",
                        "@value",
                        "@list",
                        "@context",
                        "@graph",
                        "credentialSubject",
                        "proof",
                        "x",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_nothing_but_our_own_errors_comes_of_odd_documents(value: object) -> None:
    document = json.loads(json.dumps({"@context": [CREDENTIALS_V2], "credentialSubject": value}))
    with contextlib.suppress(MalformedDocument):
        canonical_nquads(document)
