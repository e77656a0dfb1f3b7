"""A micro-credential whose policy says so is awarded by itself on acceptance."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.assessment import Submission
from ledger.awards.awarding import IssueAward
from ledger.catalogue import MicroCredential
from ledger.processes import Facts, ProcessManager, Step


def _accepted(event: Submission.Event, facts: Facts) -> Iterator[Step]:
    submission = facts.read(Submission, event.originator_id, "submission")
    micro = facts.read(MicroCredential, submission.micro_credential, "micro-credential")
    if micro.published(submission.number).awarded_by == "itself":
        yield Step(IssueAward(submission=submission.id))


PROCESS = ProcessManager(
    "awards", {Submission.Accepted: _accepted, Submission.AppealOverturned: _accepted}
)
