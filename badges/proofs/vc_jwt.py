"""A credential as a JWT: the credential is the payload, its issuer signs the whole.

Sources: Open Badges 3.0 §8.2 (JWT proof); VC Data Model 1.1 §6.3.1 (the ``vc`` claim);
requirements K1–K5.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from badges.document import Document, as_list, parse_document, parse_time, without_proof
from badges.errors import MalformedDocument
from badges.proofs.jws import Jws, JwsSigner, sign_jws
from badges.summary import issuer_id

_CLAIMS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "vc", "vp")


def credential_as_jwt(document: Document, signer: JwsSigner) -> str:
    """``document`` (without an embedded proof) as a VC-JWT (K1, K3).

    Raises MalformedDocument for a credential whose subject has no id: ``sub`` is required.
    """
    credential = without_proof(document)
    claims: Document = {"iss": issuer_id(credential), "jti": credential["id"]}
    subject = credential["credentialSubject"]
    if not isinstance(subject, dict) or "id" not in subject:
        raise MalformedDocument("a VC-JWT needs the subject's id")
    claims["sub"] = subject["id"]
    claims["nbf"] = _seconds(parse_time(credential["validFrom"]))
    if "validUntil" in credential:
        claims["exp"] = _seconds(parse_time(credential["validUntil"]))
    return sign_jws({**credential, **claims}, signer, "JWT")


def credential_in_jwt(jws: Jws) -> tuple[Document, list[str]]:
    """The credential in a JWT, and where its claims contradict it (K3, K4).

    VCDM 2.0: the payload without its registered claims; VCDM 1.1: the ``vc`` member, completed
    from the claims. Raises MalformedDocument.
    """
    payload = parse_document(jws.payload)
    wrapped = payload.get("vc", payload.get("vp"))
    if wrapped is None:
        credential = {name: item for name, item in payload.items() if name not in _CLAIMS}
    elif isinstance(wrapped, dict):
        credential = dict(wrapped)
        for name, value in (("id", payload.get("jti")), ("issuer", payload.get("iss"))):
            if value is not None and "vc" in payload:
                credential.setdefault(name, value)
    else:
        raise MalformedDocument("the JWT's vc claim is not an object")
    return credential, list(_contradictions(payload, credential))


def _contradictions(payload: Document, credential: Document) -> list[str]:
    old = "vc" in payload and "validFrom" not in credential
    start, end = ("issuanceDate", "expirationDate") if old else ("validFrom", "validUntil")
    issuer = credential.get("issuer", credential.get("holder"))
    subjects = as_list(credential.get("credentialSubject"))
    subject = subjects[0].get("id") if subjects and isinstance(subjects[0], dict) else None
    said: list[tuple[str, Any]] = [
        ("iss", issuer.get("id") if isinstance(issuer, dict) else issuer),
        ("jti", credential.get("id")),
        ("sub", subject),
    ]
    found = [
        f"{claim} is {payload[claim]!r}, the credential says {value!r}"
        for claim, value in said
        if claim in payload and value is not None and payload[claim] != value
    ]
    for claim, name in (("nbf", start), ("exp", end)):
        if claim in payload and name in credential:
            try:
                same = payload[claim] == _seconds(parse_time(credential[name]))
            except MalformedDocument:
                continue  # the check of the shape says so
            if not same:
                found.append(f"{claim} is {payload[claim]!r}, {name} is {credential[name]!r}")
    return found


def jwt_times(jws: Jws) -> tuple[float | None, float | None]:
    """The ``nbf`` and ``exp`` of a JWT in seconds, where it has them. Raises MalformedDocument."""
    payload = parse_document(jws.payload)
    times = []
    for claim in ("nbf", "exp"):
        value = payload.get(claim)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise MalformedDocument(f"{claim} is not a number of seconds")
        times.append(value)
    return times[0], times[1]


def _seconds(time: datetime) -> int:
    return int(time.timestamp())
