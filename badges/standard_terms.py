"""What the standards' contexts define, all taken together: their names, IRIs and kinds of value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from badges.contexts import known_contexts

_NATIVE = ("#boolean", "#float", "#double", "#decimal")


@cache
def known_iris() -> frozenset[str]:
    """Every IRI that has a name."""
    return frozenset(iri for _, iri, _ in _everywhere() if ":" in iri)


@cache
def known_terms() -> frozenset[str]:
    """Every name."""
    return frozenset(name for name, _, _ in _everywhere())


@cache
def classes_that_are_properties() -> frozenset[str]:
    """Names of classes that share their IRI with a member (``Criteria`` and ``criteria``), so
    that RDF cannot tell them apart where one stands for the other."""
    names = defaultdict(set)
    for name, iri, _ in _everywhere():
        names[iri].add(name)
    return frozenset(
        name
        for alike in names.values()
        if any(other[0].islower() for other in alike)
        for name in alike
        if name[0].isupper()
    )


@cache
def native_terms() -> frozenset[str]:
    """Names whose values JSON writes as true, false or a number."""
    return frozenset(
        name for name, _, kind in _everywhere() if isinstance(kind, str) and kind.endswith(_NATIVE)
    )


@cache
def json_terms() -> frozenset[str]:
    """Names whose values are JSON as it stands, not JSON-LD."""
    return frozenset(name for name, _, kind in _everywhere() if kind == "@json")


@cache
def terms_of_type(kind: str) -> frozenset[str]:
    """The names that only a node of this type has, in any version."""
    found: set[str] = set()
    for context in known_contexts().values():
        definition = context.get(kind)
        if isinstance(definition, dict) and isinstance(definition.get("@context"), dict):
            found |= definition["@context"].keys()
    return frozenset(found)


@cache
def terms_of_all() -> frozenset[str]:
    """The names that any node may have."""
    return frozenset(
        name for context in known_contexts().values() for name in context if name[0] != "@"
    )


@cache
def _everywhere() -> tuple[tuple[str, str, object], ...]:
    return tuple(found for context in known_contexts().values() for found in _terms(context))


def _terms(context: Mapping[str, Any]) -> Iterator[tuple[str, str, object]]:
    for name, definition in context.items():
        if name.startswith("@"):
            continue
        if isinstance(definition, str):
            yield name, definition, None
        else:
            yield name, definition["@id"], definition.get("@type")
            yield from _terms(definition.get("@context") or {})
