"""The vocabularies of the standards, known offline.

Each ``.vocab`` file beside this one is our own table of one published JSON-LD context: the
terms it defines, the IRI of each, its coercion and its container. The conformance tests prove
every table equal to the official document. Nothing else is ever loaded as a context.

A table's lines::

    context URL          the published address (several lines: the same context)
    prefix NAME IRI      shorthand in this file only
    @usual               protected; ``id`` and ``type`` stand for @id and @type
    @protected | @version 1.1 | @vocab IRI
    TERM IRI [^COERCION] [*CONTAINER] [:]

``:`` opens the term's own scope, indented beneath it; ``:null`` empties the scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from badges.errors import UnknownContext

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
OPEN_BADGES_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_3_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"

_USUAL = {"@protected": True, "id": "@id", "type": "@type"}
_Line = tuple[int, list[str]]


def context_document(url: str) -> dict[str, Any]:
    """The JSON-LD context document at ``url``. Raises UnknownContext; never fetches."""
    try:
        return {"@context": known_contexts()[url]}
    except KeyError:
        raise UnknownContext(f"context {url!r} is not one of the standards we know") from None


@cache
def known_contexts() -> Mapping[str, dict[str, Any]]:
    """Every context by its published URL."""
    contexts = {}
    for file in files(__package__).iterdir():
        if file.name.endswith(".vocab"):
            urls, context = _read_table(file.read_text(encoding="utf-8"))
            contexts.update(dict.fromkeys(urls, context))
    return MappingProxyType(contexts)


def _read_table(text: str) -> tuple[list[str], dict[str, Any]]:
    urls: list[str] = []
    prefixes: dict[str, str] = {}
    body: list[_Line] = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "context":
            urls.append(words[1])
        elif words[0] == "prefix":
            prefixes[words[1]] = words[2]
        else:
            body.append((len(line) - len(line.lstrip()), words))
    return urls, _read_scope(iter(body), 0, prefixes)[0]


def _read_scope(
    lines: Iterator[_Line], depth: int, prefixes: dict[str, str], first: _Line | None = None
) -> tuple[dict[str, Any], _Line | None]:
    """The scope at ``depth``, and the line after it that belongs to an outer scope."""
    scope: dict[str, Any] = {}
    line = first or next(lines, None)
    while line is not None and line[0] >= depth:
        words = line[1]
        line = None
        if words[0] == "@usual":
            scope.update(_USUAL)
        elif words[0] == "@protected":
            scope["@protected"] = True
        elif words[0] == "@version":
            scope["@version"] = float(words[1])
        elif words[0] == "@vocab":
            scope["@vocab"] = words[1]
        else:
            term: dict[str, Any] = {"@id": _iri(words[1], prefixes)}
            for word in words[2:]:
                if word[0] == "^":
                    term["@type"] = _iri(word[1:], prefixes)
                elif word[0] == "*":
                    term["@container"] = "@" + word[1:]
                elif word == ":null":
                    term["@context"] = None
                else:
                    inner = next(lines)
                    term["@context"], line = _read_scope(lines, inner[0], prefixes, inner)
            scope[words[0]] = term["@id"] if len(term) == 1 else term
        line = line or next(lines, None)
    return scope, line


def _iri(word: str, prefixes: dict[str, str]) -> str:
    prefix, colon, rest = word.partition(":")
    return prefixes[prefix] + rest if colon and prefix in prefixes else word
