"""What other issuers hand out: several credentials in one, several proofs, older lists; and what
strangers might try with them."""

from __future__ import annotations

import copy
import gzip
import json
from typing import Any

from badges.document import Document
from badges.loader import fetched_document
from badges.proofs.cryptosuites import ECDSA_RDFC_2019, EDDSA_JCS_2022, EDDSA_RDFC_2022
from badges.proofs.data_integrity import add_proof, proof_options
from badges.proofs.vc_jwt import credential_as_jwt
from badges.status_list import Bitstring, status_list_credential
from badges.verification import Verifier
from keys.multikey import base58_encode, base64url_encode, encode_public_key
from tests.badges.issuers import (
    DID_URL,
    ISSUER,
    LIST,
    NOW,
    V2,
    JoseKey,
    Key,
    Shelf,
    check,
    presentation,
    report,
)

V1 = "https://www.w3.org/2018/credentials/v1"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


def altered(document: Document) -> Document:
    return {**copy.deepcopy(document), "name": "Another"}


# Presentations and records of several credentials


def test_a_presentation_is_as_good_as_each_credential_in_it(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    badge = add_proof(unsigned, issuer, NOW)
    good = report(presentation(badge, badge), shelf)
    assert (good.answer, len(good.inside)) == ("verified", 2)
    checks = {c.id: c.status for c in good.checks}
    assert (checks["proof.signature"], checks["issuer.recognized"]) == ("warning", "passed")
    unknown = Verifier(shelf, NOW).verify(json.dumps(presentation(badge)))
    assert {c.id: c.status for c in unknown.checks}["issuer.recognized"] == "warning"
    bad = report(presentation(badge, altered(badge)), shelf)
    assert (bad.answer, bad.outcome) == ("not verified", "part-not-verified")
    assert [inside.outcome for _, inside in bad.inside] == ["verified", "altered"]
    assert bad.inside[1][0] == "verifiableCredential[1]"
    del shelf.documents[DID_URL]
    assert report(presentation(badge), shelf).answer == "undetermined"


def test_a_presentation_that_its_holder_signed(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    badge, holder = add_proof(unsigned, issuer, NOW), Key()
    shown = presentation(badge, holder=holder.did)

    def signed(purpose: str, document: Document) -> Document:
        """As ``add_proof`` does, but for another purpose."""
        options = proof_options(EDDSA_RDFC_2022, holder.verification_method, "2026-03-01T00:00:00Z")
        options["proofPurpose"] = purpose
        data = EDDSA_RDFC_2022.hash_data(document, options, holder.private.public_key())
        value = "z" + base58_encode(holder.sign(data))
        return {**document, "proof": {**options, "proofValue": value}}

    found = report(signed("authentication", shown), shelf)
    assert found.verified, found
    assert {c.id: c.status for c in found.checks}["proof.signature"] == "passed"
    assert report(signed("assertionMethod", shown), shelf).outcome == "forged"
    stolen = {**signed("authentication", shown), "holder": Key().did}
    assert not report(stolen, shelf).verified


def test_a_token_in_an_envelope(unsigned: Any, shelf: Shelf) -> None:
    key = JoseKey()
    method = {"id": key.key_url, "controller": ISSUER, "type": "JsonWebKey"}
    shelf.documents[DID_URL]["verificationMethod"].append({**method, "publicKeyJwk": key.jwk})
    shelf.documents[DID_URL]["assertionMethod"].append(key.key_url)
    token = credential_as_jwt(unsigned, key)
    envelope = {
        "@context": V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{token}",
    }
    found = report(presentation(envelope), shelf)
    assert (found.answer, found.inside[0][1].outcome) == ("verified", "verified")
    broken = {**envelope, "id": envelope["id"][:-4] + "AAAA"}
    assert report(presentation(broken), shelf).outcome == "part-not-verified"
    assert report(presentation({**envelope, "id": "data:text/plain,x"}), shelf).answer != "verified"


def test_a_comprehensive_learner_record(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    badge = add_proof(unsigned, issuer, NOW)

    def record(*inside: Document, **more: Any) -> Document:
        document = {
            "@context": [V2, CLR, OB, EXTENSIONS],
            "id": "urn:uuid:clr",
            "type": ["VerifiableCredential", "ClrCredential"],
            "name": "Transcript",
            "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Issuer"},
            "validFrom": "2026-03-01T00:00:00Z",
            "partial": True,
            "credentialSubject": {
                "id": "urn:uuid:ada",
                "type": ["ClrSubject"],
                "verifiableCredential": list(inside),
            },
            **more,
        }
        return add_proof(document, issuer, NOW)

    good = report(record(badge), shelf)
    assert good.verified, good
    assert good.inside[0][0] == "credentialSubject.verifiableCredential[0]"
    assert report(record(badge, altered(badge)), shelf).outcome == "part-not-verified"
    assert report(altered(record(badge)), shelf).outcome == "altered"
    assert report(record(), shelf).outcome == "malformed"


def test_credentials_within_credentials_come_to_an_end(
    unsigned: Any, issuer: Key, shelf: Shelf
) -> None:
    """Endorsements of endorsements of endorsements; and more of them than anyone needs."""
    word: Any = None
    for number in range(8):
        about = f"urn:uuid:{number + 1}"
        credential = {
            "@context": [V2, OB],
            "id": f"urn:uuid:{number}",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": "Good",
            "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Issuer"},
            "validFrom": "2026-03-01T00:00:00Z",
            "credentialSubject": {"id": about, "type": ["EndorsementSubject"]},
        }
        if word:
            credential["endorsement"] = [word]
        word = add_proof(credential, issuer, NOW)
    found = report(word, shelf)
    depth, inner = 0, found
    while inner.inside:
        depth, inner = depth + 1, inner.inside[0][1]
    assert 1 <= depth <= 5
    assert found.verified, "an endorsement that cannot be checked warns"
    many = report(presentation(*[{"type": ["VerifiableCredential"]}] * 300), shelf)
    assert many.answer == "not verified"
    assert sum(i.checks[0].status == "not-reached" for _, i in many.inside) >= 100


# Several proofs


def test_one_good_proof_of_a_set_is_enough(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    good = add_proof(unsigned, issuer, NOW)["proof"]
    jcs = add_proof(unsigned, issuer, NOW, EDDSA_JCS_2022)["proof"]
    thief = add_proof(unsigned, Key(), NOW)["proof"]
    unknown = {"type": "SomeProof2030"}
    for proofs in ([unknown, good], [thief, good], [good, thief], [jcs, unknown], [good, jcs]):
        assert check({**unsigned, "proof": proofs}, shelf)["answer"] == "verified", proofs
    assert check({**unsigned, "proof": [thief, unknown]}, shelf)["outcome"] == "forged"
    assert check({**unsigned, "proof": [unknown]}, shelf)["outcome"] == "unsupported"
    chained = {**good, "previousProof": "urn:uuid:1"}
    assert check({**unsigned, "proof": [chained]}, shelf)["outcome"] == "malformed"
    assert check({**unsigned, "proof": [good] * 11}, shelf)["outcome"] == "malformed"


def test_a_p256_key_signs_data_integrity_too(unsigned: Any, shelf: Shelf) -> None:
    class Signer(JoseKey):
        @property
        def verification_method(self) -> str:
            return f"{ISSUER}#{encode_public_key(self.private.public_key())}"

    key = Signer()
    url = key.verification_method
    method = {"id": url, "controller": ISSUER, "publicKeyMultibase": url.partition("#")[2]}
    shelf.documents[DID_URL]["verificationMethod"].append({"type": "Multikey", **method})
    shelf.documents[DID_URL]["assertionMethod"].append(url)
    signed = add_proof(unsigned, key, NOW, ECDSA_RDFC_2019)
    assert check(signed, shelf)["answer"] == "verified"
    assert check(altered(signed), shelf)["outcome"] == "altered"
    swapped = {**signed, "proof": {**signed["proof"], "cryptosuite": "eddsa-rdfc-2022"}}
    assert check(swapped, shelf)["answer"] == "not verified"


# Other kinds of status


def with_status(unsigned: Any, issuer: Key, **entry: Any) -> Document:
    unsigned["credentialStatus"] = {
        "id": f"{LIST}#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": LIST,
        **entry,
    }
    return add_proof(unsigned, issuer, NOW)


def test_a_status_of_several_bits(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    messages = [{"status": hex(n), "message": f"state {n}"} for n in range(4)]
    badge = with_status(unsigned, issuer, statusSize=2, statusMessage=messages)
    bits = Bitstring(bytes(32 * 1024))

    def listed() -> dict[str, str]:
        document = status_list_credential(LIST, ISSUER, "revocation", bits, NOW, 300)
        shelf.documents[LIST] = add_proof(document, issuer, NOW)
        found = report(badge, shelf)
        return {c.id: c.detail for c in found.checks} | {"outcome": found.outcome}

    assert listed()["outcome"] == "verified"
    bits[14] = True
    assert (listed()["outcome"], listed()["status.revocation"]) == ("revoked", "revoked: state 2")
    bits[14], bits[15] = False, True
    assert listed()["status.revocation"] == "revoked: state 1"
    bits[15], bits[16] = False, True
    assert listed()["outcome"] == "verified"
    short = with_status(unsigned, issuer, statusSize=4)
    assert report(short, shelf).outcome == "malformed"
    for size in (0, 9, True, "2"):
        odd = with_status(unsigned, issuer, statusSize=size)
        assert check(odd, shelf)["answer"] == "not verified", size


def test_a_status_list_that_is_a_token(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    key = JoseKey()
    method = {"id": key.key_url, "controller": ISSUER, "type": "JsonWebKey"}
    shelf.documents[DID_URL]["verificationMethod"].append({**method, "publicKeyJwk": key.jwk})
    shelf.documents[DID_URL]["assertionMethod"].append(key.key_url)
    badge, bits = add_proof(unsigned, issuer, NOW), Bitstring()
    for is_set, outcome in ((False, "verified"), (True, "revoked")):
        bits[7] = is_set
        listed = status_list_credential(LIST, ISSUER, "revocation", bits, NOW, 300)
        token = credential_as_jwt(listed, key)
        shelf.documents[LIST] = fetched_document(token.encode())
        assert check(badge, shelf)["outcome"] == outcome
    shelf.documents[LIST] = fetched_document(token[:-8].encode() + b"AAAAAAAA")
    assert check(badge, shelf)["status.revocation"] == "failed"


def test_suspension_is_not_revocation(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    badge = with_status(unsigned, issuer, statusPurpose="suspension")
    bits = Bitstring()
    for is_set, outcome in ((False, "verified"), (True, "suspended")):
        bits[7] = is_set
        document = status_list_credential(LIST, ISSUER, "suspension", bits, NOW, 300)
        shelf.documents[LIST] = add_proof(document, issuer, NOW)
        assert check(badge, shelf)["outcome"] == outcome


def test_a_status_list_of_2021(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    context = "https://w3id.org/vc/status-list/2021/v1"
    unsigned["@context"] = [*unsigned["@context"], context]
    badge = with_status(unsigned, issuer, type="StatusList2021Entry")
    bits = Bitstring()
    for is_set, outcome in ((False, "verified"), (True, "revoked")):
        bits[7] = is_set
        document = {
            "@context": [V1, context],
            "id": LIST,
            "type": ["VerifiableCredential", "StatusList2021Credential"],
            "issuer": ISSUER,
            "issuanceDate": "2026-01-01T00:00:00Z",
            "credentialSubject": {
                "id": f"{LIST}#list",
                "type": "StatusList2021",
                "statusPurpose": "revocation",
                "encodedList": base64url_encode(gzip.compress(bytes(bits.data))),
            },
        }
        document["@context"] = [V1, context, "https://w3id.org/security/data-integrity/v2"]
        shelf.documents[LIST] = add_proof(document, issuer, NOW)
        found = check(badge, shelf)
        assert found["outcome"] == outcome, found


def test_the_revocation_list_of_1edtech(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    url = "https://issuer.example.org/revoked"
    unsigned["credentialStatus"] = {"id": url, "type": "1EdTechRevocationList"}
    badge = add_proof(unsigned, issuer, NOW)
    own = {"id": unsigned["id"]}
    assert check(badge, shelf)["outcome"] == "status-unreachable"
    for listed, outcome in (
        ([], "verified"),
        ([{"id": "urn:other"}], "verified"),
        ([own], "revoked"),
        ([{**own, "revoked": True, "revocationReason": "Copied"}], "revoked"),
        ([{**own, "revoked": False}], "verified"),
    ):
        shelf.documents[url] = {"id": url, "issuer": ISSUER, "revokedCredential": listed}
        assert check(badge, shelf)["outcome"] == outcome, listed
    shelf.documents[url] = {"issuer": "did:web:other.example.org", "revokedCredential": []}
    assert check(badge, shelf)["answer"] == "not verified"


def test_an_unknown_kind_of_status_leaves_it_open(unsigned: Any, issuer: Key, shelf: Shelf) -> None:
    unsigned["credentialStatus"] = {"id": LIST, "type": "BitstringStatusListCredential"}
    assert check(add_proof(unsigned, issuer, NOW), shelf)["outcome"] == "unsupported"
