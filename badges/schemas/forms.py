"""The two forms of one table: the schema as it is published, and the one that we judge by.

The judging form accepts nothing that the published one refuses, and less:

- A ``type`` that is one text has to be the right one. The published form lets any text pass; three
  of 1EdTech's own fixtures have the wrong one (requirement A11).
- A text is a text. The published form also takes a map of languages, which no published context
  defines, so that none of it would be signed (E8).
- An ``id``, and what refers to one, is an absolute URI (E4).
- A time has the form of xsd:dateTimeStamp too (VC Data Model 2.0 §4.9).
- A term of one's own begins with ``ext:``; the published pattern finds it anywhere in the text.

It also says ``if`` where the other says ``oneOf``, so that it can tell what is wrong, and where.
"""

from __future__ import annotations

from typing import Any, Protocol

from badges.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from badges.document import TIME

Schema = dict[str, Any]

LANGUAGE_TAG = "^[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
"""What ``inLanguage`` may say."""

_FACETS: dict[str, Schema] = {
    "text": {},
    "uri": {},
    "language": {"pattern": LANGUAGE_TAG},
    "jwt": {"pattern": r"^[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+$"},
}
_NOT_TEXT: dict[str, Schema] = {
    "time": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
}


class Form(Protocol):
    """How each kind of line is written as a schema."""

    def object(self, members: dict[str, Schema], required: list[str], closed: bool) -> Schema: ...
    def plain(self, word: str) -> Schema: ...
    def only_text(self, word: str) -> Schema: ...
    def choice(self, words: list[str], is_open: bool) -> Schema: ...
    def several(self, item: Schema, least: int) -> Schema: ...
    def either(self, thing: Schema, text: Schema) -> Schema: ...
    def names(self, wanted: list[list[str]]) -> Schema: ...
    def contexts(self, patterns: list[str], context: Schema) -> Schema: ...


class Published:
    """As the standard's authors publish it."""

    def object(self, members: dict[str, Schema], required: list[str], closed: bool) -> Schema:
        return {
            "type": "object",
            "properties": members,
            "required": required,
            "additionalProperties": not closed,
        }

    def plain(self, word: str) -> Schema:
        return _NOT_TEXT.get(word) or self._text(_FACETS[word])

    def only_text(self, word: str) -> Schema:
        return self._text({"enum": [word]})

    def choice(self, words: list[str], is_open: bool) -> Schema:
        listed = {"type": "string", "enum": words}
        own = {"type": "string", "pattern": "(ext:)[a-z|A-Z|0-9|.|-|_]+"}
        return {"oneOf": [listed, own]} if is_open else listed

    def several(self, item: Schema, least: int) -> Schema:
        more = {"minItems": least} if least else {}
        return {"oneOf": [item, {"type": "array", **more, "items": item}]}

    def either(self, thing: Schema, text: Schema) -> Schema:
        return {"anyOf": [thing, text]}

    def names(self, wanted: list[list[str]]) -> Schema:
        text = self._text({})
        sets: list[Schema] = [
            {"type": "array", "minItems": 1, "contains": {"enum": choice}, "items": text}
            for choice in wanted
        ]
        return {"oneOf": [text, sets[0] if len(sets) == 1 else {"allOf": sets}]}

    def contexts(self, patterns: list[str], context: Schema) -> Schema:
        first: list[Schema] = [{"enum": [CREDENTIALS_V2]}]
        listed = {
            "type": "array",
            "minItems": 1 + len(patterns),
            "items": first + [{"type": "string", "pattern": pattern} for pattern in patterns],
            "additionalItems": context,
        }
        return {"oneOf": [context, listed]}

    def _text(self, facets: Schema) -> Schema:
        text = {"type": "string", **facets}
        languages = {"pattern": "^[a-z]{2}(-[A-Z]{2})?$"}
        in_languages = {
            "type": "object",
            "additionalProperties": text,
            "propertyNames": languages,
        }
        return {"oneOf": [text, in_languages]}


class Judging:
    """As documents are held to it. ``before`` is the form for VC Data Model 1.1, whose dates have
    other names: those are checked with all dates."""

    def __init__(self, before: bool) -> None:
        self._before = before

    def object(self, members: dict[str, Schema], required: list[str], closed: bool) -> Schema:
        if self._before:
            required = [name for name in required if name != "validFrom"]
        return {
            "type": "object",
            "properties": members,
            "required": required,
            "additionalProperties": not closed,
        }

    def plain(self, word: str) -> Schema:
        if word == "uri":
            return {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$"}
        if word == "time":
            return {**_NOT_TEXT["time"], "pattern": TIME}
        return _NOT_TEXT.get(word) or {"type": "string", **_FACETS[word]}

    def only_text(self, word: str) -> Schema:
        return {"enum": [word]}

    def choice(self, words: list[str], is_open: bool) -> Schema:
        if not is_open:
            return {"enum": words}
        listed = "|".join(words)
        return {"type": "string", "pattern": f"^(?:{listed}|ext:[A-Za-z0-9.|_-]+)$"}

    def several(self, item: Schema, least: int) -> Schema:
        return {
            "if": {"type": "array"},
            "then": {"items": item, "minItems": least},
            "else": item,
        }

    def either(self, thing: Schema, text: Schema) -> Schema:
        return {"if": {"type": "string"}, "then": text, "else": thing}

    def names(self, wanted: list[list[str]]) -> Schema:
        one = {"enum": wanted[0]} if len(wanted) == 1 else {"type": "array"}
        held = [{"contains": {"enum": choice}} for choice in wanted]
        then = {"items": {"type": "string"}, "allOf": held}
        return {"if": {"type": "array"}, "then": then, "else": one}

    def contexts(self, patterns: list[str], context: Schema) -> Schema:
        known = [CREDENTIALS_V2, CREDENTIALS_V1] if self._before else [CREDENTIALS_V2]
        first: list[Schema] = [{"enum": known}]
        return {
            "type": "array",
            "minItems": 1 + len(patterns),
            "items": first + [{"type": "string", "pattern": pattern} for pattern in patterns],
            "additionalItems": context,
        }
