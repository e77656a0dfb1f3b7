"""The port through which verification reaches documents that it does not hold."""

from __future__ import annotations

from typing import Protocol

from badges.document import Document, parse_document
from badges.errors import UnreachableDocument
from badges.proofs.jws import is_compact_jws


class DocumentLoader(Protocol):
    """Fetches documents: DID documents, status lists, newer versions. Never JSON-LD contexts."""

    def load(self, url: str) -> Document:
        """The document at ``url``, as ``fetched_document`` reads it. Raises UnreachableDocument
        or MalformedDocument."""


def fetched_document(data: bytes) -> Document:
    """What a loader gives for the bytes at an address: the JSON object, or a JWT in an envelope
    (VC Data Model 2.0 §4.13). Raises MalformedDocument."""
    text = data.strip()
    if text.isascii() and is_compact_jws(text.decode()):
        return {
            "@context": "https://www.w3.org/ns/credentials/v2",
            "type": "EnvelopedVerifiableCredential",
            "id": f"data:application/vc+jwt,{text.decode()}",
        }
    return parse_document(data)


class NoDocuments:
    """Reaches nothing: for checking a badge with what it carries (did:key, no status)."""

    def load(self, url: str) -> Document:
        """Raises UnreachableDocument."""
        raise UnreachableDocument(f"{url} is not among the documents at hand")
