"""Which edition of the policy is in force."""

from __future__ import annotations

from typing import Self

from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import RuleBroken
from ledger.policy import POLICY_ID, Policy


class PolicyInForce(Aggregate):
    """The policy by which commands are decided, from its adoption until the next."""

    TOPIC = "ledger.PolicyInForce"

    class Adopted(FoundingEvent):
        """At founding."""

        TOPIC = "ledger.PolicyInForce.Adopted"

        policy: Policy

    class Replaced(Aggregate.Event):
        """By a newer edition."""

        TOPIC = "ledger.PolicyInForce.Replaced"

        policy: Policy

        def apply(self, in_force: PolicyInForce) -> None:
            in_force.policy = self.policy

    def __init__(self, *, policy: Policy) -> None:
        self.policy = policy

    @classmethod
    def adopt(cls, context: Context, policy: Policy) -> Self:
        """The first edition that counts."""
        return cls.begin(cls.Adopted, context, POLICY_ID, policy=policy)

    def replace(self, context: Context, policy: Policy) -> None:
        """A newer edition counts from now on. Raises RuleBroken for one that is not newer."""
        if policy.edition <= self.policy.edition:
            raise RuleBroken(
                "edition-not-newer", f"edition {self.policy.edition} is in force already"
            )
        self.record(self.Replaced, context, policy=policy)
