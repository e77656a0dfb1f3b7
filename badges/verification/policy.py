"""Whom do we recognise? A question apart from validity, answered from a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from badges.verification.report import Status


@dataclass(frozen=True)
class IssuerPolicy:
    """Issuers that the asker recognises: their ids with the names they go by."""

    recognized: Mapping[str, str] = field(default_factory=dict)

    def recognize(self, issuer: str) -> tuple[Status, str]:
        """A pass, or a warning: an unknown issuer's badge is intact, but anyone's."""
        if issuer in self.recognized:
            return "passed", self.recognized[issuer]
        return "warning", f"{issuer} is not on the list of issuers that we recognise"
