"""Credentials as JWTs: made, read, and every way in which one can lie."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from badges.proofs.jws import sign_jws
from badges.proofs.vc_jwt import credential_as_jwt
from keys.jwk import jwk_of_public_key
from keys.multikey import base64url_decode, base64url_encode
from tests.badges.issuers import DID_URL, ISSUER, NOW, JoseKey, Key, Shelf, check

ALGORITHMS = ["ES256", "RS256"]


def publish(shelf: Shelf, key: JoseKey) -> None:
    """List the key in the issuer's document."""
    document = shelf.documents[DID_URL]
    method = {"id": key.key_url, "type": "JsonWebKey", "controller": ISSUER}
    document["verificationMethod"].append({**method, "publicKeyJwk": key.jwk})
    document["assertionMethod"].append(key.key_url)


def retold(token: str, header: dict[str, Any] | None = None, **claims: Any) -> list[str]:
    """The first two parts of a token with other words in them, and its signature."""
    parts = token.split(".")
    head, body = (json.loads(base64url_decode(part)) for part in parts[:2])
    told = ({**head, **(header or {})}, {**body, **claims})
    return [base64url_encode(json.dumps(part).encode()) for part in told] + [parts[2]]


def signed_again(token: str, key: JoseKey, header: dict[str, Any] | None, **claims: Any) -> str:
    head, body, _ = retold(token, header, **claims)
    signature = key.sign(f"{head}.{body}".encode())
    return f"{head}.{body}.{base64url_encode(signature)}"


@pytest.fixture(params=ALGORITHMS)
def key(request: pytest.FixtureRequest, shelf: Shelf) -> JoseKey:
    made = JoseKey(request.param)
    publish(shelf, made)
    return made


def test_a_good_token(unsigned: Any, shelf: Shelf, key: JoseKey) -> None:
    token = credential_as_jwt(unsigned, key)
    found = check(token, shelf)
    assert (found["answer"], found["outcome"]) == ("verified", "verified")
    head, body = (json.loads(base64url_decode(part)) for part in token.split(".")[:2])
    assert head == {"alg": key.algorithm, "kid": key.key_url, "typ": "JWT"}
    assert (body["iss"], body["jti"]) == (ISSUER, unsigned["id"])
    assert body["sub"] == unsigned["credentialSubject"]["id"]
    assert isinstance(body["nbf"], int)


def test_an_old_token_with_its_credential_under_vc(shelf: Shelf, key: JoseKey) -> None:
    credential = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential"],
        "issuanceDate": "2026-03-01T00:00:00Z",
        "credentialSubject": {"id": "urn:uuid:1"},
    }
    claims = {"iss": ISSUER, "jti": "urn:uuid:2", "sub": "urn:uuid:1", "nbf": 1772323200}
    assert check(sign_jws({"vc": credential, **claims}, key, "JWT"), shelf)["answer"] == "verified"
    late = {**claims, "nbf": 1772323201}
    found = check(sign_jws({"vc": credential, **late}, key, "JWT"), shelf)
    assert found["outcome"] == "malformed"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "did:web:other.example.org"},
        {"jti": "urn:uuid:other"},
        {"sub": "urn:uuid:other"},
        {"nbf": 1},
        {"exp": "soon"},
    ],
)
def test_claims_that_contradict_the_credential(
    unsigned: Any, shelf: Shelf, key: JoseKey, claims: dict[str, Any]
) -> None:
    """Signed by the issuer, and still not what it says."""
    token = signed_again(credential_as_jwt(unsigned, key), key, None, **claims)
    assert check(token, shelf)["outcome"] == "malformed"


def test_the_tokens_own_times_count(unsigned: Any, shelf: Shelf, key: JoseKey) -> None:
    token = credential_as_jwt(unsigned, key)
    expired = signed_again(token, key, None, exp=int(NOW.timestamp()) - 1)
    assert check(expired, shelf)["outcome"] == "expired"
    del unsigned["validFrom"]
    with pytest.raises(KeyError):
        credential_as_jwt(unsigned, key)


def test_any_other_byte_is_refused(unsigned: Any, shelf: Shelf, key: JoseKey) -> None:
    token = credential_as_jwt(unsigned, key)
    for place in (5, len(token) // 2, len(token) - 40, len(token) - 2, len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        assert check(changed, shelf)["answer"] != "verified", place
    name = ".".join(retold(token, name="Another"))
    assert check(name, shelf)["outcome"] == "altered"


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "HS512"])
def test_no_signature_and_shared_secrets(
    unsigned: Any, shelf: Shelf, key: JoseKey, algorithm: str
) -> None:
    """``alg: none``, and the issuer's public key taken for a shared secret."""
    head, body, _ = retold(credential_as_jwt(unsigned, key), {"alg": algorithm})
    secret = json.dumps(key.jwk).encode()
    tag = base64url_encode(hmac.digest(secret, f"{head}.{body}".encode(), hashlib.sha256))
    for signature in ("", tag):
        assert check(f"{head}.{body}.{signature}", shelf)["answer"] == "not verified"


