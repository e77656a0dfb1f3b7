"""What a stranger's file holds is answered: half characters, huge numbers, lists where a text
stands, other forms of credentials. None of it is a traceback."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from badges.document import parse_document
from badges.errors import MalformedDocument
from badges.proofs.data_integrity import add_proof
from badges.verification import IssuerPolicy, Verifier
from tests.badges.issuers import NOW, Key, Shelf, check, presentation, report

ASSERTION = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": "https://host.example.org/1",
    "recipient": {"type": "email", "hashed": False, "identity": "a@example.org", "salt": "s"},
    "badge": "https://host.example.org/badge",
    "verification": {"type": "hosted"},
    "issuedOn": "2026-01-01T00:00:00Z",
}


def hosted(**members: Any) -> tuple[dict[str, Any], Shelf]:
    assertion, shelf = {**ASSERTION, **members}, Shelf()
    base = "https://host.example.org"
    shelf.documents = {
        f"{base}/1": assertion,
        f"{base}/badge": {"id": f"{base}/badge", "type": "BadgeClass", "issuer": f"{base}/me"},
        f"{base}/me": {"id": f"{base}/me", "type": "Issuer", "name": "Host"},
    }
    return assertion, shelf


def test_half_characters_are_malformed_wherever_they_stand(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    half = "\ud800"
    badge = add_proof(unsigned, issuer, NOW)
    subject = badge["credentialSubject"]
    identity = {"type": "IdentityObject", "identityType": "emailAddress", "hashed": True}
    for twin in (
        {**badge, "name": half},
        {**badge, half: "x"},
        {**badge, "credentialSubject": {**subject, "identifier": [{**identity, "salt": half}]}},
        {
            **badge,
            "credentialSubject": {**subject, "identifier": [{**identity, "identityHash": half}]},
        },
        {**ASSERTION, "recipient": {**ASSERTION["recipient"], "salt": half, "hashed": True}},  # type: ignore[dict-item]
        {**ASSERTION, "recipient": {"identity": half, "hashed": False}},
        presentation({**badge, "name": half}),
    ):
        found = check(twin, shelf, recipient="a@example.org")
        assert found["outcome"] == "malformed", twin
    raw = json.dumps({**badge, "name": half}, ensure_ascii=False)
    assert check(raw, shelf)["outcome"] == "malformed"
    assert check(raw.encode("utf-8", "surrogatepass"), shelf)["outcome"] == "malformed"
    assert parse_document('{"a": "\\ud83d\\ude00 \\\\ud800"}') == {"a": "😀 \\ud800"}


@pytest.mark.parametrize("number", ["9007199254740993", "1" * 5000, "-" + "9" * 4000, "1e999"])
def test_numbers_that_readers_take_for_others(number: str) -> None:
    """Two that a canonical form cannot tell apart would let the digits be changed."""
    for text in (f'{{"a": {number}}}', f'{{"a": [{{"b": {number}}}]}}'):
        with pytest.raises(MalformedDocument, match="larger than"):
            parse_document(text)
    assert parse_document('{"a": 9007199254740991, "b": 1e2, "c": -0.5}') == {
        "a": 2**53 - 1,
        "b": 100,
        "c": -0.5,
    }


@pytest.mark.parametrize("kind", ["hosted", ["hosted"], "HostedBadge", ["X", "HostedBadge"]])
def test_an_assertion_may_list_how_it_is_verified(kind: Any) -> None:
    assertion, shelf = hosted(verification={"type": kind})
    assert check(assertion, shelf)["outcome"] == "verified"


@pytest.mark.parametrize(
    "kind", [["hosted", "signed"], [["hosted"]], [{}], [], {"hosted": 1}, 7, True, ["x"]]
)
def test_one_that_lists_it_otherwise_is_malformed(kind: Any) -> None:
    assertion, shelf = hosted(verification={"type": kind})
    assert check(assertion, shelf)["outcome"] == "malformed"


def test_an_assertion_at_no_address() -> None:
    assertion, shelf = hosted(id="https://[::1")
    shelf.documents["https://[::1"] = assertion
    assert check(assertion, shelf)["answer"] == "not verified"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_byte_order_mark_is_no_fault(
    unsigned: Any, issuer: Key, shelf: Shelf, encoding: str
) -> None:
    data = json.dumps(add_proof(unsigned, issuer, NOW)).encode(encoding)
    assert check(data, shelf)["outcome"] == "verified"


TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA"
MDOC = b"\xa3gversionc1.0idocuments\x81\xa1limplicitissuerSigned\xa1jissuerAuth\x84C\xa1\x01&"


@pytest.mark.parametrize(
    ("form", "word"),
    [
        (f"{TOKEN}~WyJzYWx0IiwgIm4iLCAidiJd~", "SD-JWT"),
        (f"{TOKEN}~WyJzYWx0IiwgIm4iLCAidiJd~{TOKEN}\n", "SD-JWT"),
        (f"{TOKEN}~", "SD-JWT"),
        (f"{TOKEN}.AAAA.AAAA", "JWE"),
        (MDOC, "mdoc"),
        (base64.urlsafe_b64encode(MDOC), "mdoc"),
        (b"\xd2\x84C\xa1\x01&\xa0@@", "COSE"),
        ({"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+sd-jwt,{TOKEN}~"},
         "application/vc+sd-jwt"),
        ({"type": ["EnvelopedVerifiableCredential"], "id": "data:application/vc+cose;base64,0oQ"},
         "application/vc+cose"),
    ],
)  # fmt: skip
def test_other_forms_are_not_read_here_yet(form: Any, word: str) -> None:
    text = form if isinstance(form, str | bytes) else json.dumps(form)
    found = Verifier(Shelf(), NOW, IssuerPolicy()).verify(text)
    assert (found.answer, found.outcome) == ("undetermined", "unsupported")
    words = found.checks[0].detail
    assert word in words and "not read here yet" in words


def test_one_inside_a_presentation_leaves_the_whole_open() -> None:
    found = report(presentation(f"{TOKEN}~"), Shelf())
    assert found.answer == "undetermined"


@pytest.mark.parametrize("encoding", ["utf-7", "no-such", "utf-16", "cp037", "idna", "hex"])
def test_an_image_in_another_encoding(encoding: str) -> None:
    svg = f'<?xml version="1.0" encoding="{encoding}"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    assert report(svg, Shelf()).outcome == "malformed"
