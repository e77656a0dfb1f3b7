"""The attack: Bob signs a presentation of Alice's badge, or replays one that Alice made for
somebody else, and is called verified."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from badges.document import Document
from badges.proofs.cryptosuites import EDDSA_RDFC_2022
from badges.proofs.data_integrity import add_proof, proof_options
from badges.proofs.jws import sign_jws
from badges.verification import IssuerPolicy, VerificationReport, Verifier
from keys.multikey import base58_encode
from tests.api.conftest import Api
from tests.attacks.badge import a_badge
from tests.badges.issuers import ISSUER, NOW, Key, Shelf, presentation

ASKED = {"challenge": "c-1", "domain": "https://jobs.example"}


def presented(holder: Key, document: Document, **options: Any) -> Document:
    """As ``add_proof`` does, but for authentication, and made for somebody."""
    stated = proof_options(EDDSA_RDFC_2022, holder.verification_method, "2026-03-01T00:00:00Z")
    stated |= {"proofPurpose": "authentication", **options}
    data = EDDSA_RDFC_2022.hash_data(document, stated, holder.private.public_key())
    value = "z" + base58_encode(holder.sign(data))
    return {**document, "proof": {**stated, "proofValue": value}}


def verify(shelf: Shelf, document: Any, **asked: Any) -> VerificationReport:
    text = document if isinstance(document, str) else json.dumps(document)
    return Verifier(shelf, NOW, IssuerPolicy({ISSUER: "Issuer"})).verify(text, **asked)


@pytest.fixture
def alice() -> Key:
    return Key()


@pytest.fixture
def badge(issuer: Key, alice: Key) -> Document:
    """Alice's badge."""
    return add_proof(a_badge(id=alice.did), issuer, NOW)


def test_only_its_holder_presents_a_badge(alice: Key, badge: Document, shelf: Shelf) -> None:
    bob = Key()
    own = presented(alice, presentation(badge, holder=alice.did), **ASKED)
    found = verify(shelf, own, **ASKED)
    assert (found.verdict.key, found.verdict.band) == ("presented-by-holder", "green")
    assert found.document()["possession"] == "proven"
    stolen = presented(bob, presentation(badge, holder=bob.did), **ASKED)
    for asked in (ASKED, {}):
        found = verify(shelf, stolen, **asked)
        assert (found.answer, found.outcome) == ("not verified", "other-person")
        assert found.statuses["presentation.holder"] == "failed"
        assert "to whoever presents it" in str(found.verdict.headline)
    mixed = presented(bob, presentation(badge, a_badge(id=bob.did), holder=bob.did), **ASKED)
    assert verify(shelf, mixed, **ASKED).answer == "not verified"
    forged = {**own, "holder": bob.did}
    assert verify(shelf, forged, **ASKED).verdict.key == "forged-holder"


def test_a_presentation_made_for_another_is_not_for_me(
    alice: Key, badge: Document, shelf: Shelf
) -> None:
    shown = presentation(badge, holder=alice.did)
    for made_for, asked, outcome in (
        (ASKED, {**ASKED, "challenge": "c-2"}, "challenge-not-met"),
        (ASKED, {**ASKED, "domain": "https://evil.example"}, "challenge-not-met"),
        ({**ASKED, "domain": ["https://jobs.example", "x"]}, ASKED, "challenge-not-met"),
        ({**ASKED, "domain": ["https://jobs.example"]}, ASKED, "verified"),
        ({"challenge": "c-1"}, ASKED, "challenge-not-met"),
        ({}, ASKED, "challenge-not-met"),
        (ASKED, {"challenge": "c-1"}, "verified"),
        (ASKED, {"challenge": ""}, "challenge-not-met"),
    ):
        found = verify(shelf, presented(alice, shown, **made_for), **asked)
        assert found.outcome == outcome, (made_for, asked)
    # What was signed may not be written over.
    told = presented(alice, shown, **{**ASKED, "challenge": "c-0"})
    told["proof"]["challenge"] = "c-1"
    assert verify(shelf, told, **ASKED).answer == "not verified"
    for document in (shown, badge):  # nobody signed it; a badge by itself
        assert verify(shelf, document, **ASKED).outcome == "challenge-not-met"


