"""A small badge for attacks that need no ledger."""

from __future__ import annotations

from typing import Any

from badges.document import Document
from tests.badges.issuers import ISSUER


def a_badge(**subject: Any) -> Document:
    """Not signed yet; ``subject`` says whose it is."""
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "https://issuer.example.org/badges/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Teaching",
        "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Issuer"},
        "validFrom": "2026-03-01T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://issuer.example.org/achievements/1",
                "type": ["Achievement"],
                "name": "Teaching",
                "description": "Teaches.",
                "criteria": {"narrative": "Taught."},
            },
            **subject,
        },
    }
