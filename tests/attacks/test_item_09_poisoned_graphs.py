"""A badge of 2.5 kB, unsigned, stopped the server: two equal results with n equal nameless
alignments each. To label them RDFC-1.0 tries n! orders: 9 s for nine, two minutes for ten."""

from __future__ import annotations

import json
import time
from typing import Any

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges import CREDENTIALS_V2, OPEN_BADGES_3
from badges.blank_nodes import refuse_poisoned
from badges.canonical import canonical_nquads, generic_nquads
from badges.descriptions import description_problems
from badges.document import Document
from badges.errors import MalformedDocument
from badges.spelling import spelling_problems
from tests.badges.issuers import Shelf, presentation, report


def poisoned(alignments: int, contexts: tuple[Any, ...] = ()) -> Document:
    result = {"type": ["Result"], "alignment": [{"type": ["Alignment"]}] * alignments}
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3, *contexts],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "credentialSubject": {"type": ["AchievementSubject"], "result": [result, result]},
    }


LONG = ({"own": "https://own.example.org/own"},)


@pytest.mark.parametrize("contexts", [(), LONG], ids=["short way", "long way"])
@pytest.mark.parametrize("number", [7, 9, 10, 50, 400])
def test_a_poisoned_badge_is_refused_at_once(number: int, contexts: tuple[Any, ...]) -> None:
    document = poisoned(number, contexts)
    for canonical in (canonical_nquads, generic_nquads):
        with pytest.raises(MalformedDocument, match="poisoned"):
            canonical(document)


@pytest.mark.parametrize("contexts", [(), LONG], ids=["short way", "long way"])
def test_what_is_alike_within_reason_has_its_form(contexts: tuple[Any, ...]) -> None:
    assert canonical_nquads(poisoned(5, contexts)).count("AlignmentObject>") == 10


def test_the_verifier_says_why(unsigned: Any) -> None:
    subject = unsigned["credentialSubject"]
    subject["result"] = poisoned(10)["credentialSubject"]["result"]
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "verificationMethod": "did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
        "proofPurpose": "assertionMethod",
        "proofValue": "z1",
    }
    odd = {**proof, "domain": subject["result"]}
    for document in ({**unsigned, "proof": proof}, presentation(poisoned(10)), {**unsigned}):
        assert not report(document, Shelf()).verified
    for document in (odd, {**odd, "type": "Ed25519Signature2020"}):
        assert not report({**unsigned, "proof": document}, Shelf()).verified


LISTS = "".join(
    f"<urn:s{i}> <urn:l> _:l{i}x0 .\n"
    + "".join(
        f'_:l{i}x{n} <urn:first> "{n}" .\n_:l{i}x{n} <urn:rest> _:l{i}x{n + 1} .\n'
        for n in range(100)
    )
    for i in range(2)
)


def dataset(nquads: str) -> pyoxigraph.Dataset:
    quads = pyoxigraph.parse(nquads.encode(), format=pyoxigraph.RdfFormat.N_QUADS)
    return pyoxigraph.Dataset(quads)


def test_two_equal_lists_of_a_hundred_are_not_poison() -> None:
    refuse_poisoned(dataset(LISTS))


def test_one_long_list_costs_what_it_is_long_and_two_are_refused() -> None:
    """Thousands deep the library's own recursion would end the process."""
    contexts = [CREDENTIALS_V2, OPEN_BADGES_3]
    values = {"type": ["ResultDescription"], "allowedValue": [str(n) for n in range(3_000)]}
    one = {"id": "urn:a", "type": ["Achievement"], "resultDescription": [{**values, "id": "urn:1"}]}
    assert generic_nquads({"@context": contexts, **one}).count("\n") > 6_000
    one["resultDescription"].append({**values, "id": "urn:2"})
    with pytest.raises(MalformedDocument, match="poisoned"):
        generic_nquads({"@context": contexts, **one})


nodes = st.sampled_from([f"_:b{n}" for n in range(9)])
statements = st.tuples(
    nodes | st.just("<urn:s>"),
    st.sampled_from(["<urn:p>", "<urn:q>"]),
    nodes | st.sampled_from(["<urn:s>", '"1"']),
    st.sampled_from(["", "", "_:b0 ", "_:b1 "]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(statements, max_size=24))
def test_what_is_let_through_ends_soon(quads: list[tuple[str, str, str, str]]) -> None:
    """Any graph of nine blank nodes: the count is above the work, or the work would show it."""
    graph = dataset("".join(f"{s} {p} {o} {g}.\n" for s, p, o, g in quads))
    try:
        refuse_poisoned(graph)
    except MalformedDocument:
        return
    began = time.process_time()
    graph.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    assert time.process_time() - began < 5


def test_a_heavy_text_counts_by_its_length() -> None:
    """Each order reads the statements of a node again."""
    document = json.loads(json.dumps(poisoned(6)))
    generic_nquads(document)
    for result in document["credentialSubject"]["result"]:
        result["alignment"] = [{"type": ["Alignment"], "targetName": "x" * 10_000}] * 6
    with pytest.raises(MalformedDocument, match="poisoned"):
        generic_nquads(document)


@pytest.mark.parametrize(
    "large",
    [
        {"name": ["x"] * 200_000},
        {"name": [str(n) for n in range(100_000)]},
        {"evidence": [{"id": "urn:uuid:1", "name": [str(n) for n in range(100_000)]}] * 2},
        {"credentialStatus": [{"id": "urn:s", "name": "x"}] * 30_000},
        {"@context": [CREDENTIALS_V2] * 20_000},
        {"@context": [CREDENTIALS_V2, {f"n{n}": f"urn:own#{n}" for n in range(20_000)}]},
    ],
    ids=["same", "others", "twice", "statuses", "contexts", "terms"],
)
def test_how_a_megabyte_is_written_is_seen_soon(large: Document) -> None:
    """Nothing that is compared is compared with everything else."""
    document = {**poisoned(2), **large}
    began = time.process_time()
    assert len([*spelling_problems(document), *description_problems(document)]) < 50_000
    assert time.process_time() - began < 5
