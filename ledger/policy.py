"""The rules in force: what may change with time is a policy with an edition, and adopting an
edition is an event. Each command is decided, and later audited, under the edition in force then.

What stands here and what the capabilities state is the newest edition; ``editions/`` has them all.
Changed decision code is a new edition too, or a new command. What never changes (an assessor does
not review their own work) is no policy: it stands in the aggregates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, get_args
from uuid import NAMESPACE_URL, uuid5

from ledger.text import Words
from ledger.value import Value

Role = Literal[
    "educator",
    "assessor",
    "programme-manager",
    "administrator",
    "hiring-manager",
    "auditor",
]
ROLES: tuple[str, ...] = get_args(Role)
"""The roles that a person may hold; a role counts within a unit and everything below it."""

POLICY_ID = uuid5(NAMESPACE_URL, "testamur:policy")
"""The stream of the policy in force."""


class Limits(Value):
    """What is too large, too long or too late."""

    evidence_bytes: int = 1024**3
    unfinished_uploads: int = 5
    upload_days: int = 7
    statement_characters: int = 2000
    token_days: int = 365
    invitation_days: int = 30
    erasure_delay_days: int = 7
    proposal_days: int = 30
    review_days: int = 10
    """Business days from submission to verdict."""

    link_days: int = 365
    """How long a private link to badges may show them."""

    conflicts: int = 20
    """Conflicts of interest that an assessor declares by themselves."""


class Policy(Value):
    """One edition. ``permissions`` maps each action to the roles that may take it; deny by default.

    An event holds it whole.
    """

    STORED_AS: ClassVar[str] = "policy"

    edition: int
    permissions: Mapping[str, tuple[str, ...]]
    attestation: Words
    limits: Limits

    def may(self, role: str, action: str) -> bool:
        """Whether ``role`` may take ``action`` at all. What an edition does not name, nobody may:
        newer software knows actions of which an older edition in force says nothing."""
        return role in self.permissions.get(action, ())


ATTESTATION = (
    "This is my own work from my own practice. It shows no student's name, face or number "
    "without the family's written consent."
)
"""What an educator affirms with every round, in this edition."""
