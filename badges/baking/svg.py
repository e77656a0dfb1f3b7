"""A credential in an SVG: one ``openbadges:credential`` element (B4).

Its text is JSON in the element's body, or a compact JWS in its ``verify`` attribute.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from badges.errors import MalformedDocument

NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
_ELEMENT = f"{NAMESPACE} credential"


def bake_svg(svg: str, credential: bytes) -> str:
    """``svg`` with the JSON ``credential`` directly after its ``<svg>``.

    Raises MalformedDocument if ``svg`` has no such element, or holds a credential already.
    """
    if NAMESPACE in svg:
        raise MalformedDocument("this SVG holds a credential already")
    start = re.search(r"<svg\b[^>]*>", svg)
    if start is None:
        raise MalformedDocument("there is no <svg> element to bake into")
    text = credential.decode().replace("]]>", "]]]]><![CDATA[>")
    opened = start[0][:-1] + f' xmlns:openbadges="{NAMESPACE}">'
    baked = f"<openbadges:credential><![CDATA[{text}]]></openbadges:credential>"
    return svg[: start.start()] + opened + baked + svg[start.end() :]


def credential_in_svg(data: bytes) -> bytes:
    """The text of the one credential in an SVG. Raises MalformedDocument.

    A document type is let by as long as it declares nothing; entities are refused.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    reader = _Reader(parser)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise MalformedDocument(f"not SVG: {error}") from None
    if len(reader.found) != 1:
        raise MalformedDocument(f"the SVG holds {len(reader.found) or 'no'} credentials, not one")
    text = reader.found[0].strip()
    if not text:
        raise MalformedDocument("the SVG's credential is empty")
    return text.encode()


class _Reader:
    """Collects the text of credential elements."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.found: list[str] = []
        self._inside = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = _refuse
        parser.UnparsedEntityDeclHandler = _refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._inside:
            raise MalformedDocument("the SVG's credential holds markup")
        if name == _ELEMENT:
            self._inside = True
            self.found.append(attributes.get("verify", ""))

    def _end(self, name: str) -> None:
        if name == _ELEMENT:
            self._inside = False

    def _text(self, text: str) -> None:
        if self._inside:
            self.found[-1] += text


def _refuse(*_declaration: Any) -> None:
    raise MalformedDocument("the SVG declares entities")
