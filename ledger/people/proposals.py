"""Proposal: what needs a second person. Proposed with a reason, confirmed or refused by another who
may, carried out after a delay in which it can be stopped; unanswered, it ends by itself.

What is proposed is named by the command that carries it out, and what it is about.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from keys.vault import Sealed
from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import NotPermitted, RuleBroken

State = Literal["proposed", "confirmed", "refused", "stopped", "carried-out"]


class Proposal(Aggregate):
    """One thing that somebody wants done and another must confirm."""

    TOPIC = "people.Proposal"

    class Made(FoundingEvent):
        """``what`` is the command that carries it out, ``thing`` what that is about, ``values``
        what else it takes."""

        TOPIC = "people.Proposal.Made"

        what: str
        thing: UUID
        unit: UUID
        values: dict[str, Any]
        reason: Sealed
        ends: datetime

    class Confirmed(Aggregate.Event):
        """``due`` is when it may be carried out."""

        TOPIC = "people.Proposal.Confirmed"

        due: datetime

        def apply(self, proposal: Proposal) -> None:
            proposal.state = "confirmed"
            proposal.due = self.due
            proposal.part = self.acting_unit

    class Refused(Aggregate.Event):
        TOPIC = "people.Proposal.Refused"

        reason: Sealed

        def apply(self, proposal: Proposal) -> None:
            proposal.state = "refused"

    class Stopped(Aggregate.Event):
        TOPIC = "people.Proposal.Stopped"

        reason: Sealed

        def apply(self, proposal: Proposal) -> None:
            proposal.state = "stopped"

    class CarriedOut(Aggregate.Event):
        TOPIC = "people.Proposal.CarriedOut"

        def apply(self, proposal: Proposal) -> None:
            proposal.state = "carried-out"

    def __init__(
        self,
        *,
        what: str,
        thing: UUID,
        unit: UUID,
        values: dict[str, Any],
        ends: datetime,
        actor: UUID | None,
    ) -> None:
        self.what = what
        self.thing = thing
        self.unit = unit
        self.values = values
        self.ends = ends
        self.proposer = actor
        self.state: State = "proposed"
        self.due: datetime | None = None
        self.part: UUID | None = None
        """The part of the organization for which whoever confirmed it could speak."""

    @classmethod
    def make(
        cls,
        context: Context,
        proposal: UUID,
        *,
        what: str,
        thing: UUID,
        unit: UUID,
        values: dict[str, Any],
        reason: Sealed,
        ends: datetime,
    ) -> Self:
        """Propose it; unanswered, it ends at ``ends``."""
        return cls.begin(
            cls.Made,
            context,
            proposal,
            what=what,
            thing=thing,
            unit=unit,
            values=values,
            reason=reason,
            ends=ends,
        )

    def confirm(self, context: Context, due: datetime) -> None:
        """Another agrees. Raises RuleBroken, or NotPermitted for whoever proposed it."""
        self._must_be_open(context)
        if context.caller.person == self.proposer:
            raise NotPermitted("a second person confirms, not the one who proposed it")
        self.record(self.Confirmed, context, due=due)

    def refuse(self, context: Context, reason: Sealed) -> None:
        """Another, or whoever proposed it, says no. Raises RuleBroken."""
        self._must_be_open(context)
        self.record(self.Refused, context, reason=reason)

    def stop(self, context: Context, reason: Sealed) -> None:
        """Stop what was confirmed before it is carried out. Raises RuleBroken."""
        if self.state != "confirmed":
            raise RuleBroken("proposal-over", f"the proposal is {self.state}")
        self.record(self.Stopped, context, reason=reason)

    def carry_out(self, context: Context, what: str) -> None:
        """It is done now. Raises RuleBroken before it is due, or for something else."""
        if self.what != what or self.state != "confirmed" or self.due is None:
            raise RuleBroken("proposal-over", f"the proposal is {self.state}")
        if context.at < self.due:
            raise RuleBroken("proposal-not-due", f"it can be stopped until {self.due}")
        self.record(self.CarriedOut, context)

    def _must_be_open(self, context: Context) -> None:
        if self.state != "proposed" or context.at >= self.ends:
            over = self.state if self.state != "proposed" else "over: nobody answered in time"
            raise RuleBroken("proposal-over", f"the proposal is {over}")