def test_without_challenge_and_domain_nothing_says_that_they_hold_it(
    alice: Key, badge: Document, shelf: Shelf
) -> None:
    shown = presentation(badge, holder=alice.did)
    for document, asked in (
        (shown, {}),
        (presentation(badge), {}),
        (presented(alice, shown), {}),
        (presented(alice, shown, **ASKED), {}),
        (presented(alice, shown, **ASKED), {"challenge": "c-1"}),
        (presented(alice, shown, **ASKED), {"domain": "https://jobs.example"}),
    ):
        found = verify(shelf, document, **asked)
        said = found.document()
        assert (found.verdict.key, found.verdict.band) == ("possession-not-proven", "amber")
        assert said["possession"] == "not-proven"
        assert "not proven" in said["headline"]
        assert "very check passed" not in json.dumps(said)


def test_a_subject_without_an_id_cannot_be_compared(issuer: Key, shelf: Shelf) -> None:
    bob = Key()
    for subject in (
        {"id": "urn:uuid:ada"},
        {"identifier": {"type": "IdentityObject", "hashed": False, "identityType": "emailAddress"}
         | {"identityHash": "ada@example.org"}},
    ):  # fmt: skip
        badge = add_proof(a_badge(**subject), issuer, NOW)
        shown = presented(bob, presentation(badge, holder=bob.did), **ASKED)
        found = verify(shelf, shown, **ASKED)
        assert found.statuses["presentation.holder"] == "warning"
        assert found.verdict.key == "possession-not-proven"
        assert found.document()["possession"] == "not-proven"


def test_a_record_of_anothers_badges_is_not_the_holders(
    alice: Key, badge: Document, issuer: Key, shelf: Shelf
) -> None:
    """Whatever somebody wraps around Alice's badge, a CLR of Bob's too."""
    bob = Key()
    record = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        ],
        "id": "urn:uuid:clr",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Transcript",
        "issuer": {"id": bob.did, "type": ["Profile"], "name": "Issuer"},
        "validFrom": "2026-03-01T00:00:00Z",
        "partial": True,
        "credentialSubject": {
            "id": bob.did,
            "type": ["ClrSubject"],
            "verifiableCredential": [badge],
        },
    }
    wrapped = add_proof(record, bob, NOW)
    shown = presented(bob, presentation(wrapped, holder=bob.did), **ASKED)
    assert verify(shelf, shown, **ASKED).outcome == "other-person"


def test_a_presentation_as_a_token(alice: Key, badge: Document, shelf: Shelf) -> None:
    class Holder:
        algorithm = "EdDSA"
        key_url = alice.verification_method

        def sign(self, data: bytes) -> bytes:
            return alice.sign(data)

    claims = {"iss": alice.did, "nonce": "c-1", "aud": "https://jobs.example"}
    shown = presentation(badge, holder=alice.did)
    token = sign_jws({**shown, **claims}, Holder(), "vp+jwt")
    assert verify(shelf, token, **ASKED).verdict.key == "presented-by-holder"
    assert verify(shelf, token, **{**ASKED, "challenge": "x"}).outcome == "challenge-not-met"
    assert verify(shelf, token).verdict.key == "possession-not-proven"


def test_the_asker_gives_challenge_and_domain_over_http(api: Api, alice: Key) -> None:
    unknown = a_badge(id=alice.did) | {"issuer": {"id": alice.did, "type": ["Profile"]}}
    own = add_proof(unknown, alice, NOW - timedelta(days=31))
    shown = presented(alice, presentation(own, holder=alice.did), **ASKED)
    for challenge, outcome in (("c-1", "verified"), ("c-2", "challenge-not-met")):
        asked = {"Challenge": challenge, "Domain": "https%3A%2F%2Fjobs.example"}
        said = api.client.post("/v1/verify", content=json.dumps(shown), headers=asked).json()
        assert (said["outcome"], said["verified"]) == (outcome, outcome == "verified")
