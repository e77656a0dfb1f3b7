"""What a verification found: every check, in order, and the answer that follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from badges.document import Document
from badges.summary import badge_summary

Status = Literal["passed", "failed", "not-reached", "warning"]
Answer = Literal["verified", "not verified", "undetermined"]
Outcome = Literal[
    "forged",
    "altered",
    "unsigned",
    "revoked",
    "suspended",
    "expired",
    "not-yet-valid",
    "malformed",
    "part-not-verified",
    "unsupported",
    "issuer-unreachable",
    "status-unreachable",
    "verified",
]
"""The answer in one word, the worst first. ``forged``: the key that signed is not the issuer's, or
was not to be trusted. ``altered``: it is, but the document is not what it signed. ``unsupported``
and the two ``…-unreachable`` leave the answer open."""

_WORST_FIRST: tuple[Outcome, ...] = get_args(Outcome)

TITLES = {
    "document.parse": "The file can be read",
    "document.context": "Every term is defined by the standards",
    "document.schema": "It has the shape of its type",
    "issuer.resolve": "The issuer's key was found",
    "proof.signature": "Nothing was changed since it was signed",
    "proof.purpose": "The key may issue credentials for this issuer",
    "key.validity": "The key was valid when it signed",
    "dates.valid-from": "It is already valid",
    "dates.valid-until": "It has not expired",
    "document.refresh": "The issuer's current version was asked for",
    "status.revocation": "It has not been revoked",
    "status.suspension": "It is not suspended",
    "contents": "Every credential inside it holds",
    "endorsements": "Its endorsements hold",
    "log.inclusion": "It is in its issuer's public log",
    "recipient.match": "It was awarded to this person",
    "issuer.recognized": "We know this issuer",
}
"""Every check id with the sentence that passing it makes true."""

ON_DEMAND = frozenset(
    {"document.refresh", "contents", "endorsements", "log.inclusion", "recipient.match"}
)
"""Checks that are reported only where there is something to check."""


class Check(NamedTuple):
    """One question put to the credential. ``id`` is stable; the words are for people."""

    id: str
    status: Status
    title: str
    detail: str


@dataclass(frozen=True)
class VerificationReport:
    """All checks in their order, a summary of the credential (empty if unreadable), and the
    reports on what lies inside it: each with the place where it was found."""

    checks: tuple[Check, ...]
    summary: dict[str, str]
    outcome: Outcome
    inside: tuple[tuple[str, VerificationReport], ...] = ()

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
        members: dict[str, Any] = {
            "verified": self.verified,
            "answer": self.answer,
            "outcome": self.outcome,
            "credential": self.summary,
            "checks": [check._asdict() for check in self.checks],
        }
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

    def take(self, other: Findings) -> None:
        """Add what another inquiry into the same credential found."""
        self.found |= other.found
        self.outcomes |= other.outcomes

    def report(self, document: Document | None) -> VerificationReport:
        """The report, with ``not-reached`` for every check that was not made."""
        nothing: tuple[Status, str] = ("not-reached", "an earlier check stands in the way")
        checks = []
        for name, title in TITLES.items():
            if name in self.found or name not in ON_DEMAND:
                status, detail = self.found.get(name, nothing)
                checks.append(Check(name, status, title, detail))
        worst: Outcome = min(self.outcomes, key=_WORST_FIRST.index, default="verified")
        return VerificationReport(
            tuple(checks), badge_summary(document or {}) | self.names, worst, tuple(self.inside)
        )
