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
from pyoxigraph import BlankNode, Literal, NamedNode

from badges.blank_nodes import refuse_poisoned
from badges.contexts import context_document
from badges.descriptions import description_problems
from badges.document import Document, as_list
from badges.errors import MalformedDocument, UndefinedTerm
from badges.spelling import refuse_rewritten, spelling_problems
from badges.vocabulary import compiled_nquads

# A credential has no address of its own to resolve against, and the processor insists on one:
# whatever comes out beneath this was relative.
_NO_BASE = "relative://nowhere/"
_KEYWORDS = {"@id", "@type", "@graph", "@list", "@set", "@included", "@reverse"}
"""What may stand in an expanded node beside its properties; nothing else has a meaning in RDF."""
_MOST_PROBLEMS = 5

Canonicalize = Callable[[Document], str]
"""Canonical N-Quads of a document, as ``canonical_nquads`` gives them. Raises MalformedDocument or
TooMuchWork. The port through which a deployment bounds what strangers' documents cost."""


def canonical_nquads(document: Document, generic: Canonicalize | None = None) -> str:
    """Canonical N-Quads of ``document``, sorted by code point, each line ended by ``\\n``.

    It has to be written in the one way that we read (``spelling.py``, ``descriptions.py``). In the
    standards' own contexts it takes the short way of ``vocabulary.py``; any other is given to
    ``generic`` (else ``generic_nquads``), whose time and memory depend on what its contexts say.
    Raises UnknownContext, UndefinedTerm or MalformedDocument.
    """
    problems = [*spelling_problems(document), *description_problems(document)]
    if problems:
        raise MalformedDocument("; ".join(problems[:_MOST_PROBLEMS]))
    compiled = compiled_nquads(document)
    if compiled is None:
        return (generic or generic_nquads)(document)
    lines, blank_nodes = compiled
    text = "".join(lines)
    return text if blank_nodes < 2 else _canonicalized(text.encode(), pyoxigraph.RdfFormat.N_QUADS)


def generic_nquads(document: Document) -> str:
    """The same for any JSON-LD document, by a generic processor: the oracle of the short way.

    A pure function of the document, so that another process can do it. Raises as above.
    """
    expanded = expand(document)
    refuse_rewritten(document, expanded)
    return _canonicalized(json.dumps(expanded).encode(), pyoxigraph.RdfFormat.JSON_LD)


def _canonicalized(data: bytes, form: pyoxigraph.RdfFormat) -> str:
    try:
        dataset = pyoxigraph.Dataset(pyoxigraph.parse(data, format=form))
    except (SyntaxError, ValueError) as error:
        raise MalformedDocument(f"not RDF: {error}") from None
    refuse_poisoned(dataset)
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
    for node in expanded:
        _refuse_what_rdf_drops(node)
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


def _refuse_what_rdf_drops(node: object) -> None:
    """What RDF cannot hold would vanish unsigned, with all that is said of it: relative and
    ill-formed identifiers, types, names and language tags (JSON-LD 1.1 API §7.2)."""
    if isinstance(node, list):
        for item in node:
            _refuse_what_rdf_drops(item)
    elif isinstance(node, dict) and "@value" in node:
        kind = node.get("@type", "@json")
        if kind != "@json" and not _is_iri(kind):
            raise UndefinedTerm(f"datatype {_as_written(kind)} is not an absolute URL")
        if "@language" in node and not _is_fine(Literal, "", language=node["@language"]):
            raise MalformedDocument(f"{node['@language']!r} is no language tag")
    elif isinstance(node, dict):
        if "@id" in node and not _is_node(node["@id"]):
            raise UndefinedTerm(f"identifier {_as_written(node['@id'])} is not an absolute URL")
        for name in [*as_list(node.get("@type")), *(node.keys() - _KEYWORDS)]:
            if not _is_node(name) or (name in node and not _is_iri(name)):
                raise UndefinedTerm(f"no context of the document defines {_as_written(name)}")
        for name, item in node.items():
            if name not in {"@id", "@type"}:
                _refuse_what_rdf_drops(item)


def _is_node(name: object) -> bool:
    if isinstance(name, str) and name.startswith("_:"):
        return _is_fine(BlankNode, name.removeprefix("_:"))
    return _is_iri(name)


def _is_iri(name: object) -> bool:
    relative = not isinstance(name, str) or name.partition(":")[0] == "relative"
    return not relative and _is_fine(NamedNode, name)


def _is_fine(make: Callable[..., object], *parts: object, **more: object) -> bool:
    """Whether the library that writes the quads takes these parts; else it leaves them out."""
    try:
        make(*parts, **more)
    except (TypeError, ValueError):
        return False
    return True


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
