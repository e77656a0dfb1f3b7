"""What a verification found: every check, in order, and the answer that follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from badges.document import Document
from badges.summary import badge_summary
from badges.verification.checks import (
    NOT_MADE,
    ON_DEMAND,
    TITLES,
    WORST_FIRST,
    Answer,
    Check,
    Outcome,
    Status,
)
from badges.verification.verdict import Told, Verdict, awarded_to, issued_by, verdict

__all__ = ["Findings", "Outcome", "Status", "VerificationReport"]


@dataclass(frozen=True)
class VerificationReport:
    """All checks in their order, a summary of the credential (empty if unreadable), and the
    reports on what lies inside it: each with the place where it was found."""

    checks: tuple[Check, ...]
    summary: dict[str, str]
    outcome: Outcome
    inside: tuple[tuple[str, VerificationReport], ...] = ()
    asked: str | None = None
    """What kind of person the asker asked about (``Person.kind``), if they did."""

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

    @property
    def statuses(self) -> dict[str, Status]:
        """Each check's status by its id."""
        return {check.id: check.status for check in self.checks}

    @property
    def issued_by(self) -> Told | None:
        """Who issued it, with how that is known; None where it names nobody."""
        return issued_by(self.checks, self.summary)

    @property
    def awarded_to(self) -> Told | None:
        """For whom it is, as far as it says; None where it names nobody."""
        return awarded_to(self.checks, self.summary)

    @property
    def identity(self) -> str:
        """Whether the asker's person is its recipient: ``matches``, ``other``, ``not-compared``,
        or ``not-asked``."""
        if self.asked is None:
            return "not-asked"
        answers = {"passed": "matches", "failed": "other"}
        return answers.get(self.statuses.get("recipient.match", ""), "not-compared")

    @property
    def verdict(self) -> Verdict:
        """The answer in words."""
        return verdict(self.outcome, self.checks, self.summary, self.asked)

    def document(self) -> dict[str, Any]:
        """The report as JSON members."""
        words = self.verdict
        members: dict[str, Any] = {
            "verified": self.verified,
            "answer": self.answer,
            "outcome": self.outcome,
            "verdict": words.key,
            "headline": str(words.headline),
            "sentence": " ".join(str(told) for told in (words.sentence, *words.notes)),
            "issuedBy": str(self.issued_by or "") or None,
            "awardedTo": str(self.awarded_to or "") or None,
            "identity": self.identity,
            "credential": self.summary,
            "checks": [check._asdict() for check in self.checks],
        }
        statuses = self.statuses
        if "presentation.holder" in statuses:
            asked = ("presentation.holder", "presentation.possession")
            held = all(statuses.get(name) == "passed" for name in asked)
            members["possession"] = "proven" if held else "not-proven"
        if self.inside:
            members["inside"] = [{"at": at, **report.document()} for at, report in self.inside]
        return members


@dataclass
class Findings:
    """The checks of one credential while they are being made."""

    found: dict[str, tuple[Status, str]] = field(default_factory=dict)
    outcomes: set[Outcome] = field(default_factory=set)
    inside: list[tuple[str, VerificationReport]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """What the credential's own words do not say, found elsewhere: joins the summary."""
    proof: Document = field(default_factory=dict)
    """The embedded proof that held, if one did."""
    asked: str | None = None

    def say(self, name: str, status: Status, detail: str, outcome: Outcome = "verified") -> None:
        """Note a check's result, and what it makes of the answer."""
        self.found[name] = (status, detail)
        self.outcomes.add(outcome)

    def judge(self, name: str, problems: Iterable[str], fine: str, outcome: Outcome) -> bool:
        """Pass a check, or fail it with its problems and their outcome."""
        words = "; ".join(problems)
        self.say(
            name, "failed" if words else "passed", words or fine, outcome if words else "verified"
        )
        return not words

    def passed(self, *names: str) -> bool:
        return all(self.found.get(name, ("",))[0] == "passed" for name in names)

    def failed(self, *names: str) -> bool:
        """Whether any of these failed."""
        return any(self.found.get(name, ("",))[0] == "failed" for name in names)

    def take(self, other: Findings) -> None:
        """Add what another inquiry into the same credential found."""
        self.found |= other.found
        self.outcomes |= other.outcomes
        self.proof = other.proof

    def report(self, document: Document | None) -> VerificationReport:
        """The report, with ``not-reached`` for every check that was not made."""
        nothing: tuple[Status, str] = ("not-reached", NOT_MADE)
        checks = []
        for name, title in TITLES.items():
            if name in self.found or name not in ON_DEMAND:
                status, detail = self.found.get(name, nothing)
                checks.append(Check(name, status, title, detail))
        worst: Outcome = min(self.outcomes, key=WORST_FIRST.index, default="verified")
        summary = badge_summary(document or {}) | self.names
        if "issuerId" in summary:
            summary.setdefault("issuerKnownBy", "claim")
        return VerificationReport(tuple(checks), summary, worst, tuple(self.inside), self.asked)
