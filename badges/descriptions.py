"""Everything that a document says of a thing stands where the thing is first described.

RDF joins what is said of one id anywhere in a document, so a holder could take a member from where
we read it (a status, a name) to another place where the id occurs, and the proof would hold. A
second place may repeat what the first says, or say what only its own type has. Of a profile or an
achievement it may say more, as published badges do, but nothing that we judge or show.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from badges.document import Document, as_list
from badges.spelling import DOCUMENTS
from badges.standard_terms import json_terms, terms_of_all, terms_of_type

_READ_FIRST = ("issuer", "credentialSubject", "credentialStatus")
_SHOWN = {"name", "identifier", "achievement", "credentialStatus"}
"""What is judged or shown of any thing; of the document itself and of its status, everything is."""
_OF_DOCUMENTS = ("Credential", "Presentation")
_MOST_PAIRS = 10_000
"""Comparisons for one member; beyond it only what is equal in order is the same."""
_OUTSIDE = {"id", "type", "@context", "proof"}

_Node = dict[str, Any]


def description_problems(document: Document) -> Iterator[str]:
    """What is said of an id elsewhere than in its first place."""
    first: dict[str, _Node] = {}
    judged = {id(thing) for thing in [document, *as_list(document.get("credentialStatus"))]}
    inside: list[_Node] = []
    for node in _nodes(document, inside):
        name = node.get("id")
        if isinstance(name, str):
            known = first.setdefault(name, node)
            if known is not node:
                yield from _what_is_new(known, node, whole=id(known) in judged)
                if known is document:
                    yield from _new_types(document, node)
    yield from _inside_problems(document, inside)


def _inside_problems(document: Document, inside: list[_Node]) -> Iterator[str]:
    """Documents inside are proven on their own; but they too may name this one and its issuer."""
    issuer = document.get("issuer")
    issuer = issuer if isinstance(issuer, dict) else {"id": issuer}
    while inside:
        for node in list(_nodes(inside.pop(), inside)):
            if "id" not in node:
                continue
            if node["id"] == document.get("id"):
                yield from _what_is_new(document, node, whole=True)
                yield from _new_types(document, node)
            elif node["id"] == issuer.get("id") and "name" in node and "name" not in issuer:
                yield f"the name of {node['id']!r} stands elsewhere"


def _nodes(document: _Node, inside: list[_Node]) -> Iterator[_Node]:
    """Every object of a document, those that are read first in front; documents inside it are
    put aside."""
    ahead = {name: document[name] for name in _READ_FIRST if name in document}
    yield document
    waiting = deque([{**ahead, **{n: v for n, v in document.items() if n not in ahead}}])
    while waiting:
        node = waiting.popleft()
        for name, value in node.items():
            if name in json_terms() or name in _OUTSIDE:
                continue
            for item in as_list(value):
                if not isinstance(item, dict):
                    continue
                if name in DOCUMENTS:
                    inside.append(item)
                else:
                    yield item
                    waiting.append(item)


def _what_is_new(first: _Node, node: _Node, whole: bool) -> Iterator[str]:
    for name, value in node.items():
        if name in _OUTSIDE or not (whole or name in _SHOWN):
            continue
        if name in first:
            said, more = as_list(first[name]), as_list(value)
            few = len(said) * len(more) <= _MOST_PAIRS
            fine = said == more or (few and all(item in said for item in more))
        else:
            fine = not _could_stand(name, first, node)
        if not fine:
            yield f"{node['id']!r} is described in two places, and {name} not in the first"


def _could_stand(name: str, first: _Node, node: _Node) -> bool:
    """Whether a member that ``node`` has could as well be one of ``first``."""
    own = name in terms_of_all() or not _is_of_types(name, node)
    return own or _is_of_types(name, first)


def _is_of_types(name: str, node: _Node) -> bool:
    kinds = as_list(node.get("type"))
    return any(isinstance(kind, str) and name in terms_of_type(kind) for kind in kinds)


def _new_types(document: Document, node: _Node) -> Iterator[str]:
    known = as_list(document.get("type"))
    for kind in as_list(node.get("type")):
        if isinstance(kind, str) and kind.endswith(_OF_DOCUMENTS) and kind not in known:
            yield f"the document's type {kind!r} stands elsewhere"
