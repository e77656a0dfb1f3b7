"""The port through which verification reaches documents that it does not hold."""

from __future__ import annotations

from typing import Protocol

from badges.document import Document
from badges.errors import UnreachableDocument


class DocumentLoader(Protocol):
    """Fetches JSON documents: DID documents, status lists. Never JSON-LD contexts."""

    def load(self, url: str) -> Document:
        """The JSON object at ``url``. Raises UnreachableDocument or MalformedDocument."""


class NoDocuments:
    """Reaches nothing: for checking a badge with what it carries (did:key, no status)."""

    def load(self, url: str) -> Document:
        """Raises UnreachableDocument."""
        raise UnreachableDocument(f"{url} is not among the documents at hand")