def test_an_algorithm_that_is_not_the_keys(unsigned: Any, shelf: Shelf, key: JoseKey) -> None:
    token = credential_as_jwt(unsigned, key)
    others = {"ES256", "ES384", "RS256", "EdDSA"} - {key.algorithm}
    for algorithm in others:
        found = check(".".join(retold(token, {"alg": algorithm})), shelf)
        assert found["answer"] == "not verified", algorithm
    for algorithm in ("PS256", "ES256K", "A128KW"):
        found = check(".".join(retold(token, {"alg": algorithm})), shelf)
        assert found["outcome"] == "unsupported", algorithm


@pytest.mark.parametrize("name", ["crit", "b64", "jku", "x5u", "zip"])
def test_headers_that_would_change_the_meaning(
    unsigned: Any, shelf: Shelf, key: JoseKey, name: str
) -> None:
    token = signed_again(credential_as_jwt(unsigned, key), key, {name: ["x"]})
    assert check(token, shelf)["outcome"] == "unsupported"


def test_a_key_in_the_header_proves_nobody(unsigned: Any, shelf: Shelf) -> None:
    """A thief's key, brought along: sound mathematics, and nobody's badge (K5)."""
    thief, own = JoseKey(key_url=""), JoseKey()
    token = credential_as_jwt(unsigned, thief)
    brought = signed_again(token, thief, {"jwk": thief.jwk, "kid": None})
    assert check(brought, shelf)["outcome"] == "forged"
    publish(shelf, own)
    listed = signed_again(credential_as_jwt(unsigned, own), own, {"jwk": own.jwk, "kid": None})
    assert check(listed, shelf)["outcome"] == "verified"
    private = {**own.jwk, "d": "AAAA"}
    leaked = signed_again(credential_as_jwt(unsigned, own), own, {"jwk": private, "kid": None})
    assert check(leaked, shelf)["answer"] == "not verified"
    del shelf.documents[DID_URL]
    assert check(listed, shelf)["outcome"] == "issuer-unreachable"


def test_a_key_at_an_address(unsigned: Any, shelf: Shelf) -> None:
    """A bare JWK or one of a set counts where the issuer's document names its address (K2)."""
    key = JoseKey(key_url="https://issuer.example.org/key.json")
    shelf.documents[DID_URL]["assertionMethod"] += [
        "https://issuer.example.org/key.json",
        "https://issuer.example.org/jwks.json#k1",
    ]
    shelf.documents["https://issuer.example.org/key.json"] = key.jwk
    assert check(credential_as_jwt(unsigned, key), shelf)["outcome"] == "verified"
    key.key_url = "https://issuer.example.org/jwks.json#k1"
    shelf.documents["https://issuer.example.org/jwks.json"] = {
        "keys": [JoseKey().jwk | {"kid": "k0"}, key.jwk | {"kid": "k1"}]
    }
    assert check(credential_as_jwt(unsigned, key), shelf)["outcome"] == "verified"
    key.key_url = "https://thief.example.org/key.json"
    shelf.documents[key.key_url] = key.jwk
    assert check(credential_as_jwt(unsigned, key), shelf)["outcome"] == "forged"


def test_a_did_jwk_needs_nobody(unsigned: Any) -> None:
    key = JoseKey()
    did = "did:jwk:" + base64url_encode(json.dumps(key.jwk).encode())
    key.key_url = f"{did}#0"
    unsigned["issuer"]["id"] = did
    del unsigned["credentialStatus"]
    assert check(credential_as_jwt(unsigned, key), Shelf())["outcome"] == "verified"


def test_eddsa_is_read_too(unsigned: Any, shelf: Shelf, issuer: Key) -> None:
    class EdDsa(JoseKey):
        def __init__(self) -> None:
            self.algorithm, self.key_url = "EdDSA", issuer.verification_method

        def sign(self, data: bytes) -> bytes:
            return issuer.sign(data)

    assert check(credential_as_jwt(unsigned, EdDsa()), shelf)["outcome"] == "verified"
    assert jwk_of_public_key(issuer.private.public_key())["crv"] == "Ed25519"
