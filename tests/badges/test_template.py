"""A filled template is what the generic way makes of the same badge, whatever stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges.canonical import generic_nquads
from badges.document import Document, parse_document
from badges.errors import MalformedDocument
from badges.proofs.data_integrity import add_proof, verify_proof
from badges.template import Template, sign_template
from ledger.awards.badge_form import CONTEXTS, BadgeForm, badge_document
from ledger.awards.issuing import Earned, Recipient, Shown, sign_badge, words_of
from ledger.catalogue.definition import (
    Criterion,
    Definition,
    FrameworkAlignment,
    Level,
    Part,
)
from ledger.site import Site
from tests.badges.issuers import Key
from tests.conftest import examples

# Everything but lone surrogates, and rather often what other formats would trip over.
HOSTILE = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from(list('%()s"\\\n\r\t\0\x7f\x85\u2028\u2029\ufffe\uffff<>{}^@_:\U0010ffff'))
)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
times = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def forms(draw: st.DrawFn) -> BadgeForm:
    """Rebuilt, as no check of texts goes before: the template relies on none."""
    levels = tuple(
        Level.rebuilt(id=f"l{n}", name=draw(words)) for n in range(draw(st.integers(2, 4)))
    )
    rubric = tuple(
        Criterion.rebuilt(id=f"c{n}", name=draw(words), levels=levels, required_level="l1")
        for n in range(draw(st.integers(1, 4)))
    )
    parts = tuple(
        Part.rebuilt(id=f"p{n}", name=draw(words), instruction="Do it.", kind="text")
        for n in range(draw(st.integers(1, 3)))
    )
    alignment = FrameworkAlignment.rebuilt(name=draw(words), url="https://case.example.org/1")
    definition = Definition.rebuilt(
        name=draw(words),
        description=draw(words),
        criteria=draw(words),
        parts=parts,
        rubric=rubric,
        alignments=(alignment,) * draw(st.integers(0, 1)),
        tags=tuple(draw(st.lists(words, max_size=2))),
        human_code=draw(st.none() | words),
    )
    return BadgeForm(
        site=Site("https://issuer.example.org"),
        issuer_name=draw(words),
        micro_credential=uuid4(),  # a version, once published, is never another's
        number=draw(st.integers(1, 3)),
        definition=definition,
        purpose=draw(st.sampled_from(["revocation", "suspension"])),
        ends=draw(st.booleans()),
        parts=tuple(part.id for part in parts[: draw(st.integers(1, len(parts)))]),
        has_statement=draw(st.booleans()),
        endorsements=tuple(draw(st.lists(st.just("a.b.c"), max_size=1))),
    )


@st.composite
def earned(draw: st.DrawFn, form: BadgeForm) -> Earned:
    start = draw(times)
    levels = form.definition.rubric
    return Earned(
        award=draw(st.uuids()),
        recipient=Recipient(draw(HOSTILE), draw(st.binary(max_size=8)).hex(), draw(st.uuids())),
        levels={c.id: draw(st.sampled_from([x.id for x in c.levels])) for c in levels},
        evidence=tuple(
            Shown(part, draw(HOSTILE), draw(st.binary(max_size=8)).hex()) for part in form.parts
        ),
        statement=draw(HOSTILE) if form.has_statement else None,
        began=start,
        ended=start,
        awarded=start,
        valid_from=start,
        valid_until=start + timedelta(days=1) if form.ends else None,
        status_list=draw(st.sampled_from(["revocation-1", "suspension-27"])),
        status_index=draw(st.integers(0, 131071)),
    )


@settings(max_examples=examples(40), deadline=None)
@given(st.data())
def test_template_and_generic_way_agree(data: st.DataObject) -> None:
    """Canonical form, JSON and signature of generated badges, by both ways."""
    form = data.draw(forms())
    key = Key()
    template = Template(lambda given: badge_document(form, given), form.slots())
    for _ in range(3):
        badge = data.draw(earned(form))
        filled = words_of(form, badge)
        document = badge_document(form, filled)
        canonical, text = template.fill(filled)
        assert canonical == generic_nquads(document)
        assert json.loads(text) == document
        signed = sign_template(template, filled, CONTEXTS, key, badge.valid_from)
        assert parse_document(signed) == add_proof(document, key, badge.valid_from)
        assert sign_badge(form, badge, key) == signed  # type: ignore[arg-type]


def build(words: Mapping[str, str]) -> Document:
    return {
        "@context": list(CONTEXTS),
        "id": f"urn:x:{words['id']}",
        "type": ["VerifiableCredential"],
        "name": words["name"],
    }


@pytest.mark.parametrize("identifier", ["", "a b", "a>", 'a"', "a/../b", "ä", "%20", "a#b"])
def test_a_word_that_would_break_an_address_is_refused(identifier: str) -> None:
    template = Template(build, ["id", "name"])
    with pytest.raises(MalformedDocument):
        template.fill({"id": identifier, "name": "n"})


def test_two_statements_that_become_one_are_one() -> None:
    def twins(words: Mapping[str, str]) -> Document:
        subject = {"id": "urn:x:2", "name": [words["a"], words["b"]]}
        return {**build({"id": "1", "name": "n"}), "credentialSubject": subject}

    template = Template(twins, ["a", "b"])
    for filled in ({"a": "one", "b": "two"}, {"a": "one", "b": "one"}):
        assert template.fill(filled)[0] == generic_nquads(twins(filled))


def test_a_document_that_is_not_plain_has_no_template() -> None:
    def odd(words: Mapping[str, str]) -> Document:
        return {**build(words), "@id": "urn:y"}

    with pytest.raises(MalformedDocument):
        Template(odd, ["id", "name"])


def test_a_form_that_cannot_be_a_template_is_signed_all_the_same() -> None:
    """An address with letters beyond ASCII goes the generic way (and a slow one)."""
    definition = Definition(
        name="N",
        description="D",
        criteria="C",
        parts=(Part(id="p", name="P", instruction="I", kind="text"),),
        rubric=(
            Criterion(
                id="c",
                name="C",
                levels=(Level(id="a", name="A"), Level(id="b", name="B")),
                required_level="b",
            ),
        ),
        alignments=(FrameworkAlignment(name="A", url="https://case.example.org/é"),),
    )
    form = BadgeForm(
        Site("https://issuer.example.org"),
        "Issuer",
        UUID(int=1),
        1,
        definition,
        "revocation",
        False,
        (),
        False,
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    badge = Earned(
        award=UUID(int=2),
        recipient=Recipient("a@example.org", "00", UUID(int=3)),
        levels={"c": "b"},
        evidence=(),
        statement=None,
        began=now,
        ended=now,
        awarded=now,
        valid_from=now,
        valid_until=None,
        status_list="revocation-1",
        status_index=1,
    )
    key = Key()
    signed: dict[str, Any] = parse_document(sign_badge(form, badge, key))  # type: ignore[arg-type]
    assert verify_proof(signed, signed["proof"], key.private.public_key())
    with pytest.raises(ValueError, match="not in"):
        sign_badge(form, replace(badge, levels={"c": "z"}), key)  # type: ignore[arg-type]
