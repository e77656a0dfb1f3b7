"""The shape of a credential of any issuer: its standard's schema, and what that cannot say.

Sources: Open Badges 3.0 §B and its JSON Schemas, CLR 2.0, VC Data Model 2.0 §4; requirements E1–E6,
A1, A2, A12. Returns what is wrong in words; an empty list means that the document has the shape of
its type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import Any

from badges.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from badges.document import Document, as_list, parse_time
from badges.errors import MalformedDocument
from badges.schemas import schema_problems
from badges.verification.results import result_problems

_OPEN_BADGES_CONTEXT = re.compile(
    r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)*\.json"
)
_CLR_CONTEXT = re.compile(r"https://purl\.imsglobal\.org/spec/clr/v2p0/context(-2\.\d\.\d)*\.json")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_MOST_PROBLEMS = 5
_TYPED = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")
_OWN_WORDS = {"issuer", "credentialSubject", "name", "description"}
_SCHEMAS = {
    "OpenBadgeCredential": "AchievementCredential",
    "AchievementCredential": "AchievementCredential",
    "EndorsementCredential": "EndorsementCredential",
    "ClrCredential": "ClrCredential",
}


def context_problems(document: Document) -> Iterator[str]:
    """What is wrong with the order of contexts (E1)."""
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not contexts:
        yield "@context is not an array"
        return
    if contexts[0] not in (CREDENTIALS_V2, CREDENTIALS_V1):
        yield f"the first context is not {CREDENTIALS_V2}"
    second = contexts[1] if len(contexts) > 1 and isinstance(contexts[1], str) else ""
    asked = _schemas(document)
    if "ClrCredential" in asked:
        if not _CLR_CONTEXT.fullmatch(second):
            yield "the second context is not CLR 2.0"
    elif asked and not _OPEN_BADGES_CONTEXT.fullmatch(second):
        yield "the second context is not Open Badges 3.0"


def shape_problems(document: Document) -> Iterator[str]:
    """What is wrong with the members of a credential or presentation (E3–E6, A1–A12): the first
    five things, in few words.

    A document is held to the schema of each type that it claims to be; one of no such type to the
    data model alone.
    """
    return islice(_shape_problems(document), _MOST_PROBLEMS)


def _shape_problems(document: Document) -> Iterator[str]:
    if is_presentation(document):
        yield from _presentation_problems(document)
        return
    before = as_list(document.get("@context"))[:1] == [CREDENTIALS_V1]
    asked = _schemas(document)
    problems = [
        problem for name in sorted(asked) for problem in schema_problems(document, name, before)
    ]
    if not asked:
        problems += _credential_problems(document)
    if problems:
        yield from problems
        return
    yield from _date_problems(document, before)
    if "AchievementCredential" in asked:
        yield from _badge_problems(document["credentialSubject"])


def is_presentation(document: Document) -> bool:
    """Whether the document presents credentials, and says nothing of its own as one would."""
    kinds = as_list(document.get("type"))
    own = "VerifiableCredential" in kinds or not document.keys().isdisjoint(_OWN_WORDS)
    return "VerifiablePresentation" in kinds and not own


def _schemas(document: Document) -> set[str]:
    kinds = as_list(document.get("type"))
    return {_SCHEMAS[kind] for kind in kinds if isinstance(kind, str) and kind in _SCHEMAS}


def _presentation_problems(document: Document) -> Iterator[str]:
    """VC Data Model 2.0 §4.13."""
    holder = document.get("holder")
    if holder is not None and not _is_uri(holder.get("id") if isinstance(holder, dict) else holder):
        yield "holder is neither a URI nor an object with an id"
    if "id" in document and not _is_uri(document["id"]):
        yield "id is not a URI"
    for item in as_list(document.get("verifiableCredential")):
        if isinstance(item, dict) and "type" not in item:
            yield "a presented credential has no type"


def _credential_problems(document: Document) -> Iterator[str]:
    """VC Data Model 2.0 §4, for a credential of which no schema is published."""
    if "VerifiableCredential" not in as_list(document.get("type")):
        yield "type does not contain VerifiableCredential"
    if "id" in document and not _is_uri(document["id"]):
        yield "id is not a URI"
    issuer = document.get("issuer")
    if isinstance(issuer, dict):
        if not _is_uri(issuer.get("id")):
            yield "issuer has no id"
    elif not _is_uri(issuer):
        yield "issuer is neither a URI nor an object"
    for name in _TYPED:
        for entry in as_list(document.get(name)):
            if not isinstance(entry, dict) or not entry.get("type"):
                yield f"{name} has no type"
            elif name == "credentialSchema" and not _is_uri(entry.get("id")):
                yield "credentialSchema has no id"
    subjects = as_list(document.get("credentialSubject"))
    if not subjects or not all(isinstance(subject, dict) and subject for subject in subjects):
        yield "credentialSubject is not an object"


def _date_problems(document: Document, before: bool) -> Iterator[str]:
    """VC Data Model 2.0 §4.9; for 1.1 (§4.5, §4.6) the names of both versions count."""
    if before and "issuanceDate" not in document:
        yield "issuanceDate is missing"
    starts, ends = ("validFrom", "issuanceDate"), ("validUntil", "expirationDate")
    times = {}
    for name in (*starts, *ends):
        if name in document:
            try:
                times[name] = parse_time(document[name])
            except MalformedDocument as error:
                yield f"{name}: {error}"
    for start, end in product(starts, ends):
        if start in times and end in times and times[end] < times[start]:
            yield f"{end} is before {start}"


def _badge_problems(subject: dict[str, Any]) -> Iterator[str]:
    """What the schema of an Open Badge cannot express."""
    if "id" not in subject and not as_list(subject.get("identifier")):
        yield "credentialSubject has neither an id nor an identifier"
    achievement = subject["achievement"]
    if not achievement["criteria"].keys() & {"id", "narrative"}:
        yield "achievement has no criteria with an id or a narrative"
    yield from result_problems(achievement, as_list(subject.get("result")))


def _is_uri(value: object) -> bool:
    return (
        isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", value) is not None
    )
