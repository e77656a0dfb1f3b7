"""Whom do we recognise? A question apart from validity, answered from a list.

And has the issuer's public log this credential? Asked of whoever knows a log. And whose is it, and
is it presented now? Asked only by who wants to know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from badges.document import Document
from badges.identity import Person
from badges.names import site_of
from badges.verification.checks import Status

LogPolicy = Callable[[Document], tuple[Status, str] | None]
"""What a log says of a genuine credential; None when it is not one that the log would have."""


def no_log(_document: Document) -> None:
    """Knows of no log."""


@dataclass(frozen=True)
class Question:
    """What the asker wants to know besides: whether it is ``person``'s, and whether a presentation
    was made for this ``challenge`` and ``domain`` (VC Data Integrity 1.0 §2.1).

    ``any_case``: whether capitals in front of an address's @ make no difference.
    """

    person: Person | None = None
    challenge: str | None = None
    domain: str | None = None
    any_case: bool = True

    @property
    def is_about_possession(self) -> bool:
        return self.challenge is not None or self.domain is not None


@dataclass(frozen=True)
class IssuerPolicy:
    """Issuers that the asker recognises: their ids with the names they go by, and the addresses of
    keys that the asker knows to be theirs."""

    recognized: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Collection[str]] = field(default_factory=dict)

    def key_addresses(self, issuer: str) -> Collection[str]:
        """Where keys of an issuer lie that its own document does not name."""
        return self.keys.get(issuer, ())

    def known_by(self, issuer: str) -> dict[str, str]:
        """How an issuer whose signature holds is known, as members of a summary: by our
        ``registry``, by its ``domain``, or by its own ``claim`` only."""
        site = site_of(issuer)
        members = {} if site is None else {"issuerDomain": site}
        if issuer in self.recognized:
            registered = {"issuerRegistered": self.recognized[issuer]}
            return {"issuerKnownBy": "registry", **registered, **members}
        return {"issuerKnownBy": "domain" if members else "claim", **members}

    def recognize(self, issuer: str) -> tuple[Status, str]:
        """A pass, or a warning: an unknown issuer's badge is intact, but anyone's."""
        if issuer in self.recognized:
            return "passed", self.recognized[issuer]
        return "warning", f"{issuer} is not on the list of issuers that we recognise"
