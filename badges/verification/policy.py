"""Whom do we recognise? A question apart from validity, answered from a list.

And has the issuer's public log this credential? Asked of whoever knows a log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from badges.document import Document
from badges.verification.report import Status

LogPolicy = Callable[[Document], tuple[Status, str] | None]
"""What a log says of a genuine credential; None when it is not one that the log would have."""


def no_log(_document: Document) -> None:
    """Knows of no log."""


@dataclass(frozen=True)
class IssuerPolicy:
    """Issuers that the asker recognises: their ids with the names they go by."""

    recognized: Mapping[str, str] = field(default_factory=dict)

    def recognize(self, issuer: str) -> tuple[Status, str]:
        """A pass, or a warning: an unknown issuer's badge is intact, but anyone's."""
        if issuer in self.recognized:
            return "passed", self.recognized[issuer]
        return "warning", f"{issuer} is not on the list of issuers that we recognise"
