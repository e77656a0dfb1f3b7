"""The shape of an Open Badge, for badges of any issuer: what the JSON Schema asks and more.

Sources: Open Badges 3.0 §B; requirements E1–E6, A1, A2, A5–A11. Returns what is wrong in words;
an empty list means that the document has the shape of its type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from badges.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from badges.document import Document, as_list, parse_time
from badges.errors import MalformedDocument

_OPEN_BADGES_CONTEXT = re.compile(
    r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)*\.json"
)
_CLR_CONTEXT = re.compile(r"https://purl\.imsglobal\.org/spec/clr/v2p0/context(-2\.\d\.\d)*\.json")
_TYPED = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse")
_OWN_WORDS = {"issuer", "credentialSubject", "name", "description"}
_BADGE_TYPES = {"OpenBadgeCredential", "AchievementCredential"}


def context_problems(document: Document) -> Iterator[str]:
    """What is wrong with the order of contexts (E1)."""
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not contexts:
        yield "@context is not an array"
        return
    if contexts[0] not in (CREDENTIALS_V2, CREDENTIALS_V1):
        yield f"the first context is not {CREDENTIALS_V2}"
    second = contexts[1] if len(contexts) > 1 and isinstance(contexts[1], str) else ""
    if "ClrCredential" in as_list(document.get("type")):
        if not _CLR_CONTEXT.fullmatch(second):
            yield "the second context is not CLR 2.0"
    elif is_open_badge(document) and not _OPEN_BADGES_CONTEXT.fullmatch(second):
        yield "the second context is not Open Badges 3.0"


def shape_problems(document: Document) -> Iterator[str]:
    """What is wrong with the members of a credential or presentation (E3–E6, A1–A12)."""
    kinds = as_list(document.get("type"))
    if is_presentation(document):
        yield from _presentation_problems(document)
        return
    if "VerifiableCredential" not in kinds:
        yield "type does not contain VerifiableCredential"
    if "id" in document and not _is_uri(document["id"]):
        yield "id is not a URI"
    yield from _date_problems(document)
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
    subjects = as_list(document.get("credentialSubject"))
    if not subjects or not all(isinstance(subject, dict) and subject for subject in subjects):
        yield "credentialSubject is not an object"
    elif is_open_badge(document):
        yield from _badge_problems(document, subjects)
    elif "EndorsementCredential" in kinds:
        yield from _endorsement_problems(document, subjects[0])
    elif "ClrCredential" in kinds:
        yield from _clr_problems(document, subjects)


def is_presentation(document: Document) -> bool:
    """Whether the document presents credentials, and says nothing of its own as one would."""
    kinds = as_list(document.get("type"))
    own = "VerifiableCredential" in kinds or not document.keys().isdisjoint(_OWN_WORDS)
    return "VerifiablePresentation" in kinds and not own


def is_open_badge(document: Document) -> bool:
    """Whether the credential calls itself an Open Badge 3.0."""
    kinds = as_list(document.get("type"))
    return any(isinstance(kind, str) and kind in _BADGE_TYPES for kind in kinds)


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


def _endorsement_problems(document: Document, subject: dict[str, Any]) -> Iterator[str]:
    """A12."""
    for name in ("id", "name"):
        if not isinstance(document.get(name), str):
            yield f"an endorsement needs a {name}"
    if "EndorsementSubject" not in as_list(subject.get("type")):
        yield "credentialSubject is not an EndorsementSubject"
    if not _is_uri(subject.get("id")):
        yield "credentialSubject has no id: it endorses nothing"


def _clr_problems(document: Document, subjects: list[dict[str, Any]]) -> Iterator[str]:
    """CLR 2.0: a named record of whole credentials."""
    for name in ("id", "name"):
        if not isinstance(document.get(name), str):
            yield f"a CLR needs a {name}"
    subject = subjects[0]
    if len(subjects) != 1 or "ClrSubject" not in as_list(subject.get("type")):
        yield "credentialSubject is not one ClrSubject"
    if not as_list(subject.get("verifiableCredential")):
        yield "the CLR holds no credential"


def _date_problems(document: Document) -> Iterator[str]:
    first = as_list(document.get("@context"))[:1]
    old = first == [CREDENTIALS_V1]
    start, end = ("issuanceDate", "expirationDate") if old else ("validFrom", "validUntil")
    if start not in document and (old or is_open_badge(document)):
        yield f"{start} is missing"
    times = {}
    for name in (start, end, "awardedDate"):
        if name in document:
            try:
                times[name] = parse_time(document[name])
            except MalformedDocument as error:
                yield f"{name}: {error}"
    if start in times and end in times and times[end] < times[start]:
        yield f"{end} is before {start}"


def _badge_problems(document: Document, subjects: list[dict[str, Any]]) -> Iterator[str]:
    if "id" not in document:
        yield "an Open Badge needs an id"
    issuer = document.get("issuer")
    if not isinstance(issuer, dict) or "Profile" not in as_list(issuer.get("type")):
        yield "issuer is not a Profile"
    if len(subjects) != 1:
        yield "an Open Badge has one credentialSubject"
    subject = subjects[0]
    if "AchievementSubject" not in as_list(subject.get("type")):
        yield "credentialSubject is not an AchievementSubject"
    if "id" not in subject and not as_list(subject.get("identifier")):
        yield "credentialSubject has neither an id nor an identifier"
    for evidence in as_list(document.get("evidence")):
        if not isinstance(evidence, dict) or "Evidence" not in as_list(evidence.get("type")):
            yield "an evidence is not of type Evidence"
    achievement = subject.get("achievement")
    if not isinstance(achievement, dict):
        yield "credentialSubject has no achievement"
        return
    yield from _achievement_problems(achievement)
    yield from _result_problems(achievement, as_list(subject.get("result")))


def _achievement_problems(achievement: dict[str, Any]) -> Iterator[str]:
    if not _is_uri(achievement.get("id")):
        yield "achievement has no id"
    if "Achievement" not in as_list(achievement.get("type")):
        yield "achievement is not of type Achievement"
    for name in ("name", "description"):
        if not isinstance(achievement.get(name), str):
            yield f"achievement has no {name}"
    criteria = achievement.get("criteria")
    if not isinstance(criteria, dict) or not criteria.keys() & {"id", "narrative"}:
        yield "achievement has no criteria with an id or a narrative"
    for alignment in as_list(achievement.get("alignment")):
        if not isinstance(alignment, dict) or not (
            "Alignment" in as_list(alignment.get("type"))
            and isinstance(alignment.get("targetName"), str)
            and _is_uri(alignment.get("targetUrl"))
        ):
            yield "an alignment lacks its type, targetName or targetUrl"


def _result_problems(achievement: dict[str, Any], results: list[Any]) -> Iterator[str]:
    levels: dict[str, list[object]] = {}
    for description in as_list(achievement.get("resultDescription")):
        if not isinstance(description, dict) or not isinstance(description.get("id"), str):
            yield "a resultDescription has no id"
            continue
        if "ResultDescription" not in as_list(description.get("type")):
            yield f"{description['id']} is not of type ResultDescription"
        levels[description["id"]] = known = [
            level.get("id")
            for level in as_list(description.get("rubricCriterionLevel"))
            if isinstance(level, dict)
        ]
        if "requiredLevel" in description and description["requiredLevel"] not in known:
            yield f"requiredLevel {description['requiredLevel']!r} is not of its criterion"
    everywhere = [level for known in levels.values() for level in known]
    for result in results:
        if not isinstance(result, dict) or "Result" not in as_list(result.get("type")):
            yield "a result is not of type Result"
            continue
        described = result.get("resultDescription")
        if described is not None and not (isinstance(described, str) and described in levels):
            yield f"result refers to {described!r}, which this achievement does not describe"
        # The specification's own complete example names a level of another criterion.
        if "achievedLevel" in result and result["achievedLevel"] not in everywhere:
            yield f"achievedLevel {result['achievedLevel']!r} is not described"


def _is_uri(value: object) -> bool:
    return isinstance(value, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S+$", value) is not None
