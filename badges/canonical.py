"""Canonical form of a JSON-LD document: safe expansion, then RDFC-1.0.

Sources: JSON-LD 1.1 API §5.1; RDF Dataset Canonicalization 1.0; requirement E8 ("safe mode":
nothing in the document may be dropped on the way to what is signed).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyoxigraph
from pyld import jsonld

from badges.contexts import context_document
from badges.document import Document
from badges.errors import MalformedDocument, UndefinedTerm
from badges.spelling import spelling_problems
from badges.vocabulary import compiled_nquads

# Labelling blank nodes is exponential for a graph built to make it so, and only nodes that
# the document names itself ("_:x") can form one; six take 40 ms.
_MOST_NAMED_BLANK_NODES = 6

# A credential has no address of its own to resolve against, and the processor insists on one:
# whatever comes out beneath this was relative.
_NO_BASE = "relative://nowhere/"


Canonicalize = Callable[[Document], str]
"""Canonical N-Quads of a document, as ``canonical_nquads`` gives them. Raises MalformedDocument or
TooMuchWork. The port through which a deployment bounds what strangers' documents cost."""


def canonical_nquads(document: Document, generic: Canonicalize | None = None) -> str:
    """Canonical N-Quads of ``document``, sorted by code point, each line ended by ``\\n``.

    A document in the standards' own contexts takes the short way of ``vocabulary.py``; any other
    has to be written in the one way that we read (``spelling.py``), and is given to ``generic``
    (else ``generic_nquads``), whose time and memory depend on what its contexts say.
    Raises UnknownContext, UndefinedTerm or MalformedDocument.
    """
    compiled = compiled_nquads(document)
    if compiled is None:
        if problems := list(spelling_problems(document)):
            raise MalformedDocument("; ".join(problems))
        return (generic or generic_nquads)(document)
    lines, blank_nodes = compiled
    text = "".join(lines)
    return text if blank_nodes < 2 else _canonicalized(text.encode(), pyoxigraph.RdfFormat.N_QUADS)


def generic_nquads(document: Document) -> str:
    """The same for any JSON-LD document, by a generic processor: the oracle of the short way."""
    expanded = json.dumps(expand(document)).encode()
    return _canonicalized(expanded, pyoxigraph.RdfFormat.JSON_LD)


def _canonicalized(data: bytes, form: pyoxigraph.RdfFormat) -> str:
    try:
        dataset = pyoxigraph.Dataset(pyoxigraph.parse(data, format=form))
    except (SyntaxError, ValueError) as error:
        raise MalformedDocument(f"not RDF: {error}") from None
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    lines = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS) or b""
    # Not splitlines(): a literal may hold U+0085 or U+2028, which end a line elsewhere.
    return "".join(sorted(f"{line}\n" for line in lines.decode().split("\n") if line))


def expand(document: Document) -> list[Any]:
    """JSON-LD expansion in safe mode: what no context defines is an error, not a loss.

    Raises UnknownContext, UndefinedTerm or MalformedDocument.
    """
    _refuse_nulls(document)
    dropped: list[str | None] = []
    try:
        expanded: list[Any] = jsonld.expand(
            document,
            {"documentLoader": _load, "base": _NO_BASE},
            on_property_dropped=dropped.append,
        )
    except jsonld.JsonLdError as error:
        raise _root_cause(error) from None
    except RecursionError:
        raise MalformedDocument("the document is nested too deeply") from None
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        # The processor trusts some of its input; a document must not be able to crash it.
        raise MalformedDocument(f"not JSON-LD: {error}") from None
    if dropped:
        names = ", ".join(sorted(repr(name) for name in dropped))
        raise UndefinedTerm(f"no context of the document defines {names}")
    named: set[str] = set()
    for node in expanded:
        _refuse_what_rdf_drops(node, named)
    return expanded


def _refuse_nulls(value: object) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if item is None:
                raise MalformedDocument(f"{name!r} is null; JSON-LD would drop it unsigned")
            if name != "@context":
                _refuse_nulls(item)
    elif isinstance(value, list):
        for item in value:
            if item is None:
                raise MalformedDocument("an array holds null; JSON-LD would drop it unsigned")
            _refuse_nulls(item)


def _refuse_what_rdf_drops(node: object, named: set[str]) -> None:
    """Relative identifiers and types have no place in RDF: they would vanish unsigned."""
    if isinstance(node, list):
        for item in node:
            _refuse_what_rdf_drops(item, named)
    elif isinstance(node, dict) and "@value" not in node:
        identifier = node.get("@id")
        if identifier is not None and not _is_absolute(identifier):
            raise UndefinedTerm(f"identifier {_as_written(identifier)} is not an absolute URL")
        if isinstance(identifier, str) and identifier.startswith("_:"):
            named.add(identifier)
            if len(named) > _MOST_NAMED_BLANK_NODES:
                raise MalformedDocument("the document names too many blank nodes")
        for kind in node.get("@type", ()):
            if not _is_absolute(kind):
                raise UndefinedTerm(f"no context of the document defines {_as_written(kind)}")
        for name, item in node.items():
            if name not in {"@id", "@type"}:
                _refuse_what_rdf_drops(item, named)


def _is_absolute(iri: object) -> bool:
    if not isinstance(iri, str):
        return False
    scheme, colon, _ = iri.partition(":")
    return bool(colon) and scheme != "relative" and not any(mark in scheme for mark in "/?#[]@ ")


def _as_written(iri: object) -> str:
    return repr(iri.removeprefix(_NO_BASE) if isinstance(iri, str) else iri)


def _load(url: str, _options: object) -> dict[str, Any]:
    """A context for the processor, which may keep it: the standards do not change."""
    document = context_document(url)
    return {"contextUrl": None, "documentUrl": url, "document": document, "tag": "static"}


def _root_cause(error: BaseException) -> MalformedDocument:
    """Our own error if the loader raised one, else the innermost words of the processor."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MalformedDocument):
            return cause
        error, cause = cause, cause.__cause__ or cause.__context__
    return MalformedDocument(f"not JSON-LD: {str(error).splitlines()[0]}")
