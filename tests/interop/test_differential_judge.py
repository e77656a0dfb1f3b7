"""A thousand badges, judged by us and by others: each disagreement has a reason that stands here.

Theirs is @digitalbazaar/vc (proof, key, dates, status) together with the published JSON Schema;
both have to accept. 200 badges are valid, 800 are altered, 20 in each of 40 ways.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema_rs import Draft201909Validator

from badges.document import Document
from badges.status_list import Bitstring
from badges.verification import Verifier
from keys import did_web_document
from keys.lifecycle import IssuerKey
from tests.badges.conftest import unsigned
from tests.badges.issuers import DID_URL, ISSUER, LIST, NOW, Key, Shelf, signed_list
from tests.conftest import Vectors
from tests.interop.altered_badges import AFTER, AROUND, BEFORE, REVOKED_INDEX, signed, valid
from tests.interop.conftest import ask

pytestmark = pytest.mark.xdist_group("interop")

__all__ = ["unsigned"]
KINDS = (*BEFORE, *AFTER, *AROUND)

_A11 = "the published schema lets any single text be a type; requirement A11 does not"
_A8 = "one part of the document speaks of another, which no JSON Schema can hold it to (A8, A9)"
WE_ALONE_REFUSE = {
    "a nested type is another's": _A11,
    "a nested type is another's, as one text": _A11,
    "a time in lower case": "RFC 3339 §5.6 allows z; xsd:dateTimeStamp, which VC Data Model 2.0 "
    "§4.9 asks for, does not, and theirs looks for a time anywhere in the text",
    "a time that XML Schema has not": "theirs does not look at awardedDate, and the schema's "
    "date-time has leap seconds and offsets of 15 hours, which xsd:dateTimeStamp has not",
    "a value that is not allowed": _A8,
    "a value beyond its bounds": _A8,
    "a Status without a status": _A8,
    "a result of nothing described": _A8,
    "the subject is nobody": "an id or an identifier: the schema cannot say 'or' (A1)",
    "a name is written as another would": "its RDF, and so its proof, is that of the badge; what "
    "we show and compare is written otherwise than it was signed",
    "criteria are empty": "an id or a narrative: the schema does not ask for either (A2)",
}
"""What theirs accepts, and why we do not."""

WE_ALONE_ACCEPT: dict[str, str] = {}
"""There is nothing of this kind, and there had better not be."""


def test_forty_kinds() -> None:
    assert len(KINDS) == len(set(KINDS)) == 40
    assert {*WE_ALONE_REFUSE, *WE_ALONE_ACCEPT} <= set(KINDS)


def test_a_thousand_badges_are_judged_alike_or_the_difference_is_explained(
    judges: Path, node: str, vectors: Vectors, unsigned: Document, tmp_path: Path
) -> None:
    issuer, stranger, other_use = Key(ISSUER), Key("did:web:stranger.example.org"), Key(ISSUER)
    did = did_web_document(ISSUER, [IssuerKey(key.id, NOW) for key in (issuer, other_use)])
    did["assertionMethod"].remove(other_use.verification_method)
    theirs_did = did_web_document(stranger.did, [IssuerKey(stranger.id, NOW)])
    revoked = Bitstring()
    revoked[int(REVOKED_INDEX)] = True
    status = signed_list(issuer, revoked)

    rng = Random(8)
    badges = [("valid", signed(valid(unsigned, rng), issuer)) for _ in range(200)]
    for kind in KINDS:
        for _ in range(20):
            document = valid(unsigned, rng)
            if kind in BEFORE:
                BEFORE[kind](document, rng)
            if kind == "revoked":
                document["credentialStatus"]["statusListIndex"] = REVOKED_INDEX
            keys = dict(zip(AROUND, (stranger, other_use, issuer), strict=True))
            badge = copy.deepcopy(signed(document, keys.get(kind, issuer)))
            if kind in AFTER:
                AFTER[kind](badge, rng)
            badges.append((kind, badge))
    assert len(badges) == 1000

    shelf = Shelf()
    shelf.documents |= {
        DID_URL: did,
        "https://stranger.example.org/.well-known/did.json": theirs_did,
        LIST: status,
    }
    ours = [Verifier(shelf, NOW).verify(json.dumps(badge)) for _, badge in badges]
    file = tmp_path / "badges.json"
    given = {
        "now": NOW.isoformat(),
        "documents": {ISSUER: did, stranger.did: theirs_did, LIST: status},
        "badges": [badge for _, badge in badges],
    }
    file.write_text(json.dumps(given), encoding="utf-8")
    theirs: list[Any] = ask(node, "judge.mjs", str(vectors.folder / "contexts"), str(file))
    schema = Draft201909Validator(
        vectors.json("schemas/ob_v3p0_achievementcredential_schema.json"), validate_formats=True
    )

    found: Counter[tuple[str, bool, bool]] = Counter()
    why = {}
    for (kind, badge), report, proven in zip(badges, ours, theirs, strict=True):
        verdicts = (report.verified, proven["verified"] and schema.is_valid(badge))
        found[kind, *verdicts] += 1
        failed = [f"{c.id}: {c.detail}" for c in report.checks if c.status != "passed"]
        why.setdefault((kind, *verdicts), (failed, proven["errors"][:2], schema.is_valid(badge)))
    assert found["valid", True, True] == 200, why
    unexplained = [
        f"{kind}: {'we' if we else 'they'} alone accept {count} of 20: {why[kind, we, they]}"
        for (kind, we, they), count in found.items()
        if we != they and kind not in (WE_ALONE_ACCEPT if we else WE_ALONE_REFUSE)
    ]
    assert not unexplained, "\n".join(unexplained)
    assert {kind for kind, we, they in found if they and not we} == WE_ALONE_REFUSE.keys()
    assert {kind for kind, we, they in found if we and not they} == WE_ALONE_ACCEPT.keys()
    assert {kind for kind, we, _ in found if we} == {"valid"}, "an altered badge that we verify"
