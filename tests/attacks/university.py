"""A university with many users on one host, what they sign, and what they publish."""

from __future__ import annotations

import json
from typing import Any

from badges.document import Document
from badges.verification import IssuerPolicy, VerificationReport, Verifier
from keys.did import did_web_url
from tests.badges.issuers import NOW, V2, Key, Shelf

ALICE = "https://uni.example/~alice/issuer.json"
ALICE_DID = "did:web:uni.example:alice"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


def badge(issuer: str, **more: Any) -> Document:
    return {
        "@context": [V2, OB],
        "id": "https://uni.example/badges/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Rowing",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Alice"},
        "validFrom": "2026-03-01T00:00:00Z",
        "credentialSubject": {
            "id": "mailto:eve@uni.example",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://uni.example/rowing",
                "type": ["Achievement"],
                "name": "Rowing",
                "description": "Rows.",
                "criteria": {"narrative": "Row."},
            },
        },
        **more,
    }


class Issuer:
    """Alice or anyone: an id, its document on a shelf, and keys that she lists or does not."""

    def __init__(self, issuer: str, shelf: Shelf) -> None:
        self.id, self.shelf = issuer, shelf
        self.key = Key(issuer)
        method = {"id": self.key.verification_method, "type": "Multikey", "controller": issuer}
        self.document: Document = {
            "id": issuer,
            "verificationMethod": [{**method, "publicKeyMultibase": self.key.id}],
            "assertionMethod": [self.key.verification_method],
        }
        shelf.documents[did_web_url(issuer) if issuer.startswith("did:") else issuer] = (
            self.document
        )


def asked(
    document: Document | str, web: Shelf, known: dict[str, tuple[str, ...]] | None = None
) -> VerificationReport:
    text = document if isinstance(document, str) else json.dumps(document)
    return Verifier(web, NOW, IssuerPolicy({}, known or {})).verify(text)


def detail(found: VerificationReport, name: str) -> str:
    return next(check.detail for check in found.checks if check.id == name)
