"""Forty ways in which a badge can differ from a valid one, each a function of the badge.

Those ``BEFORE`` are signed by the issuer as they are, those ``AFTER`` change a signed badge, and
those ``AROUND`` are right in themselves and wrong in what surrounds them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from badges.document import Document
from badges.errors import MalformedDocument
from badges.proofs.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022
from badges.proofs.data_integrity import add_proof
from tests.badges.issuers import LIST, NOW, Key

Change = Callable[[Any, Random], object]


def valid(badge: Document, rng: Random) -> Document:
    """The badge with other words, and with and without what the standard leaves open."""
    document = copy.deepcopy(badge)
    subject = document["credentialSubject"]
    shown = subject["achievement"]
    words = ["Niño", "ßpecial", "\u2028", "word", "<b>", "日本", '"', "\\", "e\u0301"]
    number = rng.randrange(10**6)
    document["id"] = f"https://issuer.example.org/badges/{number}"
    document["name"] = shown["name"] = " ".join(rng.choices(words, k=4))
    for holder, member in (
        (document, "evidence"),
        (document, "credentialSchema"),
        (document, "awardedDate"),
        (subject, "activityEndDate"),
        (shown, "alignment"),
        (shown, "tag"),
        (shown, "image"),
    ):
        if rng.random() < 0.2:
            del holder[member]
    if rng.random() < 0.3:
        document["validUntil"] = f"20{rng.randrange(27, 90)}-01-01T00:00:00{_offset(rng)}"
    if rng.random() < 0.3:
        document["validFrom"] = f"20{rng.randrange(10, 26)}-01-01T00:00:00.125{_offset(rng)}"
    if rng.random() < 0.3:
        subject |= {"creditsEarned": rng.randrange(9) + 0.5, "term": "Spring"}
    if rng.random() < 0.3:
        shown["achievementType"] = rng.choice(["ext:Own", "Badge", "Course"])
    if rng.random() < 0.2:
        document["issuer"] = document["issuer"]["id"]
    if rng.random() < 0.2:
        subject["identifier"] = subject["identifier"][0]
    elif rng.random() < 0.2:
        del subject["identifier"]
    if rng.random() < 0.3:
        _graded(document, {"resultType": "RawScore", "valueMin": "0", "valueMax": "99"}, value="7")
    return document


def _offset(rng: Random) -> str:
    return rng.choice(["Z", "+00:00", "-07:00", "+13:45"])


def _graded(document: Document, description: Document, **result: str) -> None:
    subject = document["credentialSubject"]
    described = {"id": "urn:x:grade", "type": ["ResultDescription"], "name": "Grade"}
    subject["achievement"]["resultDescription"] = [{**described, **description}]
    subject["result"] = [{"type": ["Result"], "resultDescription": "urn:x:grade", **result}]


def _achievement(member: str, *values: object) -> Change:
    return lambda d, rng: d["credentialSubject"]["achievement"].update(
        {member: copy.deepcopy(rng.choice(values))}
    )


def _subject(member: str, *values: object) -> Change:
    return lambda d, rng: d["credentialSubject"].update({member: copy.deepcopy(rng.choice(values))})


def _member(member: str, *values: object) -> Change:
    return lambda d, rng: d.update({member: copy.deepcopy(rng.choice(values))})


def _identity(**members: object) -> Change:
    whole = {"type": "IdentityObject", "hashed": False, "identityHash": "a@example.org"}
    return _subject("identifier", {**whole, "identityType": "emailAddress", **members})


BEFORE: dict[str, Change] = {
    "achievementType is invented": _achievement("achievementType", "Sorcery", "badge", ""),
    "identityType is invented": _identity(identityType="shoe"),
    "hashed is a text": _identity(hashed="yes"),
    "IdentityObject is bare": _subject("identifier", {"type": "IdentityObject"}),
    "creditsEarned is a text": _subject("creditsEarned", "three", "3"),
    "an image is a text": _achievement("image", "https://x.example.org/a.png"),
    "inLanguage is no tag": _achievement("inLanguage", "spanish", "ES", "es_MX"),
    "targetType is invented": _achievement(
        "alignment",
        {
            "type": ["Alignment"],
            "targetName": "A",
            "targetUrl": "urn:x:a",
            "targetType": "Nonsense",
        },
    ),
    "a required member is missing": lambda d, rng: d["credentialSubject"]["achievement"].pop(
        rng.choice(["name", "description", "criteria", "type"])
    ),
    "validFrom is missing": lambda d, rng: d.pop("validFrom"),
    "credentialSchema has no id": _member(
        "credentialSchema", [{"type": "1EdTechJsonSchemaValidator2019"}]
    ),
    "there are two subjects": lambda d, rng: d.update(
        credentialSubject=[d["credentialSubject"], d["credentialSubject"]]
    ),
    "there are two statuses": lambda d, rng: d.update(
        credentialStatus=[d["credentialStatus"], {**d["credentialStatus"], "id": f"{LIST}#x"}]
    ),
    "a nested type is another's": lambda d, rng: d["credentialSubject"].update(
        source={"id": "urn:x:s", "type": rng.choice(["Address", ["Address"]])}
    ),
    "a nested type is another's, as one text": lambda d, rng: d["credentialSubject"].update(
        source={"id": "urn:x:s", "type": "Image"}
    ),
    "a time in another form of ISO 8601": _member(
        "validFrom", "20260101T000000Z", "2026-W01-1T00:00:00Z", "2026-01-01T00Z", "2026-01-01"
    ),
    "a time in lower case": _member("validFrom", "2026-01-01t00:00:00Z", "2026-01-01T00:00:00z"),
    "a time that XML Schema has not": _member(
        "awardedDate", "2016-12-31T23:59:60Z", "2026-01-01T00:00:00+15:00"
    ),
    "a time that RFC 3339 has not": _member(
        "validFrom", "2025-12-31T24:00:00Z", "12026-01-01T00:00:00Z"
    ),
    "it begins later": _member("validFrom", "2026-12-01T00:00:00Z", "2090-01-01T00:00:00+14:00"),
    "it has ended": _member("validUntil", "2026-03-31T00:00:00Z", "2026-04-01T00:00:00+14:00"),
    "a value that is not allowed": lambda d, rng: _graded(
        d, {"resultType": "LetterGrade", "allowedValue": ["F", "A"]}, value="A+"
    ),
    "a value beyond its bounds": lambda d, rng: _graded(
        d, {"resultType": "Percent", "valueMin": "0", "valueMax": "100"}, value="101"
    ),
    "a Status without a status": lambda d, rng: _graded(d, {"resultType": "Status"}, value="x"),
    "a result of nothing described": lambda d, rng: _graded(
        d, {"resultType": "Result"}, resultDescription="urn:x:other"
    ),
    "the subject is nobody": lambda d, rng: (
        d["credentialSubject"].pop("id"),
        d["credentialSubject"].pop("identifier", None),
    ),
    "criteria are empty": _achievement("criteria", {"type": "Criteria"}),
}

AFTER: dict[str, Change] = {
    "a text is changed": lambda d, rng: d.update(name=d["name"] + rng.choice("x !")),
    "a member is added": _member("description", "Said by the holder"),
    "a member is taken away": lambda d, rng: d["credentialSubject"].pop("result"),
    "a member that no context defines": _member("shoeSize", 44, "44"),
    "a null": _member("description", None),
    "the proof's value is changed": lambda d, rng: d["proof"].update(
        proofValue=d["proof"]["proofValue"][:-1]
        + ("1" if d["proof"]["proofValue"][-1] != "1" else "2")
    ),
    "the proof's time is changed": lambda d, rng: d["proof"].update(created="2026-03-01T00:00:00Z"),
    "there is no proof": lambda d, rng: d.pop("proof"),
    "an unknown context": lambda d, rng: d["@context"].append("https://x.example.org/context"),
    "a name is written as another would": lambda d, rng: (
        d["@context"].append({"x": "https://issuer.example.org/badges/"}),
        d.update(id=d["id"].replace("https://issuer.example.org/badges/", "x:")),
    ),
}

AROUND = (
    "signed with another's key",
    "signed with a key that is not for it",
    "revoked",
)
REVOKED_INDEX = "9"


def signed(document: Document, key: Key) -> Document:
    """The badge with its issuer's proof, whatever is wrong with it: what no context defines, or
    defines otherwise, can only be signed as JSON (eddsa-jcs-2022)."""
    try:
        return add_proof(document, key, NOW, EDDSA_RDFC_2022)
    except MalformedDocument:
        return add_proof(document, key, NOW, EDDSA_JCS_2022)
