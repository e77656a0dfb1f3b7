"""What strangers might try on a verifier."""

from __future__ import annotations

import contextlib
import copy
from datetime import timedelta
from typing import Any

import pytest

from badges.canonical import generic_nquads
from badges.document import Document
from badges.errors import MalformedDocument, UnreachableDocument
from badges.proofs.data_integrity import add_proof, proofs_of
from badges.status_list import Bitstring, status_list_credential
from tests.badges.issuers import ISSUER, LIST, NOW, Key, Shelf, check, presentation, report


class Crawler(Shelf):
    """Counts what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def load(self, url: str) -> Any:
        self.asked.append(url)
        return super().load(url)


def test_a_presentation_does_not_make_us_a_crawler(unsigned: Any, issuer: Key) -> None:
    """Three hundred issuers and lists, each once and forty at most."""
    crawler = Crawler()
    badge = add_proof(unsigned, issuer, NOW)
    strangers = []
    for number in range(100):
        other = copy.deepcopy(badge)
        other["issuer"]["id"] = did = f"did:web:host-{number}.example.org"
        other["proof"]["verificationMethod"] = f"{did}#{issuer.id}"
        strangers.append(other)
    found = report(presentation(badge, badge, badge, *strangers), crawler)
    assert not found.verified
    assert len(crawler.asked) == len(set(crawler.asked)) <= 40


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 10_000 + "1" + "}" * 10_000,
        "[" * 100_000,
        '{"a":' + "[" * 9_999 + "]" * 9_999 + "}",
    ],
    ids=["objects", "unclosed", "arrays"],
)
def test_ten_thousand_levels(text: str) -> None:
    assert report(text, Shelf()).outcome == "malformed"


def test_a_context_that_gives_a_known_term_another_meaning(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    signed = add_proof(unsigned, issuer, NOW)
    for context in ({"name": "urn:x:name"}, {"@vocab": "urn:x:"}, "https://evil.example.org/v1"):
        twin = {**signed, "@context": [*signed["@context"], context]}
        assert check(twin, shelf)["answer"] == "not verified", context


STATUS = "https://www.w3.org/2018/credentials#credentialStatus"


def _said_otherwise(badge: Document) -> dict[str, Document]:
    """The same statements, and so the same proof, with the status hidden from who reads JSON."""
    rest = {name: item for name, item in badge.items() if name != "credentialStatus"}
    contexts, status = badge["@context"], badge["credentialStatus"]
    alias = {"x": {"@id": STATUS, "@type": "@id"}}
    base = "https://www.w3.org/2018/credentials#credential"
    subject = {**rest["credentialSubject"]}
    return {
        "by its IRI": {**rest, STATUS: status},
        "by another name": {**rest, "@context": [*contexts, alias], "x": status},
        "by a prefix": {
            **rest,
            "@context": [*contexts, {"p": base, "x": {"@id": "p:Status", "@type": "@id"}}],
            "x": status,
        },
        "by a vocabulary": {**rest, "@context": [*contexts, {"@vocab": base}], "Status": status},
        "beside it": {**rest, "@included": [{"id": badge["id"], "credentialStatus": status}]},
        "in a set": {**rest, "@reverse": {}, "credentialStatus": {"@set": [status]}},
        "elsewhere": {
            **rest,
            "credentialSubject": {
                **subject,
                "achievement": {
                    **subject["achievement"],
                    "related": [
                        {"id": badge["id"], "type": ["Related"], "credentialStatus": status}
                    ],
                },
            },
        },
    }


def test_a_revocation_cannot_be_hidden_by_saying_it_otherwise(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    related = {"id": unsigned["id"], "type": ["Related"]}
    unsigned["credentialSubject"]["achievement"]["related"] = [related]
    badge = add_proof(unsigned, issuer, NOW)
    assert check(badge, shelf)["outcome"] == "verified"
    bits = Bitstring()
    bits[7] = True
    listed = status_list_credential(LIST, ISSUER, "revocation", bits, NOW, 300)
    shelf.documents[LIST] = add_proof(listed, issuer, NOW)
    assert check(badge, shelf)["outcome"] == "revoked"
    same = []
    plain = generic_nquads({k: v for k, v in badge.items() if k != "proof"})
    for how, twin in _said_otherwise(badge).items():
        assert check(twin, shelf)["answer"] != "verified", how
        with contextlib.suppress(MalformedDocument):
            bare = {k: v for k, v in twin.items() if k != "proof"}
            same += [how] * (generic_nquads(bare) == plain)
    assert len(same) >= 3, "most of them say the same, or the test would prove nothing"


def test_an_inline_context_may_add_words_of_its_own(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    unsigned["@context"] = [*unsigned["@context"], {"grade": "https://own.example.org/grade"}]
    unsigned["grade"] = "A"
    badge = add_proof(unsigned, issuer, NOW)
    assert check(badge, shelf)["outcome"] == "verified"
    assert check({**badge, "grade": "B"}, shelf)["outcome"] == "altered"


def test_a_loader_that_fails_otherwise_is_the_loaders_fault_alone(unsigned: Any) -> None:
    class Refuses:
        def load(self, url: str) -> Any:
            raise UnreachableDocument("private address")

    key = Key(ISSUER)
    found = report(add_proof(unsigned, key, NOW), Refuses())
    assert (found.answer, found.outcome) == ("undetermined", "issuer-unreachable")


def test_a_proof_that_ended(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    signed = add_proof(unsigned, issuer, NOW)
    ended = {**signed["proof"], "expires": "2026-03-30T00:00:00Z"}
    assert check({**signed, "proof": ended}, shelf)["answer"] == "not verified"
    assert proofs_of(signed) == [signed["proof"]]
    elsewhere = {**signed["proof"], "https://w3id.org/security#expiration": ended["expires"]}
    assert check({**signed, "proof": elsewhere}, shelf)["outcome"] == "malformed"
    late = NOW + timedelta(days=1)
    assert check(signed, shelf, late)["answer"] == "verified"


def test_a_badge_that_calls_itself_something_else_is_no_less_unsigned(
    unsigned: Any, shelf: Shelf
) -> None:
    """Neither a presentation of nothing nor an assertion of another time vouches for its words."""
    kinds = unsigned["type"]
    for twin in (
        {**unsigned, "type": ["VerifiablePresentation"]},
        {**unsigned, "type": ["VerifiablePresentation", *kinds]},
        {**unsigned, "type": [*kinds, "VerifiablePresentation"], "verifiableCredential": []},
        {**unsigned, "type": "VerifiablePresentation", "holder": ISSUER},
        presentation(),
        {**presentation(), "name": "PhD", "holder": ISSUER},
        {**presentation(), "undefined": "PhD"},
    ):
        assert check(twin, shelf)["answer"] == "not verified", twin


def test_an_assertion_cannot_borrow_the_words_of_a_credential(unsigned: Any) -> None:
    """Hosted by a thief, who can serve whatever he shows; the names shown must be his own."""
    thief = "https://thief.example.org"
    assertion = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{thief}/1",
        "recipient": {"type": "email", "hashed": False, "identity": "a@example.org"},
        "badge": f"{thief}/badge",
        "verification": {"type": "hosted"},
        "issuedOn": "2026-01-01T00:00:00Z",
    }
    shelf = Shelf()
    shelf.documents = {
        f"{thief}/badge": {"id": f"{thief}/badge", "type": "BadgeClass", "issuer": f"{thief}/me"},
        f"{thief}/me": {"id": f"{thief}/me", "type": "Issuer", "name": "Thief"},
    }
    for more in (
        {},
        {"issuer": unsigned["issuer"]},
        {"credentialSubject": unsigned["credentialSubject"], "issuer": ISSUER},
        {"@context": [*unsigned["@context"], "https://w3id.org/openbadges/v2"]},
        {"type": [*unsigned["type"], "Assertion"], "issuer": unsigned["issuer"]},
    ):
        shown = {**assertion, **more}
        shelf.documents[f"{thief}/1"] = shown
        found = report(shown, shelf)
        assert found.summary.get("issuerId") != ISSUER or not found.verified, more
        assert found.verified == (not more), more
        assert not more or found.outcome in ("unsigned", "malformed"), more
