"""A credential in an SVG: one ``openbadges:credential`` element (B4).

Its text is JSON in the element's body, or a compact JWS in its ``verify`` attribute.
"""

from __future__ import annotations

import re

from badges.errors import MalformedDocument
from badges.markup import read_svg
from badges.proofs.jws import is_compact_jws

NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
_ELEMENTS = {f"{NAMESPACE} credential", "http://openbadges.org assertion"}
"""Of Open Badges 3.0, and of Open Badges 2.0."""


def bake_svg(svg: str, credential: bytes) -> str:
    """``svg`` with ``credential`` directly after its ``<svg>``: JSON in the element's body, a
    JWT in its ``verify`` attribute.

    Raises MalformedDocument if ``svg`` has no such element, or holds a credential already.
    """
    if NAMESPACE in svg:
        raise MalformedDocument("this SVG holds a credential already")
    start = re.search(r"<svg\b[^>]*>", svg)
    if start is None:
        raise MalformedDocument("there is no <svg> element to bake into")
    text = credential.decode()
    opened = start[0][:-1] + f' xmlns:openbadges="{NAMESPACE}">'
    if is_compact_jws(text):
        baked = f'<openbadges:credential verify="{text}"/>'
    else:
        text = text.replace("]]>", "]]]]><![CDATA[>")
        baked = f"<openbadges:credential><![CDATA[{text}]]></openbadges:credential>"
    return svg[: start.start()] + opened + baked + svg[start.end() :]


def credential_in_svg(data: bytes) -> bytes:
    """The text of the one credential in an SVG. Raises MalformedDocument."""
    reader = _Reader()
    read_svg(data, reader.start, reader.end, reader.text)
    if len(reader.found) != 1:
        raise MalformedDocument(f"the SVG holds {len(reader.found) or 'no'} credentials, not one")
    text = reader.found[0].strip()
    if not text:
        raise MalformedDocument("the SVG's credential is empty")
    return text.encode()


class _Reader:
    """Collects the text of credential elements."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._inside:
            raise MalformedDocument("the SVG's credential holds markup")
        if name in _ELEMENTS:
            self._inside = True
            self.found.append(attributes.get("verify", ""))

    def end(self, name: str) -> None:
        if name in _ELEMENTS:
            self._inside = False

    def text(self, text: str) -> None:
        if self._inside:
            self.found[-1] += text
