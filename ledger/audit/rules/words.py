"""What the rules say again and again."""

from __future__ import annotations

from uuid import UUID

from keys.vault import Sealed
from ledger.achievements import Definition, MicroCredential
from ledger.audit.examiner import Breach, Examiner
from ledger.record import Act
from ledger.submissions import Submission


def must(holds: bool, words: str) -> None:
    """Raises Breach unless it holds."""
    if not holds:
        raise Breach(words)


def is_founding(act: Act) -> bool:
    """Whether the deployment founds its network."""
    return (act.caller.role, act.command) == ("system", "network.found")


def sealed_for(value: Sealed | None, person: UUID | None) -> None:
    """Raises Breach for a value that is sealed for somebody else."""
    must(value is None or value.subject == person, "it is sealed for somebody else")


def definition(x: Examiner, submission: Submission) -> Definition:
    """The version that a submission answers."""
    micro = x.history.look(MicroCredential, submission.micro_credential, "micro-credential")
    return micro.published(submission.number)
