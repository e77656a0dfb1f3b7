"""What was confirmed is carried out by itself, once its delay is over."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.people.proposals import Proposal
from ledger.people.proposing import ErasePerson
from ledger.processes import Facts, ProcessManager, Step


def _confirmed(event: Proposal.Confirmed, facts: Facts) -> Iterator[Step]:
    proposal = facts.read(Proposal, event.originator_id, "proposal")
    if proposal.what == ErasePerson.NAME and proposal.state == "confirmed":
        yield Step(ErasePerson(proposal=proposal.id), due=event.due)


PROCESS = ProcessManager("proposals", {Proposal.Confirmed: _confirmed})
