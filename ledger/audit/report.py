"""What an audit found: each question with its answer, and every divergence by place and kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal[
    "checkpoint-unsigned",
    "checkpoint-missing",
    "checkpoint-changed",
    "log-rewritten",
    "cosignature-wrong",
    "tile-changed",
    "tile-missing",
    "tile-inserted",
    "entry-changed",
    "event-changed",
    "event-missing",
    "event-inserted",
    "rule-broken",
    "misdated",
    "credential-invalid",
    "erasure-unfinished",
    "evidence-changed",
    "evidence-missing",
    "view-differs",
]
Status = Literal["passed", "failed", "not-reached"]

TITLES = {
    "log.checkpoint": "The checkpoint is signed by the log",
    "log.tiles": "The tree is the one that was signed",
    "log.history": "The log only ever grew",
    "log.cosignatures": "Witnesses' signatures hold",
    "events.entries": "Every event is as it was recorded, and in its place",
    "events.rules": "Every event follows from the rules",
    "events.times": "Events are dated in the order of the log, between its checkpoints",
    "credentials.proof": "Every credential was signed with a key valid then",
    "evidence.kept": "Every piece of evidence is the one that was handed in",
    "erasures.finished": "Nobody who was erased can be read here",
    "views.rows": "Read models show what the events say",
}
"""Every check with the sentence that passing it makes true, in the order of the audit."""


@dataclass(frozen=True, order=True)
class Divergence:
    """Something that is not as it must be. ``position`` is the event's, where there is one;
    ``place`` says where in words: a tile's path, a row, a checkpoint's size."""

    position: int
    kind: Kind
    place: str
    detail: str


@dataclass(frozen=True)
class Finding:
    """One check's answer."""

    id: str
    status: Status
    detail: str
    divergences: tuple[Divergence, ...] = ()


@dataclass
class AuditReport:
    """All findings. ``size`` is how many events the checkpoint covers."""

    origin: str
    size: int
    findings: dict[str, Finding] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What is no breach, and whoever reads the report should know."""

    @property
    def passed(self) -> bool:
        """No check failed and one at least passed."""
        statuses = {finding.status for finding in self.findings.values()}
        return "failed" not in statuses and "passed" in statuses

    @property
    def divergences(self) -> list[Divergence]:
        """All of them, the first in the log first; read models, which follow from it, last."""
        found = (d for finding in self.findings.values() for d in finding.divergences)
        return sorted(found, key=lambda d: (d.kind == "view-differs", d))

    def judge(self, check: str, divergences: Iterable[Divergence], fine: str) -> None:
        """Pass a check, or fail it with what was found."""
        found = tuple(sorted({*self.divergences_of(check), *divergences}))
        words = f"{len(found)} found" if found else fine
        self.findings[check] = Finding(check, "failed" if found else "passed", words, found)

    def skip(self, check: str, why: str) -> None:
        """A check that could not be made; that is never a pass."""
        self.findings[check] = Finding(check, "not-reached", why)

    def divergences_of(self, check: str) -> tuple[Divergence, ...]:
        return self.findings[check].divergences if check in self.findings else ()

    def document(self) -> dict[str, Any]:
        """The report as JSON members."""
        return {
            "passed": self.passed,
            "log": self.origin,
            "size": self.size,
            "first": asdict(self.divergences[0]) if self.divergences else None,
            "notes": self.notes,
            "checks": [
                {"title": TITLES[finding.id], **asdict(finding)}
                for finding in self.findings.values()
            ],
        }
