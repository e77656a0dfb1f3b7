"""One way of writing a thing: that what was signed is what is read.

A proof over RDF covers what a document means, and JSON-LD can say the same in many ways. We read
members by their names, so a holder could hide one (a status, an end) from us and leave its meaning,
and with it the proof, untouched: by writing the IRI in its name's place, by a context that gives
it another name, or by saying it of the same id elsewhere. Such documents are refused.
Source: VC Data Integrity 1.0 §2.4.1 (validating contexts); VC Data Model 2.0 §6.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from badges.contexts import known_contexts
from badges.document import Document, as_list

_VALUE_OBJECT = {"@value", "@language", "@direction", "@type"}
_OF_ANOTHER = {"endorsement", "verifiableCredential"}
"""Members that hold documents of their own, which are looked at on their own."""


def spelling_problems(document: Document) -> Iterator[str]:
    """Where a document says something in another way than by the standards' names."""
    identifier = document.get("id")
    for node in _nodes(document):
        if "@context" in node:
            for context in as_list(node["@context"]):
                if isinstance(context, dict):
                    yield from _context_problems(context)
        for name in node:
            if name[:1] == "@":
                if name != "@context" and not ("@value" in node and node.keys() <= _VALUE_OBJECT):
                    yield f"{name} is not written as the standards write it"
            elif ":" in name:
                yield f"{name!r} stands where the name of a term should"
        is_this = node.get("id", _NOWHERE) == identifier and node is not document
        if is_this and node.keys() - {"id", "type"}:
            yield f"{identifier!r} is described in two places"


_NOWHERE = object()


def _nodes(document: Document) -> list[dict[str, Any]]:
    """Every object of a document, without those of documents inside it."""
    found, waiting = [], [document]
    while waiting:
        node = waiting.pop()
        found.append(node)
        for name, item in node.items():
            if name == "@context" or name in _OF_ANOTHER:
                continue
            if isinstance(item, dict):
                waiting.append(item)
            elif isinstance(item, list):
                waiting.extend(_objects(item))
    return found


def _objects(items: list[Any]) -> list[dict[str, Any]]:
    """The objects of an array, and of arrays in it."""
    found = []
    for item in items:
        if isinstance(item, dict):
            found.append(item)
        elif isinstance(item, list):
            found.extend(_objects(item))
    return found


def _context_problems(context: dict[str, Any]) -> Iterator[str]:
    """An inline context may add words; it may not give the standards' meanings other names."""
    for name, definition in context.items():
        if name in ("@protected", "@version"):
            continue
        iri = definition.get("@id") if isinstance(definition, dict) else definition
        plain = not isinstance(definition, dict) or definition.keys() <= {
            "@id",
            "@type",
            "@protected",
        }
        if name.startswith("@") or not isinstance(iri, str) or not plain:
            yield f"the inline context's {name!r} is more than the name of something new"
        elif iri in _known_iris() or iri.startswith("@"):
            yield f"the inline context gives {iri} the name {name!r}"
        elif iri.partition(":")[0] in context.keys() | _known_terms():
            yield f"the inline context writes {name!r} with a prefix"


@cache
def _known_iris() -> frozenset[str]:
    return frozenset(iri for _, iri in _definitions(known_contexts()))


@cache
def _known_terms() -> frozenset[str]:
    return frozenset(name for name, _ in _definitions(known_contexts()))


def _definitions(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, definition in value.items():
        if isinstance(definition, str) and not name.startswith("@"):
            yield name, definition
        elif isinstance(definition, Mapping):
            if "@id" in definition and isinstance(definition["@id"], str):
                yield name, definition["@id"]
            yield from _definitions(definition)
