"""The attack: somebody shows another's badge. Asked with an address that is not the holder's, the
verifier said "Authentic and in force. Every check passed", ``verified: true``, exit code 0."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges.document import Document
from badges.identity import identity_hash, is_awarded_to, person_asked, recipients_of
from badges.proofs.data_integrity import add_proof
from badges.verification import IssuerPolicy, VerificationReport, Verifier
from ledger.context import Caller
from ledger.people import RegisterPerson, RoleWithin
from tests.api.conftest import Api
from tests.attacks.badge import a_badge
from tests.badges.issuers import ISSUER, NOW, Key, Shelf, presentation

ADA = "ada@example.org"
EVE = "eve@example.org"
OK, OPEN = "verified", "recipient-not-comparable"


def asked(document: Any, shelf: Shelf, recipient: str | None, **more: Any) -> VerificationReport:
    text = document if isinstance(document, str) else json.dumps(document)
    known = IssuerPolicy({ISSUER: "Issuer"})
    return Verifier(shelf, NOW, known).verify(text, recipient, **more)


def of(issuer: Key, **subject: Any) -> Document:
    """A badge awarded to whoever ``subject`` names."""
    return add_proof(a_badge(**subject), issuer, NOW)


def identity(text: str, kind: str = "emailAddress", salt: str | None = "Kosher") -> Document:
    hashed = salt is not None
    stated = identity_hash(text, salt) if salt is not None else text
    salted = {"salt": salt} if hashed else {}
    return {"type": "IdentityObject", "identityType": kind, "hashed": hashed} | {
        "identityHash": stated,
        **salted,
    }


def test_a_mismatch_decides_everything_that_is_said(issuer: Key, shelf: Shelf) -> None:
    badge = of(issuer, identifier=[identity(ADA)])
    other = asked(badge, shelf, EVE)
    assert (other.answer, other.outcome, other.identity) == (
        "not verified",
        "other-person",
        "other",
    )
    said = other.document()
    assert said["verified"] is False
    assert said["headline"] == "Authentic, but not awarded to this person"
    assert other.verdict.band == "red"
    own = asked(badge, shelf, ADA)
    assert (own.answer, own.identity, own.verdict.band) == ("verified", "matches", "green")
    assert "awarded to this person" in own.document()["headline"]
    nobody = asked(badge, shelf, None).document()
    assert (nobody["verified"], nobody["identity"]) == (True, "not-asked")
    assert "was not checked" in nobody["sentence"]
    hidden = "awarded to the holder of an e-mail address that is not shown: enter it to check"
    assert nobody["awardedTo"] == hidden


def test_who_it_is_for_as_far_as_it_says(issuer: Key, shelf: Shelf) -> None:
    for subject, told in (
        ({"identifier": [identity(ADA, salt=None)]}, "ada@example.org"),
        ({"identifier": [identity("Ada", "name", None)]}, "Ada"),
        ({"id": "did:example:ada"}, "did:example:ada"),
        ({"id": "mailto:ada@example.org"}, "ada@example.org"),
        ({"identifier": [identity("7", "sourcedId")]}, "a sourcedId that is not shown"),
    ):
        found = asked(of(issuer, **subject), shelf, None)
        assert told in str(found.awarded_to), subject
        forged = asked({**of(issuer, **subject), "name": "Other"}, shelf, None)
        assert str(forged.awarded_to).startswith("says that it was awarded to"), subject


@pytest.mark.parametrize(
    ("subject", "recipient", "identity_type", "outcome"),
    [
        ({"id": "mailto:ada@example.org"}, "ADA@EXAMPLE.org", None, OK),
        ({"id": "MAILTO:ada%40example.org?subject=x"}, ADA, None, OK),
        ({"id": "mailto:ada@example.org"}, EVE, None, "other-person"),
        ({"id": "mailto:ada@example.org"}, "mailto:ada@example.org", None, OK),
        ({"id": "did:example:ada"}, ADA, None, OPEN),
        ({"id": "did:example:ada"}, " did:example:ada ", None, OK),
        ({"id": "did:example:ada"}, "did:example:eve", None, "other-person"),
        ({"id": "did:example:ada"}, "https://ada.example", None, OPEN),
        ({"identifier": [identity(ADA)]}, " ada@EXAMPLE.org\n", None, OK),
        ({"identifier": [identity(ADA)]}, "Ada@example.org", None, OK),
        ({"identifier": [identity("Ada@example.org")]}, "Ada@EXAMPLE.ORG", None, OK),
        ({"identifier": [identity("ada@xn--mnchen-3ya.example")]}, "ada@München.example", None, OK),
        ({"identifier": [identity("ada@münchen.example")]}, "ada@xn--mnchen-3ya.example", None, OK),
        ({"identifier": [identity("S-7", "sourcedId")]}, "S-7", "sourcedId", "verified"),
        ({"identifier": [identity("S-7", "sourcedId")]}, "S-7", None, OK),
        ({"identifier": [identity("S-7", "sourcedId")]}, "S-8", "sourcedId", "other-person"),
        ({"identifier": [identity("S-7", "sourcedId")]}, "S-7", "userName", OPEN),
        ({"identifier": [identity("S-7", "sourcedId")]}, ADA, None, OPEN),
        ({"identifier": [identity(ADA, "name", None)]}, ADA, None, OPEN),
        ({"identifier": [identity("Eve"), identity(ADA)]}, ADA, None, OK),
    ],
)
def test_addresses_compare_as_mail_does_and_ids_as_ids(
    issuer: Key, shelf: Shelf, subject: Any, recipient: str, identity_type: str, outcome: str
) -> None:
    badge = of(issuer, **subject)
    found = asked(badge, shelf, recipient, identity_type=identity_type)
    assert found.outcome == outcome, found.checks
    assert found.verified == (outcome == "verified")


def test_the_local_part_is_a_matter_of_policy(issuer: Key, shelf: Shelf) -> None:
    badge = json.dumps(of(issuer, identifier=[identity(ADA, salt=None)]))
    for any_case, outcome in ((True, "verified"), (False, "other-person")):
        verifier = Verifier(shelf, NOW, any_case=any_case)
        assert verifier.verify(badge, "ADA@example.org").outcome == outcome
        assert verifier.verify(badge, "ada@EXAMPLE.org").outcome == "verified"


_LOCAL = st.text("abcdeXYZ.+-_", min_size=1, max_size=8)
_DOMAIN = st.sampled_from(["example.org", "münchen.example", "xn--mnchen-3ya.example", "a.b.test"])


@given(_LOCAL, _DOMAIN, _LOCAL, _DOMAIN, st.booleans())
def test_a_match_is_of_the_same_mailbox_and_no_other(
    local: str, domain: str, other: str, elsewhere: str, hashed: bool
) -> None:
    """However the domain is spelt; a hash holds for the spelling that was hashed, or small."""
    subject = {"identifier": identity(f"{local}@{domain}", salt="s" if hashed else None)}
    own = person_asked(f" {local}@{domain.upper()} ")
    assert is_awarded_to(recipients_of(subject), own) is True
    same = local.lower() == other.lower() and _ascii(domain) == _ascii(elsewhere)
    found = is_awarded_to(recipients_of(subject), person_asked(f"{other}@{elsewhere}"))
    assert found in (same, False)
    assert not same or hashed or found is True


def _ascii(domain: str) -> str:
    return domain.replace("münchen", "xn--mnchen-3ya")


def test_no_identity_can_break_the_comparison(issuer: Key, shelf: Shelf) -> None:
    """What cannot be compared says nothing about anyone."""
    for odd in (
        {"identityType": "emailAddress", "identityHash": "sha1$00", "hashed": True},
        {"identityType": "emailAddress", "identityHash": ADA, "hashed": "yes"},
        {"identityType": "emailAddress", "identityHash": 7, "hashed": False},
        {"identityType": "emailAddress", "identityHash": ADA, "hashed": True, "salt": 1},
        {"identityType": ["emailAddress"], "identityHash": ADA, "hashed": False},
        "ada@example.org",
        7,
    ):
        assert is_awarded_to(recipients_of({"identifier": [odd]}), person_asked(ADA)) is None, odd
    surrogate = {"identityType": "emailAddress", "identityHash": "sha256$\ud800", "hashed": True}
    assert (
        is_awarded_to(recipients_of({"identifier": surrogate}), person_asked("\ud800@x")) is False
    )


def test_presentations_and_records_are_asked_too_and_endorsements_are_not(
    issuer: Key, shelf: Shelf
) -> None:
    ada, eve = (of(issuer, identifier=[identity(f"{n}@example.org")]) for n in ("ada", "eve"))
    assert asked(presentation(ada, ada), shelf, ADA).identity == "matches"
    mixed = asked(presentation(ada, eve), shelf, ADA)
    assert (mixed.outcome, mixed.identity) == ("other-person", "other")
    assert [part.outcome for _, part in mixed.inside] == ["verified", "other-person"]
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
        "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Issuer"},
        "validFrom": "2026-03-01T00:00:00Z",
        "partial": True,
    }
    subject = {"type": ["ClrSubject"], "identifier": [identity(EVE)]}
    stolen = {**record, "credentialSubject": {**subject, "verifiableCredential": [ada]}}
    for who in (ADA, EVE):
        found = asked(add_proof(stolen, issuer, NOW), shelf, who)
        assert (found.answer, found.outcome) == ("not verified", "other-person"), who
    subject = {"type": ["ClrSubject"], "id": "urn:uuid:ada"}
    own = {**record, "credentialSubject": {**subject, "verifiableCredential": [ada]}}
    assert asked(add_proof(own, issuer, NOW), shelf, ADA).verified
    endorsement = {
        "@context": ["https://www.w3.org/ns/credentials/v2", record["@context"][2]],
        "id": "urn:uuid:word",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Good",
        "issuer": record["issuer"],
        "validFrom": "2026-03-01T00:00:00Z",
        "credentialSubject": {"id": a_badge()["id"], "type": ["EndorsementSubject"]},
    }
    word = add_proof(endorsement, issuer, NOW)
    praised = add_proof({**a_badge(identifier=[identity(ADA)]), "endorsement": [word]}, issuer, NOW)
    found = asked(praised, shelf, ADA)
    assert found.verified
    assert "recipient.match" not in found.inside[0][1].statuses
    assert (found.inside[0][1].verdict.key, found.inside[0][1].awarded_to) == ("in-force", None)


def test_an_assertion_of_open_badges_2_is_asked_too() -> None:
    home = "https://old.example.org"
    assertion = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{home}/1",
        "badge": f"{home}/badge",
        "verification": {"type": "hosted"},
        "issuedOn": "2026-01-01T00:00:00Z",
    }
    shelf = Shelf()
    shelf.documents = {
        f"{home}/badge": {"id": f"{home}/badge", "type": "BadgeClass", "issuer": f"{home}/me"},
        f"{home}/me": {"id": f"{home}/me", "type": "Issuer", "name": "Old"},
    }
    hashed = {"type": "email", "hashed": True, "salt": "s", "identity": identity_hash(ADA, "s")}
    for recipient, who, outcome in (
        (hashed, "Ada@Example.org", "verified"),
        (hashed, EVE, "other-person"),
        ({"type": "url", "identity": "https://ada.example"}, ADA, OPEN),
        ({"type": "url", "identity": "https://ada.example"}, "https://ADA.example/", "verified"),
    ):
        shelf.documents[f"{home}/1"] = shown = {**assertion, "recipient": recipient}
        assert asked(shown, shelf, who).outcome == outcome, recipient


def test_what_is_unproven_is_compared_with_nobody(issuer: Key, shelf: Shelf) -> None:
    badge = {**of(issuer, identifier=[identity(ADA)]), "name": "Other"}
    for who in (ADA, EVE):
        found = asked(badge, shelf, who)
        assert (found.outcome, found.identity) == ("altered", "not-compared")


def test_our_own_badges_fit_however_their_holder_writes_the_address(api: Api) -> None:
    world = api.world
    order, unit = world.administrator, world.campus
    who = world.do(
        order,
        RegisterPerson(
            name="Ada",
            email="Ada.L@Example.ORG",
            home=unit,
            roles=(RoleWithin(role="educator", unit=unit),),
        ),
    )
    award = world.award(Caller(who.id, "educator", unit))
    badge = world.app.publishing.badge(award) or b""
    for entered in ("Ada.L@Example.ORG", "ada.l@example.org", "ADA.L@example.org"):
        assert world.app.verifying.verifier().verify(badge, entered).identity == "matches", entered
    assert world.app.verifying.verifier().verify(badge, "adal@example.org").identity == "other"


def test_page_and_api_say_it(api: Api) -> None:
    """The same over HTTP; on the command line see tests/journeys/test_command_line.py."""
    badge = api.world.app.publishing.badge(api.world.award()) or b""
    page = api.client.post("/verify", data={"text": badge.decode(), "recipient": EVE})
    assert "Authentic, but not awarded to this person" in page.text
    assert 'class="band red"' in page.text
    unasked = api.client.post("/verify", data={"text": badge.decode()}).text
    assert "not shown: enter it to check" in unasked
    assert "was not checked" in unasked
    eve = {"Recipient": "eve%40example.org"}
    said = api.client.post("/v1/verify", content=badge, headers=eve).json()
    assert (said["verified"], said["outcome"]) == (False, "other-person")
    named = {"Recipient": "Eve%20%C3%89lan", "Identity-Type": "name"}
    said = api.client.post("/v1/verify", content=badge, headers=named).json()
    assert said["outcome"] == "recipient-not-comparable"
