"""The short way from a credential to its canonical N-Quads, for the standards' own contexts.

The vocabulary tables say all that a JSON-LD processor would find out about a document that names
only them and uses plain JSON: each term's IRI, coercion and scope. So they are compiled once for
each list of contexts, and a document is written as quads in one walk. Whatever is not plain
(inline contexts, ``@`` members, lists, graphs, odd addresses, undefined terms, an id that is
described in two places) gives None and goes
the long way in ``canonical.py``, which is also the oracle of the tests: both ways give the same
text or this one gives none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from badges.contexts import known_contexts
from badges.document import Document

_RDF_TYPE = " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
_XSD = "http://www.w3.org/2001/XMLSchema#"
_KEYWORDS = {"id": "@id", "type": "@type"}
# Plain ASCII addresses that no processor would change; others go the long way.
_PLAIN_IRI = re.compile(
    r"([a-z][a-z0-9+-]*):(?![^?#]*/\.)(?:[\w\-.~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+"
    r"(?:#(?:[\w\-.~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?",
    re.ASCII,
)
# Control characters, and what is no character in XML 1.1 (canonical N-Quads of RDF 1.2).
_ESCAPED = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF)} | {
    ord(character): "\\" + name for character, name in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)
}
_SAFE = re.compile(r"[ !#-\[\]-~]*")
_NEEDS_ESCAPE = re.compile(r'[\x00-\x1f\x7f"\\\ufffe\uffff]')


_SHORT = 400
"""Characters of a text that is worth remembering: memory stays within a few megabytes."""


class _LongWay(Exception):
    """The document is not plain enough."""


@dataclass(frozen=True)
class _Term:
    iri: str
    coercion: str | None
    container: str | None
    is_plain: bool
    scope: Mapping[str, Any] | None

    @cached_property
    def predicate(self) -> str | None:
        """How a quad names it as a property; None for what a processor would have to judge."""
        scoped = self.scope is not None and self.coercion != "@vocab"
        return f" <{self.iri}> " if self.is_plain and not scoped else None


@dataclass(frozen=True)
class _Kind:
    """What counts in a node of certain types: its terms, and the ends of its quads of type."""

    terms: dict[str, _Term]
    types: tuple[str, ...]


@dataclass
class _Vocabulary:
    """The terms of a list of contexts, and those of each set of types with their scopes."""

    terms: dict[str, _Term]
    protected: set[str]
    kinds: dict[tuple[str, ...], _Kind] = field(default_factory=dict)

    def of_types(self, value: Any) -> _Kind:
        """The kind of a node with these types (JSON-LD 1.1 §4.1.8)."""
        types = (value,) if isinstance(value, str) else tuple(value)
        try:
            known = self.kinds.get(types)
        except TypeError:  # a type that is an object or a list
            raise _LongWay from None
        if known is not None:
            return known
        if len(self.kinds) > 500 or not all(isinstance(name, str) for name in types):
            raise _LongWay
        return self._learn(types)

    def _learn(self, types: tuple[str, ...]) -> _Kind:
        terms, protected, lines = dict(self.terms), set(self.protected), []
        for name in sorted(types):
            term = self.terms.get(name)
            if term is None or not term.is_plain:
                raise _LongWay
            lines.append(f"{_RDF_TYPE}<{term.iri}> .\n")
            if term.scope is not None:
                _define(terms, protected, term.scope)
        self.kinds[types] = _Kind(terms, tuple(lines))
        return self.kinds[types]


def compiled_nquads(document: Document) -> tuple[list[str], int] | None:
    """Sorted N-Quads lines of ``document`` and how many blank nodes they have.

    Blank nodes are labelled ``_:c14n0`` and on in the order of the walk, which is canonical for
    at most one of them. None when the document has to go the long way.
    """
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not all(isinstance(url, str) for url in contexts):
        return None
    vocabulary = _compile(tuple(contexts))
    if vocabulary is None:
        return None
    walk = _Walk(vocabulary)
    try:
        walk.node({name: item for name, item in document.items() if name != "@context"})
    except (_LongWay, RecursionError):
        return None
    return sorted(walk.lines), walk.blank_nodes


class _Walk:
    """Writes one document's quads."""

    def __init__(self, vocabulary: _Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._described: set[str] = set()
        self.lines: set[str] = set()
        self.blank_nodes = 0

    def node(self, members: dict[str, Any]) -> str:
        """Write a node's quads; gives the node as it is referred to."""
        if not members:
            raise _LongWay
        types = members.get("type", ())
        if not isinstance(types, str | list | tuple):
            raise _LongWay
        kind = self._vocabulary.of_types(types)
        terms = kind.terms
        if "id" in members:
            subject = self._iri(members["id"], terms)
            if len(members) > 1 + ("type" in members):
                if subject in self._described:
                    raise _LongWay
                self._described.add(subject)
        else:
            subject = f"_:c14n{self.blank_nodes}"
            self.blank_nodes += 1
        add = self.lines.add
        for line in kind.types:
            add(subject + line)
        for name, value in members.items():
            if name == "id" or name == "type":
                continue
            term = terms.get(name)
            if term is None or term.predicate is None:
                raise _LongWay
            start = subject + term.predicate
            if term.coercion is None and type(value) is str:  # what most are
                add(f"{start}{_literal(value)} .\n")
            elif isinstance(value, list):
                for item in value:
                    add(f"{start}{self._object(item, term, terms)} .\n")
            else:
                add(f"{start}{self._object(value, term, terms)} .\n")
        return subject

    def _object(self, value: Any, term: _Term, terms: dict[str, _Term]) -> str:
        if isinstance(value, str):
            if term.coercion is None:
                return _literal(value)
            if term.coercion == "@id":
                return self._iri(value, terms)
            if term.coercion == "@vocab":
                return _named(value, term)
            return f"{_literal(value)}^^<{term.coercion}>"
        if term.scope:
            raise _LongWay
        if isinstance(value, bool):
            kind = term.coercion or _XSD + "boolean"
            return f'"{str(value).lower()}"^^<{_datatype(kind, "boolean")}>'
        if isinstance(value, int) and abs(value) < 10**15:
            kind = term.coercion or _XSD + "integer"
            return f'"{value}"^^<{_datatype(kind, "integer")}>'
        if isinstance(value, dict):
            return self.node(value)
        raise _LongWay

    def _iri(self, value: Any, terms: dict[str, _Term]) -> str:
        """A plain address."""
        if not isinstance(value, str):
            raise _LongWay
        scheme = _scheme(value) if len(value) <= _SHORT else _scheme.__wrapped__(value)
        if scheme is None or scheme in terms:
            raise _LongWay
        return f"<{value}>"


@lru_cache(maxsize=4096)
def _scheme(address: str) -> str | None:
    """The scheme of a plain address; None for any other. Badges have most addresses in common."""
    match = _PLAIN_IRI.fullmatch(address)
    return None if match is None or match[1] in {"relative", "_"} else match[1]


def _named(value: str, term: _Term) -> str:
    """A value that is a term of the property's own scope, as proofPurpose has."""
    found = term.scope.get(value) if term.scope else None
    iri = found.get("@id") if isinstance(found, dict) else found
    if not isinstance(iri, str) or not _PLAIN_IRI.fullmatch(iri):
        raise _LongWay
    return f"<{iri}>"


def _literal(text: str) -> str:
    return _quoted(text) if len(text) <= _SHORT else _quoted.__wrapped__(text)


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    """Badges of one achievement have most of their words in common."""
    if _SAFE.fullmatch(text):
        return f'"{text}"'
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _LongWay from None
    return f'"{literal_text(text)}"'


def literal_text(text: str) -> str:
    """``text`` as it stands between the quotes of a canonical literal (RDFC-1.0 §5)."""
    return text.translate(_ESCAPED) if _NEEDS_ESCAPE.search(text) else text


def _datatype(coercion: str, native: str) -> str:
    """A native value keeps its form only under its own datatype, in either spelling of XSD."""
    if coercion.partition("://")[2] != f"www.w3.org/2001/XMLSchema#{native}":
        raise _LongWay
    return coercion


@lru_cache(maxsize=64)
def _compile(urls: tuple[str, ...]) -> _Vocabulary | None:
    """The vocabulary of a list of contexts, or None if it is not of the plain kind."""
    terms: dict[str, _Term] = {}
    protected: set[str] = set()
    try:
        for url in urls:
            _define(terms, protected, known_contexts()[url])
    except (KeyError, _LongWay):
        return None
    return _Vocabulary(terms, protected) if urls else None


def _define(terms: dict[str, _Term], protected: set[str], context: Mapping[str, Any]) -> None:
    """Add a context's terms. Raises _LongWay for what a processor would have to judge."""
    added = []
    for name, definition in context.items():
        if name.startswith("@"):
            if name not in {"@protected", "@version"}:
                raise _LongWay
        elif _KEYWORDS.get(name) != definition:
            term = _term(definition, context, terms)
            if name in _KEYWORDS or (name in protected and terms[name] != term):
                raise _LongWay
            terms[name] = term
            added.append(name)
    if context.get("@protected"):
        protected.update(added)


def _term(definition: Any, context: Mapping[str, Any], terms: dict[str, _Term]) -> _Term:
    if isinstance(definition, str):
        definition = {"@id": definition}
    iri = definition["@id"]
    if ":" not in iri:  # another term's name
        other = context.get(iri)
        iri = other["@id"] if isinstance(other, dict) else other or terms[iri].iri
    scope = definition.get("@context", {})
    coercion = definition.get("@type")
    container = definition.get("@container")
    plain = (
        _PLAIN_IRI.fullmatch(iri) is not None
        and iri[-1] not in ":/?#[]@"
        and container in {None, "@set"}
        and coercion != "@json"
        and scope is not None
        and _is_not_compact(coercion, context, terms)
    )
    return _Term(iri, coercion, container, plain, scope or None)


def _is_not_compact(coercion: str | None, *known: Iterable[str]) -> bool:
    """A coercion such as ``xsd:date`` is as it stands unless ``xsd`` is a term."""
    prefix = (coercion or "").partition(":")[0]
    return not any(prefix in names for names in known)
