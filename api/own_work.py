"""An educator's own work, as pages show it: what is done, what is to do, and what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.wiring import Testamur
from ledger.assessment import EvidenceShown, ReviewShown, Submission, SubmissionShown
from ledger.catalogue import Criterion, Definition, MicroCredential, Part
from ledger.context import Caller
from ledger.errors import NotFound
from projections.assessment import queues

EDITABLE = ("draft", "returned")
"""The states in which evidence can be changed and a round handed in."""

WITHDRAWABLE = ("draft", "submitted", "in-review", "returned")
"""Those before a decision."""


@dataclass(frozen=True)
class Task:
    """One part of a submission, and what was added for it."""

    part: Part
    evidence: EvidenceShown | None

    @property
    def is_missing(self) -> bool:
        return self.part.required and self.evidence is None


@dataclass(frozen=True)
class Assessed:
    """One criterion, with the levels that assessors gave in the newest round that is decided."""

    criterion: Criterion
    levels: tuple[str, ...]
    feedback: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        return all(self.criterion.is_met_at(level) for level in self.levels)


@dataclass(frozen=True)
class Happened:
    """An event of a submission, in the reader's words: ``what`` names the sentence."""

    what: str
    when: datetime
    round: int = 0
    part: str = ""
    award: UUID | None = None


@dataclass(frozen=True)
class OwnWork:
    """A submission of one's own, with the version of the micro-credential that it answers."""

    shown: SubmissionShown
    definition: Definition
    tasks: tuple[Task, ...]
    history: tuple[Happened, ...]

    @property
    def is_editable(self) -> bool:
        return self.shown.state in EDITABLE

    @property
    def can_be_withdrawn(self) -> bool:
        return self.shown.state in WITHDRAWABLE

    @property
    def missing(self) -> list[Task]:
        return [task for task in self.tasks if task.is_missing]

    @property
    def rounds_left(self) -> int:
        return max(0, self.definition.rounds_allowed - self.shown.round)

    @property
    def feedback(self) -> list[Assessed]:
        """What was said of each criterion; those that are not met come first."""
        newest = max((review.round for review in self.shown.reviews), default=0)
        reviews = [review for review in self.shown.reviews if review.round == newest]
        found = [_assessed(criterion, reviews) for criterion in self.definition.rubric]
        return sorted((one for one in found if one.levels), key=lambda one: one.is_met)

    @property
    def award(self) -> UUID | None:
        """The badge that it led to."""
        return next((each.award for each in reversed(self.history) if each.award), None)

    def task(self, part: str) -> Task:
        """One of them. Raises NotFound."""
        for task in self.tasks:
            if task.part.id == part:
                return task
        raise NotFound("part of this micro-credential")


def own_work(app: Testamur, caller: Caller, submission: UUID) -> OwnWork:
    """A submission of the caller's own. Raises NotFound for anybody else's."""
    shown = app.reading.submission(caller, app.bus.policy(), submission)
    if shown.educator != caller.person:
        raise NotFound("submission")
    micro = app.store.read(MicroCredential, shown.micro_credential, "micro-credential")
    definition = micro.published(shown.number)
    added = {item.part: item for item in shown.evidence}
    return OwnWork(
        shown=shown,
        definition=definition,
        tasks=tuple(Task(part, added.get(part.id)) for part in definition.parts),
        history=tuple(_history(app, submission, definition)),
    )


@dataclass(frozen=True)
class OwnRow:
    """A submission in a list."""

    id: UUID
    name: str
    state: str
    round: int
    changed: datetime
    position: int


def own_submissions(app: Testamur, caller: Caller, after: int, limit: int) -> list[OwnRow]:
    """The caller's submissions, in the order in which they were begun."""
    with app.views.reading("submissions") as connection:
        rows = queues.of_educator(connection, str(caller.person), after, limit)
    return [
        OwnRow(
            id=UUID(row.id),
            name=_name(app, UUID(row.micro_credential), row.number),
            state=row.state,
            round=row.round,
            changed=datetime.fromisoformat(row.changed),
            position=row.position,
        )
        for row in rows
    ]


def written_text(app: Testamur, caller: Caller, work: OwnWork, part: str) -> str | None:
    """What stands in a part that holds text; None where it holds a file of another kind."""
    item = work.task(part).evidence
    if item is None or not item.media_type.startswith("text/"):
        return None
    file, _ = app.reading.evidence(caller, app.bus.policy(), work.shown.id, part)
    return b"".join(file.read(0, 1024 * 1024)).decode("utf-8", "replace")


def _name(app: Testamur, micro: UUID, number: int) -> str:
    return app.store.read(MicroCredential, micro, "micro-credential").published(number).name


def _assessed(criterion: Criterion, reviews: list[ReviewShown]) -> Assessed:
    return Assessed(
        criterion=criterion,
        levels=tuple(r.levels[criterion.id] for r in reviews if criterion.id in r.levels),
        feedback=tuple(r.feedback[criterion.id] for r in reviews if criterion.id in r.feedback),
    )


_WHAT: dict[type[Any], str] = {
    Submission.Drafted: "started",
    Submission.EvidenceAdded: "added",
    Submission.Submitted: "handed-in",
    Submission.ReviewOpened: "taken",
    Submission.ReviewLeft: "left",
    Submission.VerdictGiven: "scored",
    Submission.Returned: "returned",
    Submission.Accepted: "accepted",
    Submission.NotAccepted: "not-accepted",
    Submission.Withdrawn: "withdrawn",
    Submission.Appealed: "appealed",
    Submission.AppealUpheld: "upheld",
    Submission.AppealOverturned: "overturned",
    Submission.Awarded: "awarded",
}


def _history(app: Testamur, submission: UUID, definition: Definition) -> Iterator[Happened]:
    """Newest last. That the same part was saved several times in a row is told once."""
    before: Happened | None = None
    events: Iterator[Any] = iter(app.store.events.get(submission))
    for event in events:
        what = _WHAT.get(type(event))
        if what is None:
            continue
        part = getattr(event, "part", "")
        happened = Happened(
            what=what,
            when=event.timestamp,
            round=getattr(event, "round", 0),
            part=definition.part(part).name if part else "",
            award=getattr(event, "award", None),
        )
        if before is not None and (before.what, before.part) != (happened.what, happened.part):
            yield before
        before = happened
    if before is not None:
        yield before
