"""Lawful documents were called forged or not in force, and unlawful ones believed: relative ids and
older keys in DID documents, a second or chained proof of which nothing was said, an index that is
a number, revocation lists of plain or percent-encoded ids, ``{}`` taken for "not revoked", and the
second subject of a status list, which nobody read."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from badges.document import Document, without_proof
from badges.errors import MalformedDocument, StatusListError
from badges.proofs.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite
from badges.proofs.data_integrity import add_proof, proof_options
from badges.proofs.jws import sign_jws
from badges.proofs.vc_jwt import credential_as_jwt
from badges.status_list import Bitstring, StatusEntry, status_list_credential, status_value
from keys.multikey import base58_encode, base64url_encode, multibase_decode
from tests.attacks.university import ALICE, ALICE_DID, Issuer, asked, badge, detail
from tests.badges.issuers import NOW, JoseKey, Key, Shelf
from tests.badges.test_verifier import _leaves

LIST = "https://uni.example/~alice/status/1"
REVOKED = "https://uni.example/~alice/revoked"


@pytest.fixture
def web() -> Shelf:
    return Shelf()


@pytest.fixture(params=[ALICE, ALICE_DID])
def alice(request: pytest.FixtureRequest, web: Shelf) -> Issuer:
    return Issuer(request.param, web)


# Keys in documents


def method_of(alice: Issuer, **members: Any) -> None:
    """Her document with one key, written otherwise."""
    method = {"id": alice.key.verification_method, "controller": alice.id, **members}
    alice.document["verificationMethod"] = [method]


def test_relative_ids(alice: Issuer, web: Shelf) -> None:
    """DID Core 1.0 §3.2.2: a document may name its own parts by their fragments."""
    signed = add_proof(badge(alice.id), alice.key, NOW)
    own = {"type": "Multikey", "publicKeyMultibase": alice.key.id}
    short, long = f"#{alice.key.id}", alice.key.verification_method
    for method, purpose in ((short, short), (short, long), (long, short)):
        alice.document["verificationMethod"] = [{**own, "id": method, "controller": alice.id}]
        alice.document["assertionMethod"] = [purpose]
        assert asked(signed, web).outcome == "verified", (method, purpose)
    alice.document["verificationMethod"] = []
    alice.document["assertionMethod"] = [{**own, "id": short, "controller": alice.id}]
    assert asked(signed, web).outcome == "verified"
    alice.document["assertionMethod"] = [{**own, "id": "#another", "controller": alice.id}]
    assert asked(signed, web).outcome == "forged"
    for odd in (alice.key.id, f"/{short}", f"##{alice.key.id}", f"{alice.id}/{short}"):
        alice.document["assertionMethod"] = [{**own, "id": odd, "controller": alice.id}]
        assert asked(signed, web).outcome == "forged", odd
    assert asked(add_proof(badge(alice.id), Key(alice.id), NOW), web).outcome == "forged"


def test_a_key_in_every_spelling(alice: Issuer, web: Shelf) -> None:
    """Multikey in base58 and base64url; Ed25519 keys of 2018 and 2020, with and without header."""
    signed = add_proof(badge(alice.id), alice.key, NOW)
    raw = alice.key.private.public_key().public_bytes_raw()
    headed = multibase_decode(alice.key.id)
    older = [f"Ed25519VerificationKey{year}" for year in (2018, 2020)]
    for members in (
        {"type": "Multikey", "publicKeyMultibase": alice.key.id},
        {"type": "Multikey", "publicKeyMultibase": "u" + base64url_encode(headed)},
        *({"type": kind, "publicKeyMultibase": alice.key.id} for kind in older),
        *({"type": kind, "publicKeyMultibase": "z" + base58_encode(raw)} for kind in older),
        *({"type": kind, "publicKeyBase58": base58_encode(raw)} for kind in older),
    ):
        method_of(alice, **members)
        assert asked(signed, web).outcome == "verified", members
        assert asked(add_proof(badge(alice.id), other(alice), NOW), web).outcome == "altered"
    for members in (
        {"type": "Multikey", "publicKeyMultibase": "z" + base58_encode(raw)},
        {"type": "Multikey", "publicKeyBase58": base58_encode(raw)},
        {"type": older[0], "publicKeyBase58": "z" + base58_encode(raw)},
        {"type": older[0], "publicKeyBase58": base58_encode(raw[1:])},
        {"type": older[0], "publicKeyBase58": 7},
        {"type": older[0], "publicKeyBase58": "0OIl"},
    ):
        method_of(alice, **members)
        assert not asked(signed, web).verified, members


def other(issuer: Issuer) -> Key:
    """Another key that calls itself hers."""
    key = Key(issuer.id)
    key.verification_method = issuer.key.verification_method
    return key


def test_a_key_of_a_kind_that_we_do_not_know_is_not_forged(alice: Issuer, web: Shelf) -> None:
    signed = add_proof(badge(alice.id), alice.key, NOW)
    point = ec.generate_private_key(ec.SECP256K1()).public_key()
    compressed = point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    for members in (
        {"type": "Multikey", "publicKeyMultibase": "z" + base58_encode(b"\xe7\x01" + compressed)},
        {"type": "JsonWebKey", "publicKeyJwk": {"kty": "EC", "crv": "secp256k1", "x": "", "y": ""}},
        {"type": "JsonWebKey", "publicKeyJwk": {"kty": "OKP", "crv": "Ed448", "x": ""}},
        {"type": "EcdsaSecp256k1VerificationKey2019", "publicKeyHex": "00"},
    ):
        method_of(alice, **members)
        assert asked(signed, web).outcome == "unsupported", members
    method_of(alice, type="JsonWebKey", publicKeyJwk={"kty": "oct", "k": "AAAA"})
    assert asked(signed, web).answer == "not verified"
    jwk = JoseKey().jwk
    for use in ({"use": "enc"}, {"key_ops": ["deriveKey"]}, {"d": "AAAA"}):
        method_of(alice, type="JsonWebKey", publicKeyJwk={**jwk, **use})
        assert asked(signed, web).answer == "not verified"


def test_a_page_about_maintenance_is_no_word_of_the_issuer(web: Shelf) -> None:
    class Maintained(Shelf):
        def load(self, url: str) -> Any:
            if url not in self.documents:
                raise MalformedDocument("not JSON: <!doctype html>")
            return super().load(url)

    page, alice = Maintained(), Issuer(ALICE, web)
    signed = add_proof(badge(alice.id), alice.key, NOW)
    assert asked(signed, page).outcome == "issuer-unreachable"
    page.documents = dict(web.documents)
    listed = add_proof(with_status(alice), alice.key, NOW)
    assert asked(listed, page).outcome == "status-unreachable"
    listed = add_proof(with_revocation_list(alice), alice.key, NOW)
    assert asked(listed, page).outcome == "status-unreachable"


# Several proofs


def proof_by(
    document: Document,
    key: Key,
    bound: list[Document] | None = None,
    suite: Cryptosuite = EDDSA_RDFC_2022,
    **options: Any,
) -> Document:
    """A proof with options of its own; ``bound``: proofs that are signed with the document."""
    proof = {**proof_options(suite, key.verification_method, "2026-03-01T00:00:00Z"), **options}
    if not suite.is_rdf:
        proof = {"@context": document["@context"], **proof}
    signed = {**without_proof(document), **({"proof": bound} if bound else {})}
    data = suite.hash_data(signed, proof, key.private.public_key())
    return {**proof, "proofValue": "z" + base58_encode(key.sign(data))}


def status_of(found: Any, name: str = "proof.others") -> str | None:
    return next((check.status for check in found.checks if check.id == name), None)


def test_a_second_proof_is_told_of(alice: Issuer, web: Shelf) -> None:
    document = badge(alice.id)
    good, again = proof_by(document, alice.key), proof_by(document, alice.key, suite=EDDSA_JCS_2022)
    assert status_of(asked({**document, "proof": [good]}, web)) is None
    both = asked({**document, "proof": [good, again]}, web)
    assert (both.outcome, status_of(both)) == ("verified", "passed")
    for bad, words in (
        ({**good, "created": "2026-03-02T00:00:00Z"}, "does not fit"),
        (proof_by(document, Key()), "not the issuer's"),
        ({"type": "SomeProof2030"}, "does not know SomeProof2030"),
        ({**good, "verificationMethod": "did:web:gone.example#1"}, "could not reach the key"),
        ({**good, "previousProof": "urn:uuid:none"}, "is not there"),
        ({**good, "proofValue": "7"}, "proofValue"),
        ({**good, "verificationMethod": "mailto:a@uni.example#1"}, "cannot resolve"),
    ):
        for proofs, place in (([good, bad], 2), ([bad, good], 1)):
            found = asked({**document, "proof": proofs}, web)
            assert (found.outcome, status_of(found)) == ("verified", "warning"), bad
            assert f"proof {place} of 2" in detail(found, "proof.others")
            assert words in detail(found, "proof.others")


def test_what_was_not_reached_is_not_outvoted_by_what_failed(alice: Issuer, web: Shelf) -> None:
    document = badge(alice.id)
    gone = proof_by(document, Key("did:web:gone.example"))
    alice.document["assertionMethod"].append(gone["verificationMethod"])
    thief = proof_by(document, Key())
    for proofs in ([gone, thief], [thief, gone]):
        assert asked({**document, "proof": proofs}, web).outcome == "issuer-unreachable"


@pytest.mark.parametrize("is_bound", [True, False], ids=["with the earlier proof", "by id alone"])
@pytest.mark.parametrize("suite", [EDDSA_RDFC_2022, EDDSA_JCS_2022])
def test_a_chain_is_as_good_as_what_it_builds_on(
    alice: Issuer, web: Shelf, is_bound: bool, suite: Cryptosuite
) -> None:
    """VC Data Integrity 1.0 §4.5: a proof with a previousProof holds if the one it names does."""
    document, clerk = badge(alice.id), Key()
    first = proof_by(document, clerk, suite=suite, id="urn:uuid:1")
    bound = [first] if is_bound else []
    last = proof_by(document, alice.key, bound, suite, id="urn:uuid:2", previousProof="urn:uuid:1")
    for proofs in ([first, last], [last, first]):
        found = asked({**document, "proof": proofs}, web)
        assert (found.outcome, status_of(found)) == ("verified", "warning")
    assert asked({**document, "proof": [last]}, web).outcome == "malformed"
    broken = {**first, "proofValue": proof_by(document, Key(), suite=suite)["proofValue"]}
    late = {**first, "created": "2026-03-02T00:00:00Z"}
    for bad in (broken, late):
        found = asked({**document, "proof": [bad, last]}, web)
        assert found.answer == "not verified"
    alone = proof_by(document, alice.key, suite=suite)
    found = asked({**document, "proof": [broken, last, alone]}, web)
    assert (found.outcome, status_of(found)) == ("verified", "warning")
    assert "proof 2 of 3" in detail(found, "proof.others")
    altered = {**document, "name": "Sculling"}
    assert asked({**altered, "proof": [first, last]}, web).answer == "not verified"


def test_a_chain_on_what_cannot_be_checked_or_on_itself(alice: Issuer, web: Shelf) -> None:
    document = badge(alice.id)
    unknown = {"id": "urn:uuid:1", "type": "SomeProof2030"}
    last = proof_by(document, alice.key, previousProof=["urn:uuid:1"], id="urn:uuid:2")
    found = asked({**document, "proof": [unknown, last]}, web)
    assert (found.answer, found.outcome) == ("undetermined", "unsupported")
    gone = proof_by(document, Key("did:web:gone.example"), id="urn:uuid:1")
    found = asked({**document, "proof": [gone, last]}, web)
    assert (found.answer, found.outcome) == ("undetermined", "unsupported")
    middle = proof_by(document, Key(), id="urn:uuid:1", previousProof="urn:uuid:0")
    assert asked({**document, "proof": [middle, last]}, web).answer == "not verified"
    for odd in (7, {}, [7], [None], ["urn:uuid:1", "urn:uuid:none"]):
        proof = {**last, "previousProof": odd}
        assert not asked({**document, "proof": [gone, proof]}, web).verified, odd
    ring = [
        proof_by(document, alice.key, id="urn:uuid:a", previousProof="urn:uuid:b"),
        proof_by(document, alice.key, id="urn:uuid:b", previousProof="urn:uuid:a"),
    ]
    assert not asked({**document, "proof": ring}, web).verified
    itself = proof_by(document, alice.key, id="urn:uuid:a", previousProof="urn:uuid:a")
    assert not asked({**document, "proof": itself}, web).verified


def test_an_ended_proof_ends_itself_and_no_other(alice: Issuer, web: Shelf) -> None:
    document = badge(alice.id)
    good = proof_by(document, alice.key)
    ended = proof_by(document, alice.key, expires="2026-03-30T00:00:00Z")
    endless = proof_by(document, alice.key, expires="2027-03-30T00:00:00Z")
    assert asked({**document, "proof": endless}, web).outcome == "verified"
    assert asked({**document, "proof": ended}, web).outcome == "expired"
    assert asked({**document, "proof": [ended, good]}, web).outcome == "verified"
    late = badge(alice.id, validUntil="2026-03-30T00:00:00Z")
    assert asked({**late, "proof": proof_by(late, alice.key)}, web).outcome == "expired"


# Status lists


def with_status(alice: Issuer, **members: Any) -> Document:
    entry = {**StatusEntry(LIST, 7, "revocation").document(), **members}
    return badge(alice.id, credentialStatus=entry)


def listed(alice: Issuer, *subjects: tuple[Any, list[int]]) -> Document:
    """A signed list with a subject for each purpose, and the bits that are set in it."""
    document = status_list_credential(LIST, alice.id, "revocation", Bitstring(), NOW, 300)
    made = []
    for number, (purpose, places) in enumerate(subjects):
        bits = Bitstring()
        for place in places:
            bits[place] = True
        made.append(
            {
                "id": f"{LIST}#list-{number}",
                "type": "BitstringStatusList",
                "statusPurpose": purpose,
                "encodedList": bits.encode(),
            }
        )
    return add_proof({**document, "credentialSubject": made}, alice.key, NOW)


@pytest.mark.parametrize(
    ("index", "outcome"),
    [("7", "revoked"), (7, "revoked"), ("007", "revoked"), ("0" * 40 + "7", "revoked")]
    + [(8, "verified"), ("8", "verified"), (0, "verified")]
    + [(odd, "malformed") for odd in (-7, "-7", "+7", " 7", "7 ", "7.0", "0x7", "７", "", True)]
    + [(huge, "malformed") for huge in (131_072, "131072", 10**30, "9" * 5000, 7.5)],
)
def test_an_index_is_text_or_a_number(web: Shelf, index: Any, outcome: str) -> None:
    alice = Issuer(ALICE, web)
    web.documents[LIST] = listed(alice, ("revocation", [7]))
    signed = add_proof(with_status(alice, statusListIndex=index), alice.key, NOW)
    assert asked(signed, web).outcome == outcome


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, 131_071), zeros=st.integers(0, 20), spread=st.integers(-2, 2))
def test_every_spelling_of_an_index_is_the_same_place(index: int, zeros: int, spread: int) -> None:
    bits = Bitstring()
    bits[index] = True
    status_list = status_list_credential(LIST, ALICE, "revocation", bits, NOW, 300)
    place = index + spread
    for spelled in (place, str(place), "0" * zeros + str(place)):
        entry = {"statusPurpose": "revocation", "statusListIndex": spelled}
        try:
            found = status_value(entry, status_list)
        except StatusListError:
            assert place < 0 or place > 131_071
        else:
            assert found == (spread == 0)


def test_all_subjects_of_a_list_are_read(web: Shelf) -> None:
    alice = Issuer(ALICE, web)
    signed = add_proof(with_status(alice), alice.key, NOW)
    for subjects, outcome in (
        ([("suspension", [7]), ("revocation", [])], "verified"),
        ([("suspension", []), ("revocation", [7])], "revoked"),
        ([("revocation", [7]), ("suspension", [])], "revoked"),
        ([("revocation", []), ("revocation", [7])], "revoked"),
        ([(["suspension", "revocation"], [7])], "revoked"),
        ([("suspension", [7])], "malformed"),
    ):
        web.documents[LIST] = listed(alice, *subjects)
        assert asked(signed, web).outcome == outcome, subjects
    for odd in ([], ["x"], [7]):
        web.documents[LIST] = {**listed(alice, ("revocation", [])), "credentialSubject": odd}
        assert not asked(signed, web).verified


def test_an_entry_of_several_purposes_or_types(web: Shelf) -> None:
    alice = Issuer(ALICE, web)
    for purpose, outcome in (
        (["revocation"], "revoked"),
        (["suspension"], "verified"),
        (["suspension", "revocation"], "revoked"),
        (["message"], "verified"),
        (["message", "revocation"], "revoked"),
        ([], "unsupported"),
        (["other"], "unsupported"),
    ):
        signed = add_proof(with_status(alice, statusPurpose=purpose), alice.key, NOW)
        web.documents[LIST] = listed(alice, ("revocation", [7]), ("suspension", []))
        assert asked(signed, web).outcome == outcome, purpose
    kinds = ["BitstringStatusListEntry"]
    signed = add_proof(with_status(alice, type=kinds), alice.key, NOW)
    assert asked(signed, web).outcome == "revoked"


def test_a_purpose_excuses_no_other_kind_of_status(web: Shelf) -> None:
    """``message`` puts nothing out of force in a bit string; a list of revocations has none."""
    alice = Issuer(ALICE, web)
    document = with_revocation_list(alice)
    document["@context"].append({"statusPurpose": "https://uni.example/#statusPurpose"})
    document["credentialStatus"]["statusPurpose"] = "message"
    web.documents[REVOKED] = {"revokedCredential": [document["id"]]}
    assert asked(add_proof(document, alice.key, NOW), web).outcome == "revoked"


# 1EdTech's list


def with_revocation_list(alice: Issuer, **members: Any) -> Document:
    document = badge(alice.id, **members)
    extensions = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
    document["@context"] = [*document["@context"], extensions]
    document["credentialStatus"] = {"id": REVOKED, "type": "1EdTechRevocationList"}
    return document


@pytest.mark.parametrize(
    ("own", "named"),
    [
        ("https://uni.example/badges/1", "https://uni.example/badges/1"),
        ("https://uni.example/badges/1", " https://uni.example/badges/1\n"),
        ("https://uni.example/~a/b%20c", "https://uni.example/%7Ea/b c"),
        ("https://uni.example/%C3%A9", "https://uni.example/é"),
        ("urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164",) * 2,
    ],
)
def test_ids_are_compared_decoded_and_trimmed(web: Shelf, own: str, named: str) -> None:
    """Open Badges 3.0 §9.2; a list may name credentials as objects, as one object, or as text."""
    alice = Issuer(ALICE, web)
    signed = add_proof(with_revocation_list(alice, id=own), alice.key, NOW)
    for revoked in ([named], named, {"id": named}, [{"id": named}], ["urn:x:y", {"id": named}]):
        web.documents[REVOKED] = {"id": REVOKED, "issuer": ALICE, "revokedCredential": revoked}
        assert asked(signed, web).outcome == "revoked", revoked
    web.documents[REVOKED]["revokedCredential"] = [{"id": named, "revoked": False}, "urn:x:y"]
    assert asked(signed, web).outcome == "verified"
    web.documents[REVOKED]["issuer"] = {"id": ALICE, "type": "Profile"}
    assert asked(signed, web).outcome == "verified"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"error": "down"},
        {"id": REVOKED, "issuer": ALICE},
        {"revokedCredential": None},
        {"revokedCredential": [7]},
        {"revokedCredential": [{}]},
        {"revokedCredential": {"https://uni.example/badges/1": {"revoked": True}}},
        {"revokedCredential": [{"credential": "https://uni.example/badges/1"}]},
    ],
)
def test_what_is_no_revocation_list_acquits_nobody(web: Shelf, answer: Document) -> None:
    alice = Issuer(ALICE, web)
    web.documents[REVOKED] = answer
    found = asked(add_proof(with_revocation_list(alice), alice.key, NOW), web)
    assert (found.answer, found.outcome) == ("undetermined", "status-unreachable")


def test_a_list_with_something_odd_in_it_revokes_all_the_same(web: Shelf) -> None:
    alice = Issuer(ALICE, web)
    signed = add_proof(with_revocation_list(alice), alice.key, NOW)
    web.documents[REVOKED] = {"revokedCredential": [7, {}, signed["id"]]}
    assert asked(signed, web).outcome == "revoked"


def test_a_token_reads_the_same_lists(web: Shelf) -> None:
    alice = Issuer(ALICE, web)
    key = JoseKey(key_url=f"{ALICE}#jose")
    method = {"id": "#jose", "type": "JsonWebKey", "controller": ALICE, "publicKeyJwk": key.jwk}
    alice.document["assertionMethod"] = [method]
    token = credential_as_jwt(with_revocation_list(alice), key)
    web.documents[REVOKED] = {}
    assert asked(token, web).outcome == "status-unreachable"
    web.documents[REVOKED] = {"revokedCredential": "https://uni.example/badges/1"}
    assert asked(token, web).outcome == "revoked"


# Open Badges 2.0


def old_badge(web: Shelf, at: str, kind: str, **profile: Any) -> Document:
    """An assertion and its badge class at ``at``, of an issuer at uni.example."""
    issuer = "https://uni.example/issuer"
    web.documents[issuer] = {"id": issuer, "type": "Issuer", "name": "Uni", **profile}
    web.documents[f"{at}/badge"] = {"id": f"{at}/badge", "type": "BadgeClass", "issuer": issuer}
    assertion = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{at}/assertion",
        "recipient": {"type": "email", "hashed": False, "identity": "eve@uni.example"},
        "badge": f"{at}/badge",
        "verification": {"type": kind},
        "issuedOn": "2026-01-01T00:00:00Z",
    }
    web.documents[f"{at}/assertion"] = assertion
    return assertion


def test_a_hosts_name_is_not_the_start_of_another(web: Shelf) -> None:
    scope = {"verification": {"startsWith": ["https://uni.example"]}}
    own = old_badge(web, "https://uni.example", "hosted", **scope)
    assert asked(own, web).outcome == "verified"
    for evil in ("https://uni.example.evil.org", "https://uni.example:444", "https://[::1"):
        assert asked(old_badge(web, evil, "hosted", **scope), web).outcome == "forged", evil


def test_an_older_revocation_list_that_is_none_acquits_nobody(web: Shelf) -> None:
    key, at = JoseKey("RS256"), "https://uni.example"
    pem = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    profile = {"publicKey": f"{at}/key", "revocationList": f"{at}/revoked"}
    assertion = old_badge(web, at, "signed", **profile)
    web.documents[f"{at}/key"] = {
        "id": f"{at}/key",
        "owner": f"{at}/issuer",
        "publicKeyPem": pem.decode(),
    }
    token = sign_jws(assertion, key, "JWT")
    for listed, answer in (
        ({"revokedAssertions": []}, "verified"),
        ({"revokedAssertions": [f"{at}/other"]}, "verified"),
        ({"revokedAssertions": [f" {at}/%61ssertion"]}, "not verified"),
        ({"revokedAssertions": {"id": f"{at}/assertion"}}, "not verified"),
        ({"revokedAssertions": [7, {"uid": f"{at}/assertion"}]}, "not verified"),
        ({"revokedAssertions": [7]}, "undetermined"),
        ({}, "undetermined"),
    ):
        web.documents[f"{at}/revoked"] = listed
        assert asked(token, web).answer == answer, listed


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_answer_of_a_strangers_server_is_more_than_an_answer(data: st.DataObject) -> None:
    """Any part of a DID document, a status list or a revocation list exchanged for anything."""
    web = Shelf()
    alice = Issuer(ALICE, web)
    web.documents[LIST] = listed(alice, ("revocation", []))
    web.documents[REVOKED] = {"issuer": ALICE, "revokedCredential": [{"id": "urn:x:y"}]}
    kind = data.draw(st.sampled_from([with_status, with_revocation_list]))
    signed = add_proof(kind(alice), alice.key, NOW)
    assert asked(signed, web).verified
    url = data.draw(st.sampled_from([ALICE, LIST, REVOKED]))
    paths = [path for path in _leaves(web.documents[url]) if path]
    path = data.draw(st.sampled_from(paths))
    path = path[: data.draw(st.integers(1, len(path)))]
    place = web.documents[url]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = data.draw(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just({}) | st.just([])
    )
    asked(signed, web)
