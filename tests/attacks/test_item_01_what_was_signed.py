"""A revoked badge verified: its holder added a context that makes ``x`` a prefix and wrote the id
as ``x:77``. Statements and signature stayed the same; the list of revoked ids knew no ``x:77``.
What is shown, compared and looked up must be what was signed, however the document is rewritten."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from badges.contexts import (
    CREDENTIALS_V2,
    OPEN_BADGES_3,
    OPEN_BADGES_3_EXTENSIONS,
    context_document,
)
from badges.document import Document
from badges.proofs.data_integrity import add_proof
from badges.status_list import Bitstring
from badges.verification import IssuerPolicy, VerificationReport, Verifier
from keys import did_web_document
from keys.lifecycle import IssuerKey
from tests.badges.issuers import DID_URL, ISSUER, LIST, NOW, Key, Shelf, signed_list
from tests.conftest import examples

BASE = "https://issuer.example.org/creds/"
REVOKED = "https://issuer.example.org/revoked"
KEY = Key(ISSUER)
CRED = "https://www.w3.org/2018/credentials#"
OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"


def badge(**members: Any) -> Document:
    """A badge that gives a holder every place to hide a member in."""
    made = {
        "@context": [
            CREDENTIALS_V2,
            OPEN_BADGES_3,
            OPEN_BADGES_3_EXTENSIONS,
            {"grade": "https://own.example.org/grade"},
        ],
        "id": f"{BASE}77",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Badge",
        "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Issuer"},
        "validFrom": "2026-01-01T00:00:00Z",
        "grade": "A",
        "evidence": [{"id": f"{BASE}77", "type": ["Evidence"]}],
        "credentialSubject": {
            "id": "did:example:holder",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": "a@example.org",
                    "identityType": "emailAddress",
                }
            ],
            "source": {"id": "did:example:holder", "type": ["Profile"]},
            "achievement": {
                "id": "urn:uuid:achievement",
                "type": ["Achievement"],
                "name": "Reading",
                "description": "Reads.",
                "criteria": {"narrative": "Read."},
                "creator": {"id": ISSUER, "type": ["Profile"]},
                "related": [
                    {"id": f"{BASE}77", "type": ["Related"]},
                    {"id": f"{LIST}#7", "type": ["Related"]},
                    {"id": "urn:uuid:achievement", "type": ["Related"]},
                ],
                "tag": ["a", "b"],
                "creditsAvailable": 2,
            },
        },
        **members,
    }
    return add_proof(made, KEY, NOW)


BITSTRING = {
    "id": f"{LIST}#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": LIST,
}
GOOD = badge()
CASES = {
    "good": (GOOD, "verified"),
    "listed": (
        badge(credentialStatus={"id": REVOKED, "type": "1EdTechRevocationList"}),
        "revoked",
    ),
    "bit": (badge(credentialStatus=BITSTRING), "revoked"),
    "expired": (badge(validUntil="2026-02-01T00:00:00Z"), "expired"),
    "logged": (badge(name="Logged"), "forged"),
}


def web() -> Shelf:
    shelf, bits = Shelf(), Bitstring()
    bits[7] = True
    shelf.documents[DID_URL] = did_web_document(ISSUER, [IssuerKey(KEY.id, NOW)])
    shelf.documents[LIST] = signed_list(KEY, bits)
    shelf.documents[REVOKED] = {
        "id": REVOKED,
        "issuer": ISSUER,
        "revokedCredential": [{"id": f"{BASE}77"}],
    }
    return shelf


def judged(document: Document, in_log: bool = True) -> VerificationReport:
    def log(shown: Document) -> Any:
        asked = shown.get("id") == f"{BASE}77"
        return ("failed", "not in it") if asked and not in_log else None

    policy = IssuerPolicy({ISSUER: "Issuer"})
    return Verifier(web(), NOW, policy, log).verify(json.dumps(document), recipient="a@example.org")


def meaning(document: Document) -> str | None:
    """The canonical statements of a document, by no code of ours; None if it has none."""

    def load(url: str, _options: Any) -> Any:
        return {"contextUrl": None, "documentUrl": url, "document": context_document(url)}

    bare = {name: item for name, item in document.items() if name != "proof"}
    try:
        expanded = jsonld.expand(bare, {"documentLoader": load})
        data = json.dumps(expanded).encode()
        dataset = pyoxigraph.Dataset(pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.JSON_LD))
    except Exception:
        return None
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    lines = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS) or b""
    return "\n".join(sorted(lines.decode().split("\n")))


SAID = {name: meaning(document) for name, (document, _) in CASES.items()}
BEFORE = {name: judged(document, name != "logged") for name, (document, _) in CASES.items()}


def test_the_cases_are_what_they_are_called() -> None:
    found = {name: report.outcome for name, report in BEFORE.items()}
    assert found == {name: outcome for name, (_, outcome) in CASES.items()}
    assert BEFORE["good"].verified


def holds(name: str, twin: Document) -> bool:
    """The verdict and what is shown stay, or it is refused; gives whether the meaning stayed."""
    before, after = BEFORE[name], judged(twin, name != "logged")
    same = (after.answer, after.outcome, after.summary) == (
        before.answer,
        before.outcome,
        before.summary,
    )
    refused = after.answer == "not verified"
    means_the_same = meaning(twin) == SAID[name]
    if means_the_same:
        assert same or refused, (after.outcome, twin)
    else:
        assert not after.verified, twin
    return means_the_same


def with_context(document: Document, **terms: Any) -> Document:
    return {**document, "@context": [*document["@context"], terms]}


def test_an_id_that_a_prefix_shortens() -> None:
    for name in CASES:
        twin = with_context(CASES[name][0], x=BASE)
        for prefixed in ({"id": "x:77"}, {"evidence": [{"id": "x:77", "type": ["Evidence"]}]}):
            assert holds(name, {**twin, **prefixed}), "or the test would prove nothing"
            assert judged({**twin, **prefixed}).outcome in ("malformed", "expired")


@pytest.mark.parametrize(
    "unsigned",
    [
        {"evidence": [{"id": "https://e.org/a b", "type": ["Evidence"], "name": "PhD"}]},
        {"evidence": [{"id": "https://e.org/<b>", "type": ["Evidence"], "name": "PhD"}]},
        {"description": {"@value": "PhD", "@language": "not a tag"}},
        {"endorsement": []},
        {"name": [], "x": []},
    ],
)
def test_what_rdf_drops_is_not_let_by(unsigned: Document) -> None:
    """The library leaves out what it finds ill-formed; the signature holds without it."""
    twin = {**GOOD, **unsigned}
    found = judged(twin)
    assert not found.verified or found.summary == BEFORE["good"].summary
    assert not found.verified or unsigned == {"endorsement": []}


def test_a_blank_property_is_no_property() -> None:
    assert not judged({**with_context(GOOD, phd="_:p"), "phd": "PhD"}).verified


# --- any rewriting -------------------------------------------------------------------------------

Rewriting = Callable[[Document, st.DataObject], Document]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in pairs:
        if path or key not in ("@context", "proof"):
            found.append((*path, key))
            if isinstance(item, dict | list):
                found += _places(item, (*path, key))
    return found


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


IRIS = {
    "credentialStatus": {"@id": f"{CRED}credentialStatus", "@type": "@id"},
    "validUntil": {
        "@id": f"{CRED}validUntil",
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
    },
    "name": "https://schema.org/name",
    "issuer": {"@id": f"{CRED}issuer", "@type": "@id"},
    "evidence": {"@id": f"{CRED}evidence", "@type": "@id"},
    "achievement": f"{OB}achievement",
    "criteria": {"@id": f"{OB}Criteria", "@type": "@id"},
    "identifier": f"{OB}identifier",
    "identityType": f"{OB}identityType",
    "identityHash": f"{OB}identityHash",
    "grade": "https://own.example.org/grade",
    "id": "@id",
    "type": "@type",
    "credentialSubject": {"@id": f"{CRED}credentialSubject", "@type": "@id"},
    "statusListIndex": "https://www.w3.org/ns/credentials/status#statusListIndex",
    "statusListCredential": {
        "@id": "https://www.w3.org/ns/credentials/status#statusListCredential",
        "@type": "@id",
    },
}
NAMES = ["x", "Criteria", "Profile", "issuedOn", "expires", "badge", "expirationDate", "narrative"]


def prefix(document: Document, data: st.DataObject) -> Document:
    """An id or type by a prefix of an inline context, or a term's name."""
    texts = [p for p in _places(document) if isinstance(_at(document, p), str)]
    path = data.draw(st.sampled_from([p for p in texts if ":" in _at(document, p)]))
    text = _at(document, path)
    ends = [place + 1 for place, character in enumerate(text) if character in ":/#"]
    cut = data.draw(st.sampled_from(ends))
    name = data.draw(st.sampled_from(["x", "x", "x", "urn", "did", "name"]))
    long = {"@id": text[:cut], "@prefix": True}
    definition = data.draw(st.sampled_from([text[:cut], text[:cut], long]))
    _at(document, path[:-1])[path[-1]] = f"{name}:{text[cut:]}"
    return with_context(document, **{name: definition})


