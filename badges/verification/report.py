"""What a verification found: every check, in order, and the answer that follows from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["passed", "failed", "not-reached", "warning"]
Answer = Literal["verified", "not verified", "undetermined"]


@dataclass(frozen=True)
class Check:
    """One question put to the credential. ``id`` is stable; the words are for people."""

    id: str
    status: Status
    title: str
    detail: str


@dataclass(frozen=True)
class VerificationReport:
    """All checks in their order, and a summary of the credential (empty if unreadable)."""

    checks: tuple[Check, ...]
    summary: dict[str, str]

    @property
    def answer(self) -> Answer:
        """``not verified`` if a check failed; ``undetermined`` if one could not be made.

        A check that was not reached is never a pass, and never says "invalid".
        """
        statuses = {check.status for check in self.checks}
        if "failed" in statuses:
            return "not verified"
        return "undetermined" if "not-reached" in statuses else "verified"

    @property
    def verified(self) -> bool:
        return self.answer == "verified"

    def document(self) -> dict[str, Any]:
        """The report as JSON members."""
        return {
            "verified": self.verified,
            "answer": self.answer,
            "credential": self.summary,
            "checks": [asdict(check) for check in self.checks],
        }
