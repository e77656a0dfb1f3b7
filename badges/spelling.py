"""One way of writing a thing: that what was signed is what is read.

A proof over RDF covers what a document means, and JSON-LD can say the same in many ways. We read
members by their names and values as they stand, so a holder could hide one (a status, an end, an
id) from us and leave its meaning, and with it the proof, untouched: by writing the IRI in its
name's place, by a context that gives it another name or shortens an address, by an array or a
value object around it, or by saying it of the same id elsewhere. Such documents are refused, here
by how they are written, and in ``canonical.py`` by what expansion makes of their values.
Source: VC Data Integrity 1.0 §2.4.1 (validating contexts); VC Data Model 2.0 §6.3.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from badges.document import Document, as_list
from badges.errors import MalformedDocument
from badges.standard_terms import (
    classes_that_are_properties,
    json_terms,
    known_iris,
    known_terms,
    native_terms,
)

DOCUMENTS = {"endorsement", "verifiableCredential"}
"""Members that hold documents of their own, which are judged on their own."""
_WITH_CONTEXT = DOCUMENTS | {"proof"}
_ONE = {
    "id",
    "issuer",
    "holder",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
    "awardedDate",
    "achievement",
    "name",
    "description",
    "narrative",
    "identityType",
    "identityHash",
    "hashed",
    "salt",
    "statusListIndex",
    "statusListCredential",
    "statusSize",
    "encodedList",
    "criteria",
    "achievementType",
    "resultType",
    "value",
    "achievedLevel",
    "requiredLevel",
    "targetName",
    "targetUrl",
    "targetType",
    "created",
    "expires",
    "proofPurpose",
    "verificationMethod",
    "cryptosuite",
    "proofValue",
    "creditsEarned",
    "creditsAvailable",
    "endorsementComment",
}
"""Members that are read as one value. To RDF an array of one is the same; so is a repetition."""
_OLDER_WORDS = {"badge", "issuedOn", "recipient", "verification", "uid", "verify", "evidence"}
"""What Open Badges 2.0 calls things: read too, and in no context that we know."""
_NATIVE = re.compile(r"true|false|-?[0-9]+|-?[0-9]\.[0-9]+E-?[0-9]+", re.ASCII)
_MOST_CONTEXTS = 32
_MOST_OWN_TERMS = 200


def spelling_problems(document: Document) -> Iterator[str]:
    """Where a document says something in another way than by the standards' names."""
    yield from _cost_problems(document)
    waiting: list[tuple[str, dict[str, Any]]] = [("@context", document)]
    while waiting:
        place, node = waiting.pop()
        if "@value" in node:
            if problem := _value_problem(node):
                yield problem
            continue
        for name, value in node.items():
            if name == "@context":
                if place != "@context" and place not in _WITH_CONTEXT:
                    yield f"a context of its own stands in {place!r}"
                for context in as_list(value):
                    if isinstance(context, dict):
                        yield from _context_problems(context)
                continue
            if problem := _member_problem(name, value):
                yield problem
            if name in json_terms():
                continue
            if isinstance(value, dict):
                waiting.append((name, value))
            elif isinstance(value, list):
                for item in value:
                    if isinstance(item, dict):
                        waiting.append((name, item))
                    elif isinstance(item, list):
                        yield f"an array stands in the array {name!r}"


def _value_problem(node: dict[str, Any]) -> str | None:
    """A text may have a language and a direction (VC Data Model 2.0 §11.1); else it is plain."""
    spoken = node.keys() <= {"@value", "@language", "@direction"} and len(node) > 1
    if spoken and isinstance(node["@value"], str):
        return None
    return f"{node['@value']!r} is not written as the standards write it"


