"""Examples out of schemas: values such as a real ledger has, for each kind of field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_UUID = "9f1c2d34-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
_TIME = "2026-03-03T14:30:00Z"

_NAMED: Mapping[str, Any] = {
    "name": "Checking for Understanding",
    "email": "ana.reyes@example.org",
    "handle": "k3v9q2mz",
    "label": "nightly sync",
    "secret": "tst_5kYw0mZ1b3QeT7uRj2…",
    "days": 7,
    "reason": "requested-by-holder",
    "note": "Asked by mail on 3 March.",
    "grounds": "Round two shows what was missing.",
    "statement": "I check for understanding every ten minutes.",
    "comment": "We saw it in every classroom.",
    "badge": f"https://credentials.example.org/badges/{_UUID}",
    "url": f"https://credentials.example.org/badges/{_UUID}",
    "endorsement": f"https://credentials.example.org/endorsements/{_UUID}",
    "target": "did:web:credentials.example.org",
    "endorser": "did:web:university.example.edu",
    "state": "submitted",
    "status": "active",
    "verdict": "accepted",
    "schoolYear": "2025-26",
    "school_year": "2025-26",
    "first": "2026-03-03",
    "roleCard": "Lead Teacher",
    "description": "Uses what students say to decide what to teach next.",
    "criteria": "Three lessons, each with a check and what followed from it.",
    "levels": {"practice": "demonstrated"},
    "feedback": {"practice": "Show what you changed after the check."},
    "number": 1,
    "version": 3,
    "round": 1,
    "part": "reflection",
    "mediaType": "application/pdf",
    "title": "Reflection",
    "kind": "campus",
}
"""By the names of fields, where the schema allows them."""

_PATTERNED = ("practice", "https://case.example.org/items/1", "en", "0123456789abcdef" * 4)
"""For what must have a form that its schema gives."""


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "") -> Any:
    """A value that fits the schema; ``schemas`` are those that it refers to."""
    return _made(schema, schemas, name, ())


def _made(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, inside: tuple[str, ...]
) -> Any:
    if (reference := schema.get("$ref")) is not None:
        key = str(reference).rpartition("/")[2]
        return {} if key in inside else _made(schemas[key], schemas, name, (*inside, key))
    for given in ("const", "example"):
        if given in schema:
            return schema[given]
    if choices := schema.get("enum"):
        return _NAMED[name] if _NAMED.get(name) in choices else choices[0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            some = [each for each in schema[several] if each.get("type") != "null"]
            return _made(some[0] if some else {}, schemas, name, inside)
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return _object(schema, schemas, name, inside)
    if kind == "array":
        one = _made(schema.get("items", {}), schemas, name, inside)
        return [one] * max(1, schema.get("minItems", 1))
    return _plain(schema, kind, name)


def _object(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, inside: tuple[str, ...]
) -> Any:
    properties = schema.get("properties")
    if properties:
        return {
            key: _made(value, schemas, key, inside)
            for key, value in properties.items()
            if "default" not in value or key in schema.get("required", ())
        }
    if name in _NAMED and isinstance(_NAMED[name], dict):
        return _NAMED[name]
    further = schema.get("additionalProperties")
    if not isinstance(further, dict):
        return {}
    keys = schema.get("propertyNames", {}).get("enum", ["practice"])
    return {keys[0]: _made(further, schemas, "", inside)}


def _plain(schema: Mapping[str, Any], kind: Any, name: str) -> Any:
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        known = _NAMED.get(name)
        return known if isinstance(known, int) else int(schema.get("minimum", 3))
    if kind != "string":
        return None
    form = schema.get("format")
    if form == "uuid":
        return _UUID
    if form == "date-time":
        return _TIME
    if form == "date":
        return _TIME[:10]
    known = _NAMED.get(name)
    texts = [known] if isinstance(known, str) else ["…"]
    if pattern := schema.get("pattern"):
        texts = [text for text in (*texts, *_PATTERNED) if re.search(pattern, text)] or texts
    return texts[0][: schema.get("maxLength", len(texts[0]))]
