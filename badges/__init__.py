"""Badges: pure functions over Open Badges 3.0 documents. No database, network or clock."""

from badges.contexts import CREDENTIALS_V2, OPEN_BADGES_3
from badges.document import Document, parse_document
from badges.errors import (
    BadgesError,
    MalformedDocument,
    MalformedProof,
    StatusListError,
    UndefinedTerm,
    UnknownContext,
    UnreachableDocument,
    UnsupportedProof,
)
from badges.loader import DocumentLoader, NoDocuments

__all__ = [
    "CREDENTIALS_V2",
    "OPEN_BADGES_3",
    "BadgesError",
    "Document",
    "DocumentLoader",
    "MalformedDocument",
    "MalformedProof",
    "NoDocuments",
    "StatusListError",
    "UndefinedTerm",
    "UnknownContext",
    "UnreachableDocument",
    "UnsupportedProof",
    "parse_document",
]