def other_name(document: Document, data: st.DataObject) -> Document:
    """A member by its IRI, by a name of an inline context, or by another term."""
    paths = [p for p in _places(document) if p[-1] in IRIS]
    path = data.draw(st.sampled_from(paths))
    definition = IRIS[path[-1]]
    iri = definition["@id"] if isinstance(definition, dict) else definition
    name = data.draw(st.sampled_from([*NAMES, iri]))
    holder = _at(document, path[:-1])
    holder[name] = holder.pop(path[-1])
    return document if name == iri else with_context(document, **{name: definition})


def around(document: Document, data: st.DataObject) -> Document:
    """Something around a value that RDF does not see, or another form of the same value."""
    path = data.draw(st.sampled_from(_places(document)))
    value, holder = _at(document, path), _at(document, path[:-1])
    kinds: list[Any] = [[value], [value, value], [[value]], {"@set": [value]}, {"@list": [value]}]
    if isinstance(value, str):
        stamp = "http://www.w3.org/2001/XMLSchema#dateTime"
        kinds += [{"@value": value}, {"@value": value, "@type": stamp}, {"id": value}]
        kinds += [{"@id": value}, f" {value}", value.upper(), value.replace("https", "HTTPS")]
    if isinstance(value, bool):
        kinds += [str(value).lower(), {"@value": value}, int(value)]
    elif isinstance(value, int):
        kinds += [float(value), str(value), f"{value}.0E0"]
    if isinstance(value, list):
        kinds += [value[::-1], value[0] if value else value, [*value, *value], []]
    if isinstance(value, dict):
        kinds += [{"@graph": [value]}, dict(reversed(value.items())), value.get("id", value)]
    holder[path[-1]] = data.draw(st.sampled_from(kinds))
    return document


