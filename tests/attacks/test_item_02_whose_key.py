"""Any JWK on the issuer's host signed as the issuer: a ``kid`` of ``https://uni.example/~bob/key.json``
verified for the issuer ``/~alice/issuer.json`` and for ``did:web:uni.example:alice``.

A key counts when its issuer's own document lists it or names its address for the purpose, exactly,
or when the asker's registry names the address. On the same host alone it is undetermined."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli.issuers import app as issuers
from api.registry import KnownIssuer, issuer_policy, read_registry, write_registry
from badges.document import Document
from badges.proofs.cryptosuites import EDDSA_RDFC_2022
from badges.proofs.data_integrity import add_proof, proof_options
from badges.proofs.jws import sign_jws
from badges.proofs.vc_jwt import credential_as_jwt
from badges.status_list import Bitstring, status_list_credential
from badges.verification import Verifier
from keys.did import did_web, did_web_url
from keys.errors import MalformedDID
from keys.multikey import base58_encode, base64url_encode
from tests.attacks.university import ALICE, ALICE_DID, OB, Issuer, asked, badge, detail
from tests.badges.issuers import NOW, V2, JoseKey, Key, Shelf

BOB_KEY = "https://uni.example/~bob/key.json"
UNNAMED = "signed by a key found at uni.example that this issuer's document does not name"


@pytest.fixture
def web() -> Shelf:
    return Shelf()


@pytest.fixture(params=[ALICE, ALICE_DID])
def alice(request: pytest.FixtureRequest, web: Shelf) -> Issuer:
    return Issuer(request.param, web)


def bobs(web: Shelf, url: str = BOB_KEY) -> JoseKey:
    key = JoseKey(key_url=url)
    web.documents[url.partition("#")[0]] = key.jwk
    return key


def test_a_neighbours_key_is_not_the_issuers(alice: Issuer, web: Shelf) -> None:
    found = asked(credential_as_jwt(badge(alice.id), bobs(web)), web)
    assert (found.answer, found.outcome) == ("undetermined", "key-not-named")
    assert detail(found, "proof.purpose") == UNNAMED
    assert UNNAMED in str(found.verdict.sentence)
    altered = credential_as_jwt(badge(alice.id), bobs(web)).split(".")
    altered[2] = "A" * len(altered[2])
    assert asked(".".join(altered), web).answer == "not verified"


def test_an_end_does_not_make_it_the_issuers(alice: Issuer, web: Shelf) -> None:
    """What has expired was in force before, for whoever reads it: not so when nobody vouches."""
    document = badge(alice.id, validUntil="2026-03-30T00:00:00Z")
    found = asked(credential_as_jwt(document, bobs(web)), web)
    assert (found.outcome, found.verdict.key) == ("expired", "expired-unproven")
    own = asked(add_proof(document, alice.key, NOW), web)
    assert own.verdict.key in ("expired", "expired-by-unknown")
    web.documents.clear()
    gone = asked(add_proof(document, alice.key, NOW), web)
    assert gone.verdict.key == "expired-unproven"


def test_a_set_of_keys_of_a_neighbour_or_of_the_host(alice: Issuer, web: Shelf) -> None:
    url = "https://uni.example/.well-known/jwks.json"
    key = JoseKey(key_url=f"{url}#k1")
    web.documents[url] = {"keys": [JoseKey().jwk | {"kid": "k0"}, key.jwk | {"kid": "k1"}]}
    token = credential_as_jwt(badge(alice.id), key)
    assert asked(token, web).outcome == "key-not-named"
    for near in (url, f"{url}#k0", f"{url}#", f"{url}?#k1", f"{url}/#k1"):
        alice.document["assertionMethod"] = [near]
        assert asked(token, web).outcome == "key-not-named", near
    alice.document["assertionMethod"] = [f"{url}#k1"]
    assert asked(token, web).outcome == "verified"
    key.key_url = f"{url}#"  # names none of several
    web.documents[url]["keys"][1]["kid"] = ""
    assert asked(credential_as_jwt(badge(alice.id), key), web).answer != "verified"


def test_the_issuers_document_names_the_address(alice: Issuer, web: Shelf) -> None:
    """By reference, or as an object with the key in it; for assertionMethod only; exactly."""
    key = bobs(web)
    token = credential_as_jwt(badge(alice.id), key)
    embedded = {"id": BOB_KEY, "type": "JsonWebKey", "publicKeyJwk": key.jwk}
    for named in (BOB_KEY, embedded, {**embedded, "controller": alice.id}):
        alice.document["assertionMethod"] = [named]
        assert asked(token, web).outcome == "verified", named
    alice.document["assertionMethod"] = [{**embedded, "publicKeyJwk": JoseKey().jwk}]
    assert asked(token, web).outcome == "altered"
    alice.document["assertionMethod"] = [{**embedded, "controller": "https://uni.example/~bob"}]
    assert asked(token, web).outcome == "forged"
    for near in (
        "https://uni.example/~bob/",
        "https://uni.example/%7Ebob/key.json",
        "https://UNI.example/~bob/key.json",
        "https://uni.example/~BOB/key.json",
        f"{BOB_KEY}#",
        f"{BOB_KEY}/",
        f" {BOB_KEY}",
    ):
        alice.document["assertionMethod"] = [near]
        assert asked(token, web).outcome == "key-not-named", near
    for place in (
        "authentication",
        "keyAgreement",
        "alsoKnownAs",
        "service",
        "capabilityInvocation",
    ):
        alice.document["assertionMethod"] = []
        assert asked(token, web).outcome == "key-not-named", place
        alice.document[place] = [BOB_KEY]
        assert asked(token, web).outcome == "key-not-named", place


def test_an_id_with_a_fragment_is_one_subject_of_its_document(web: Shelf) -> None:
    """``…#me`` is not whatever else the document describes, nor is the document ``…#me``."""
    alice = Issuer("https://uni.example/~alice/card#me", web)
    web.documents["https://uni.example/~alice/card"] = alice.document
    url, key = "https://uni.example/~alice/card#key", alice.key
    method = {"id": "#key", "controller": alice.id, "type": "Multikey"}
    alice.document["verificationMethod"] = [{**method, "publicKeyMultibase": key.id}]
    alice.document["assertionMethod"] = ["#key"]
    assert asked(_signed_at(badge(alice.id), key, url), web).outcome == "verified"
    for other in ("https://uni.example/~alice/card#bob", "https://uni.example/~alice/card"):
        web.documents[other] = alice.document
        assert asked(_signed_at(badge(other), key, url), web).answer == "not verified", other