def _member_problem(name: str, value: Any) -> str | None:
    if name[:1] == "@":
        return f"{name} is not written as the standards write it"
    if ":" in name:
        return f"{name!r} stands where the name of a term should"
    if name in classes_that_are_properties():
        return f"{name!r} is the name of a class, not of a member"
    if name == "id" and isinstance(value, str) and value.startswith("_:"):
        return f"the id {value!r} is none: it names a blank node"
    if name in ("type", "proofPurpose"):
        for kind in as_list(value):
            if isinstance(kind, str) and (kind in known_iris() or kind.startswith("_:")):
                return f"{name} {kind!r} is not written by its name"
    elif name in native_terms() and any(map(_is_native, as_list(value))):
        return f"{name} is a text, and means a value"
    elif name in _ONE and isinstance(value, list) and _is_no_more_than_one(value):
        return f"{name} is an array, and not of several"
    return None


def _is_native(value: object) -> bool:
    """Whether RDF takes a text for the value true, or false, or a number."""
    return isinstance(value, str) and _NATIVE.fullmatch(value) is not None


def _is_no_more_than_one(value: list[Any]) -> bool:
    return all(item == value[0] for item in value)


def _context_problems(context: dict[str, Any]) -> Iterator[str]:
    """An inline context may add words; it may not give the standards' meanings other names, nor
    the standards' names other meanings, nor be of use as a prefix."""
    for name, definition in context.items():
        if name in ("@protected", "@version"):
            continue
        iri = definition.get("@id") if isinstance(definition, dict) else definition
        plain = not isinstance(definition, dict) or definition.keys() <= {
            "@id",
            "@type",
            "@protected",
        }
        if name.startswith("@") or ":" in name or not isinstance(iri, str) or not plain:
            yield f"the inline context's {name!r} is more than the name of something new"
        elif iri in known_iris() or iri.startswith(("@", "_:")):
            yield f"the inline context gives {iri} the name {name!r}"
        elif (name in known_terms() or name in _OLDER_WORDS) and not iri.endswith(
            (f"#{name}", f"/{name}")
        ):
            yield f"the inline context gives {name!r} another meaning"
        elif (start := iri.partition(":")[0]) in context or start in known_terms():
            yield f"the inline context writes {name!r} with a prefix"


def _cost_problems(document: Document) -> Iterator[str]:
    """A context is worked through at each object that has it, with all of its terms."""
    contexts = as_list(document.get("@context"))
    terms = sum(len(context) for context in contexts if isinstance(context, dict))
    if len(contexts) > _MOST_CONTEXTS or terms > _MOST_OWN_TERMS:
        yield f"more than {_MOST_CONTEXTS} contexts, or {_MOST_OWN_TERMS} terms of its own"


def refuse_rewritten(document: Document, expanded: list[Any]) -> None:
    """Raises MalformedDocument where expansion made something else of an id or a type than what
    is written: then what we read, show and look up is not what was signed."""
    written, kinds = Counter[str](), set[str]()
    _count_written(document, written, kinds)
    signed, known = Counter[str](), set[str]()
    _count_signed(expanded, signed, known)
    changed = list((signed - written).keys()) + [k for k in kinds if ":" in k and k not in known]
    if changed:
        raise MalformedDocument(f"{changed[0]!r} is written in another way than it was signed")


def _count_written(value: object, found: Counter[str], kinds: set[str]) -> None:
    """Every text of a document; types apart."""
    if isinstance(value, str):
        found[value] += 1
    elif isinstance(value, list):
        for item in value:
            _count_written(item, found, kinds)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in ("type", "@type"):
                kinds.update(kind for kind in as_list(item) if isinstance(kind, str))
            elif name != "@context":
                _count_written(item, found, kinds)


def _count_signed(value: object, found: Counter[str], kinds: set[str]) -> None:
    """Every id and text of an expanded document, but for the values that are names of terms."""
    if isinstance(value, list):
        for item in value:
            _count_signed(item, found, kinds)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "@type":
                kinds.update(as_list(item))
            elif name in ("@id", "@value"):
                if isinstance(item, str) and not (name == "@id" and item in known_iris()):
                    found[item] += 1
            else:
                _count_signed(item, found, kinds)