def moved(document: Document, data: st.DataObject) -> Document:
    """A member of a thing said where its id occurs a second time, or beside it all."""
    paths = [p for p in _places(document) if isinstance(_at(document, p), dict)]
    things = [(), *(p for p in paths if "id" in _at(document, p))]
    source = _at(document, data.draw(st.sampled_from(things)))
    twins = [_at(document, p) for p in things]
    twins = [t for t in twins if t is not source and t.get("id") == source.get("id")]
    names = [n for n in source if n not in ("id", "@context", "proof")]
    if not names:
        return document
    name = data.draw(st.sampled_from(names))
    if twins and data.draw(st.booleans()):
        target = data.draw(st.sampled_from(twins))
    else:
        target = {"id": source.get("id")}
        keyword = data.draw(st.sampled_from(["@included", "endorsement", "related", "proof"]))
        document.setdefault(keyword, [target])
    if name == "type" and "type" in target:
        target["type"] = [*_list(target["type"]), *_list(source["type"])]
    else:
        target[name] = copy.deepcopy(source[name])
    if data.draw(st.booleans()):
        target.setdefault("type", source.get("type", []))
    if data.draw(st.integers(0, 3)):
        del source[name]
    return document


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def contexts(document: Document, data: st.DataObject) -> Document:
    """Other contexts, or the same ones elsewhere."""
    own = document["@context"]
    other = data.draw(
        st.sampled_from(
            [
                "https://www.w3.org/2018/credentials/v1",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
                "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
                "https://w3id.org/security/data-integrity/v2",
                "https://www.w3.org/ns/credentials/undefined-terms/v2",
                {"@base": BASE},
                {"@vocab": CRED},
                {"@language": "en"},
                {"id": "@id"},
                {"@propagate": False, "y": BASE},
            ]
        )
    )
    place = data.draw(st.integers(0, len(own)))
    if data.draw(st.booleans()):
        return {**document, "@context": [*own[:place], other, *own[place:]]}
    if data.draw(st.booleans()):
        return {**document, "@context": [*own[:place], other, *own[place + 1 :]]}
    holder = data.draw(st.sampled_from([p for p in _places(document) if p[-1] != "@context"]))
    value = _at(document, holder)
    if isinstance(value, dict):
        value["@context"] = other
    return document


def added(document: Document, data: st.DataObject) -> Document:
    """More, that says nothing to RDF."""
    holders = [p for p in [(), *_places(document)] if isinstance(_at(document, p), dict)]
    holder = _at(document, data.draw(st.sampled_from(holders)))
    name = data.draw(
        st.sampled_from(["name", "evidence", "endorsement", "expirationDate", "_:p", "@index", "x"])
    )
    nothing = data.draw(
        st.sampled_from(
            [
                [],
                None,
                [None],
                {"@set": []},
                {"id": "https://e.org/a b", "name": "PhD", "type": ["Evidence"]},
                {"id": "relative", "name": "PhD"},
                {"@value": None},
                {"@value": "PhD", "@language": "no tag"},
                "PhD",
            ]
        )
    )
    holder.setdefault(name, nothing)
    return document


REWRITINGS: list[Rewriting] = [prefix, other_name, around, moved, contexts, added]


@settings(
    max_examples=examples(100),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_any_rewriting_keeps_the_verdict_or_is_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(CASES)))
    document = copy.deepcopy(CASES[name][0])
    for rewriting in data.draw(st.lists(st.sampled_from(REWRITINGS), min_size=1, max_size=2)):
        document = rewriting(document, data)
    try:
        json.dumps(document)
    except ValueError:  # it holds itself
        return
    holds(name, document)