def test_a_key_for_another_purpose(alice: Issuer, web: Shelf) -> None:
    signed = add_proof(badge(alice.id), alice.key, NOW)
    assert asked(signed, web).outcome == "verified"
    alice.document["authentication"] = alice.document.pop("assertionMethod")
    assert asked(signed, web).outcome == "forged"


def test_the_registry_names_the_address_for_that_issuer(
    alice: Issuer, web: Shelf, tmp_path: Path
) -> None:
    token = credential_as_jwt(badge(alice.id), bobs(web))
    assert asked(token, web, {alice.id: (BOB_KEY,)}).outcome == "verified"
    assert asked(token, web, {alice.id: (f"{BOB_KEY}#",)}).outcome == "key-not-named"
    assert asked(token, web, {"https://uni.example": (BOB_KEY,)}).outcome == "key-not-named"
    elsewhere = bobs(web, "https://keys.example/1")
    token = credential_as_jwt(badge(alice.id), elsewhere)
    assert asked(token, web).outcome == "forged"
    file = tmp_path / "issuers.json"
    write_registry(file, {alice.id: KnownIssuer("Alice", ("https://keys.example/1",))})
    found = Verifier(web, NOW, issuer_policy(read_registry(file))).verify(token)
    assert found.outcome == "verified"
    assert {c.id: c.status for c in found.checks}["issuer.recognized"] == "passed"
    altered = token[:-8] + "AAAAAAAA"
    assert not Verifier(web, NOW, issuer_policy(read_registry(file))).verify(altered).verified


