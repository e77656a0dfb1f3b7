"""Reading XML of strangers: no entity is declared, so none can grow or reach out."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from badges.errors import MalformedDocument


def read_svg(
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Walk an SVG; names come as ``NAMESPACE NAME``. Raises MalformedDocument.

    A document type is let by as long as it declares nothing.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = _refuse
    parser.UnparsedEntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except MalformedDocument:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter: its encoding
        raise MalformedDocument(f"not SVG: {error}") from None


def _refuse(*_declaration: object) -> None:
    raise MalformedDocument("the SVG declares entities")
