"""Reading the tables, and the JSON Schemas (draft 2019-09) that they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from badges.schemas.forms import Form, Published, Schema

DRAFT = "https://json-schema.org/draft/2019-09/schema#"


@dataclass
class Definition:
    """A line that names something: its kind, its words, and the members of an object."""

    kind: str
    words: list[str]
    members: list[tuple[str, list[str]]] = field(default_factory=list)


def published_urls() -> list[str]:
    """Where the schemas are published that we have tables of."""
    return list(_read()[0])


def published_schema(url: str) -> Schema:
    """The schema at ``url``, as it is published, but for its prose. Raises KeyError."""
    return schema_of(_read()[0][url], Published())


def schema_of(name: str, form: Form) -> Schema:
    """The schema of the object ``name`` in one form, with all that it refers to."""
    rendering = _Rendering(form)
    root = rendering.definition(name)
    return {"$schema": DRAFT, **root, "$defs": rendering.definitions}


class _Rendering:
    """Definitions are rendered as they are first referred to; they refer to each other."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.definitions: dict[str, Schema] = {}

    def definition(self, name: str) -> Schema:
        found = _read()[1][name]
        if found.kind == "either":
            thing, text = found.words
            return self._form.either(self._type([thing]), self._type([text]))
        members: dict[str, Schema] = {}
        required = []
        for member, words in found.members:
            bare = member.removesuffix("!")
            members[bare] = self._type(words)
            if bare != member:
                required.append(bare)
        return self._form.object(members, required, closed=found.kind == "closed")

    def _type(self, words: list[str]) -> Schema:
        form, word = self._form, words[0]
        match word:
            case "is":
                return form.only_text(words[1])
            case "has":
                return form.names([choice.split("|") for choice in words[1:]])
            case "begins":
                return form.contexts(words[1:], self._type(["Context"]))
            case "map":
                return {"type": "object"}
        if word[-1] in "*+":
            return form.several(self._type([word[:-1]]), 1 if word[-1] == "+" else 0)
        named = _read()[1].get(word)
        if named is None:
            return form.plain(word)
        if named.kind in ("open", "only"):
            return form.choice(named.words, named.kind == "open")
        if word not in self.definitions:
            self.definitions[word] = {}
            self.definitions[word] = self.definition(word)
        return {"$ref": f"#/$defs/{word}"}


@cache
def _read() -> tuple[dict[str, str], dict[str, Definition]]:
    """What is published where, and every definition by its name."""
    published: dict[str, str] = {}
    definitions: dict[str, Definition] = {}
    newest = Definition("", [])
    for line, words in _lines():
        if words[0] == "publish":
            published[words[1]] = words[2]
        elif words[0] == "+":
            newest.words += words[1:]
        elif line[0] == " ":
            newest.members.append((words[0], words[1:]))
        else:
            newest = definitions[words[1]] = Definition(words[0], words[2:])
    return published, definitions


def _lines() -> Iterator[tuple[str, list[str]]]:
    for file in files(__package__).iterdir():
        if file.name.endswith(".schema"):
            for line in file.read_text(encoding="utf-8").splitlines():
                if words := line.split():
                    yield line, words