def test_a_key_brought_along_counts_as_the_one_that_it_is(alice: Issuer, web: Shelf) -> None:
    """``jwk`` in the header: the issuer's if listed, named or in the registry; else nobody's."""
    key = bobs(web)
    claims = {**badge(alice.id), "iss": alice.id}
    brought = _with_header(claims, key, {"jwk": key.jwk})
    assert asked(brought, web).outcome == "forged"
    assert asked(brought, web, {alice.id: (BOB_KEY,)}).outcome == "verified"
    alice.document["assertionMethod"].append(BOB_KEY)
    assert asked(brought, web).outcome == "verified"
    # Listed twice, for two purposes and once revoked: the purpose counts, and the revocation.
    alice.document["assertionMethod"].pop()
    url = f"{alice.id}#again"
    method = {"type": "JsonWebKey", "controller": alice.id, "publicKeyJwk": key.jwk}
    alice.document["verificationMethod"] += [
        {**method, "id": f"{alice.id}#login"},
        {**method, "id": url},
    ]
    alice.document["authentication"] = [f"{alice.id}#login"]
    alice.document["assertionMethod"].append(url)
    assert asked(brought, web).outcome == "verified"
    alice.document["verificationMethod"].append(
        {**method, "id": f"{alice.id}#gone", "revoked": "2026-01-01T00:00:00Z"}
    )
    alice.document["assertionMethod"].append(f"{alice.id}#gone")
    assert asked(brought, web).outcome == "forged"


def test_a_kid_that_is_a_name_within_the_issuers_document(alice: Issuer, web: Shelf) -> None:
    key = JoseKey()
    method = {"id": "#k9", "type": "JsonWebKey", "controller": alice.id, "publicKeyJwk": key.jwk}
    alice.document["verificationMethod"].append(method)
    claims = {**badge(alice.id), "iss": alice.id}
    for kid in ("k9", "#k9", f"{alice.id}#k9"):
        alice.document["assertionMethod"] = []
        assert asked(_with_header(claims, key, {"kid": kid}), web).outcome == "forged", kid
        alice.document["assertionMethod"] = ["#k9"]
        assert asked(_with_header(claims, key, {"kid": kid}), web).outcome == "verified", kid


def _with_header(claims: Document, key: JoseKey, header: Document) -> str:
    """A JWT whose header names its key in its own way."""
    head = {"alg": key.algorithm, "typ": "JWT", **header}
    signed = ".".join(base64url_encode(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{base64url_encode(key.sign(signed.encode()))}"


def test_a_neighbours_document_is_the_neighbours(alice: Issuer, web: Shelf) -> None:
    """Data Integrity with a neighbour's key, whatever his document says of himself and of her."""
    for other in ("https://uni.example/~bob/issuer.json", "did:web:uni.example:bob"):
        bob = Issuer(other, web)
        signed = add_proof(badge(alice.id), bob.key, NOW)
        assert asked(signed, web).outcome == "forged"
        bob.document["alsoKnownAs"] = [alice.id]
        bob.document["controller"] = alice.id
        assert asked(signed, web).outcome == "forged"
        alice.document["alsoKnownAs"] = [other]
        assert asked(signed, web).outcome == "forged"
        bob.document["verificationMethod"][0]["controller"] = alice.id
        assert asked(signed, web).outcome == "forged"
        bob.document["id"] = alice.id
        assert asked(signed, web).outcome == "forged"


def test_a_key_document_that_calls_itself_hers(alice: Issuer, web: Shelf) -> None:
    """A key that stands alone says who controls it: that is its own word until she names it."""
    url = "https://uni.example/~bob/key"
    key = Key()
    key.verification_method = url
    web.documents[url] = {
        "id": url,
        "type": "Multikey",
        "controller": alice.id,
        "publicKeyMultibase": key.id,
    }
    signed = _signed_at(badge(alice.id), key, url)
    assert asked(signed, web).outcome == "key-not-named"
    alice.document["assertionMethod"].append(url)
    assert asked(signed, web).outcome == "verified"
    web.documents[url]["controller"] = "https://uni.example/~bob"
    alice.document["assertionMethod"].pop()
    assert asked(signed, web).outcome == "forged"
    far = "https://keys.example/key"
    web.documents[far] = {**web.documents[url], "id": far, "controller": alice.id}
    assert asked(_signed_at(badge(alice.id), key, far), web).outcome == "forged"


def _signed_at(document: Document, key: Key, url: str) -> Document:
    options = proof_options(EDDSA_RDFC_2022, url, "2026-03-01T00:00:00Z")
    data = EDDSA_RDFC_2022.hash_data(document, options, key.private.public_key())
    return {**document, "proof": {**options, "proofValue": "z" + base58_encode(key.sign(data))}}


def test_a_jwk_at_the_issuers_own_address_is_the_issuers(web: Shelf) -> None:
    key = bobs(web, ALICE)
    assert asked(credential_as_jwt(badge(ALICE), key), web).outcome == "verified"
    assert asked(credential_as_jwt(badge(ALICE + "/"), key), web).outcome != "verified"


@pytest.mark.parametrize("page", [None, {}, {"id": ALICE + "/"}, {"id": "https://uni.example"}])
def test_an_issuer_without_a_document_names_nothing(web: Shelf, page: Document | None) -> None:
    """Out of reach, it is not known what it names; whatever else it answers names nothing."""
    if page is not None:
        web.documents[ALICE] = page
    token = credential_as_jwt(badge(ALICE), bobs(web))
    expected = "issuer-unreachable" if page is None else "key-not-named"
    assert asked(token, web).outcome == expected
    far = credential_as_jwt(badge(ALICE), bobs(web, "https://keys.example/1"))
    assert asked(far, web).outcome == ("issuer-unreachable" if page is None else "forged")


@pytest.mark.parametrize(
    "url",
    [
        "https://gone.example/key.json",
        "did:web:gone.example#k",
        "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
        "did:unknown:1#k",
    ],
)
def test_a_strangers_key_is_forged_though_it_cannot_be_had(
    alice: Issuer, web: Shelf, url: str
) -> None:
    """Her document was had and does not name it; that his site does not answer excuses nothing."""
    key = Key()
    for signed in (
        _signed_at(badge(alice.id), key, url),
        credential_as_jwt(badge(alice.id), JoseKey(key_url=url)),
    ):
        found = asked(signed, web)
        assert (found.answer, found.outcome) == ("not verified", "forged")
        alice.document["assertionMethod"].append(url if "#" in url or "://" in url else f"{url}#x")
        if "#" in url or "://" in url:
            assert asked(signed, web).answer == "undetermined"
        alice.document["assertionMethod"].pop()
    web.documents.clear()
    assert asked(signed, web).outcome == "issuer-unreachable"


def test_the_command_line_names_an_issuers_key(tmp_path: Path) -> None:
    def run(*words: str) -> int:
        return CliRunner().invoke(issuers, [*words, "--home", str(tmp_path)]).exit_code

    assert run("add", ALICE, "Alice", "--key", BOB_KEY, "--key", f"{ALICE}#2") == 0
    known = read_registry(tmp_path / "issuers.json")
    assert known == {ALICE: KnownIssuer("Alice", (BOB_KEY, f"{ALICE}#2"))}
    assert run("add", ALICE, "Alice", "--key", "key.json") == 2
    assert read_registry(tmp_path / "issuers.json") == known


def test_the_same_rule_for_a_status_list(alice: Issuer, web: Shelf) -> None:
    url = "https://uni.example/~alice/status/1"
    entry = {
        "id": f"{url}#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": url,
    }
    signed = add_proof(badge(alice.id, credentialStatus=entry), alice.key, NOW)
    listed = status_list_credential(url, alice.id, "revocation", Bitstring(), NOW, 300)
    token = credential_as_jwt(listed, bobs(web))
    web.documents[url] = {
        "@context": V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{token}",
    }
    found = asked(signed, web)
    assert (found.answer, found.outcome) == ("undetermined", "status-unreachable")
    assert UNNAMED in detail(found, "status.revocation")
    alice.document["assertionMethod"].append(BOB_KEY)
    assert asked(signed, web).outcome == "verified"


def test_the_same_rule_for_endorsements_and_presentations(alice: Issuer, web: Shelf) -> None:
    word = {
        "@context": [V2, OB],
        "id": "urn:uuid:word",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Good",
        "issuer": {"id": alice.id, "type": ["Profile"], "name": "Alice"},
        "validFrom": "2026-03-01T00:00:00Z",
        "credentialSubject": {
            "id": "https://uni.example/badges/1",
            "type": ["EndorsementSubject"],
        },
    }
    token = credential_as_jwt(word, bobs(web))
    signed = add_proof(badge(alice.id, endorsementJwt=[token]), alice.key, NOW)
    found = asked(signed, web)
    assert [inside.outcome for _, inside in found.inside] == ["key-not-named"]
    assert {c.id: c.status for c in found.checks}["endorsements"] == "warning"
    shown = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": alice.id,
        "verifiableCredential": [add_proof(badge(alice.id), alice.key, NOW)],
    }
    found = asked(sign_jws({**shown, "iss": alice.id}, bobs(web), "JWT"), web)
    assert not found.verified
    assert found.outcome not in ("verified", "forged")


@pytest.mark.parametrize("word", ["yesterday", "2020-13-01T00:00:00Z", 20200101, {}, ""])
@pytest.mark.parametrize("member", ["revoked", "expires"])
def test_an_end_that_cannot_be_read_is_an_end(
    alice: Issuer, web: Shelf, member: str, word: object
) -> None:
    signed = add_proof(badge(alice.id), alice.key, NOW)
    alice.document["verificationMethod"][0][member] = word
    assert asked(signed, web).answer == "not verified"


def test_a_key_that_ended_vouches_for_no_token(alice: Issuer, web: Shelf) -> None:
    key = JoseKey(key_url=f"{alice.id}#jose")
    method = {"id": key.key_url, "type": "JsonWebKey", "controller": alice.id}
    alice.document["assertionMethod"].append(key.key_url)
    for member, time, outcome in (
        ("expires", "2026-03-31T00:00:00Z", "forged"),
        ("expires", "2026-04-02T00:00:00Z", "verified"),
        ("expires", None, "verified"),
        ("revoked", "2026-03-31T00:00:00Z", "forged"),
        ("revoked", None, "verified"),
    ):
        alice.document["verificationMethod"][1:] = [
            {**method, "publicKeyJwk": key.jwk, member: time}
        ]
        token = credential_as_jwt(badge(alice.id), key)
        assert asked(token, web).outcome == outcome, (member, time)


@pytest.mark.parametrize(
    "did",
    [
        "did:web:uni.example:..:alice",
        "did:web:uni.example:%2e%2e:alice",
        "did:web:uni.example:bob%2Falice",
        "did:web:uni.example/alice",
        "did:web:uni.example:alice?x=1",
        "did:web:uni.example:alice/",
        "did:web:uni.example:alice:",
        "did:web:uni.example::alice",
        "did:web:uni.example:alice did:web:x",
        "did:web:user@uni.example",
        "did:web:uni.example\\alice",
        "did:web:10.0.0.1",
    ],
)
def test_addresses_that_no_did_web_has(did: str) -> None:
    with pytest.raises(MalformedDID):
        did_web_url(did)


def test_another_spelling_is_another_issuer(web: Shelf) -> None:
    """Two DIDs may lead to one document; it is the one's whose id it gives."""
    alice = Issuer("did:web:uni.example:%7Ealice", web)
    assert did_web("https://uni.example/~alice") == alice.id
    assert asked(add_proof(badge(alice.id), alice.key, NOW), web).outcome == "verified"
    for other in (
        "did:web:uni.example:~alice",
        "did:web:uni.example:%7ealice",
        "did:web:UNI.example:%7Ealice",
        "did:web:uni.example%3A443:%7Ealice",
    ):
        key = Key(other)
        key.private, key.id = alice.key.private, alice.key.id
        key.verification_method = f"{other}#{key.id}"
        web.documents.setdefault(did_web_url(other), alice.document)
        assert asked(add_proof(badge(other), key, NOW), web).answer == "not verified", other
        assert asked(add_proof(badge(other), alice.key, NOW), web).answer == "not verified", other


_NEAR = st.sampled_from([ALICE, ALICE_DID, "https://uni.example/", "did:web:uni.example"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(
    issuer=_NEAR,
    path=st.text(st.sampled_from("~bob/alice%7E.json#?"), min_size=1, max_size=14),
    form=st.sampled_from(["jwk", "set", "method"]),
)
def test_no_address_is_the_issuers_that_it_does_not_name(issuer: str, path: str, form: str) -> None:
    web = Shelf()
    alice = Issuer(issuer, web)
    url = f"https://uni.example/{path}"
    address = url.partition("#")[0]
    if address in web.documents or url == issuer:
        return
    key = JoseKey(key_url=url)
    web.documents[address] = {
        "jwk": key.jwk,
        "set": {"keys": [key.jwk | {"kid": url}]},
        "method": {"id": url, "controller": issuer, "type": "x", "publicKeyJwk": key.jwk},
    }[form]
    assert not asked(credential_as_jwt(badge(alice.id), key), web).verified
