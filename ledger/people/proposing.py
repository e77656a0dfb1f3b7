"""Decisions on proposals, and the one that is proposed today: to erase a person.

Further ones (revocation, keys, money, merging people) join ``_DELAYS`` and bring a command that
carries them out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from keys.vault import Sealed
from ledger.command import Answer, Command, CommandEvents, Repository
from ledger.context import Context
from ledger.errors import NotPermitted
from ledger.people.persons import Ground, Person
from ledger.people.proposals import Proposal
from ledger.people.roles import caller_of, must_lie_within, own_unit, remaining
from ledger.policy import Limits
from ledger.preparer import Preparer
from ledger.private import Box, Reason, SealedAs, closed

PrivateReason = Annotated[Reason | Box, SealedAs("proposal.reason")]

_DELAYS: dict[str, Callable[[Limits], int]] = {
    "person.erase": lambda limits: limits.erasure_delay_days,
}
"""Days in which what was confirmed can still be stopped."""


class ProposeErasure(Command[UUID, Answer]):
    """Ask for a person to be forgotten: nobody is whose role is above one's own."""

    NAME = "erasure.propose"

    person: UUID
    ground: Ground
    reason: PrivateReason

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return repository.read(Person, self.person, "person").home

    def sealed_for(self, _repository: Repository, context: Context, _found: UUID) -> UUID:
        return caller_of(context)

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> UUID:
        return preparer.new_id()

    def decide(self, repository: Repository, context: Context, found: UUID) -> Answer:
        person = remaining(repository, self.person)
        _refuse_above(context, person)
        proposal = _proposed(context, found, person, self.ground, closed(self.reason))
        repository.add(proposal)
        return Answer.of(proposal)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, UUID]:
        e = events.one(Proposal.Made)
        made = cls.rebuilt(person=e.thing, ground=e.values.get("ground"), reason=e.reason)
        return made, e.originator_id


class AskToBeForgotten(Command[UUID, Answer]):
    """Ask for oneself to be forgotten: an administrator, who is another, confirms it."""

    NAME = "erasure.ask"

    reason: PrivateReason

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def sealed_for(self, _repository: Repository, context: Context, _found: UUID) -> UUID:
        return caller_of(context)

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> UUID:
        return preparer.new_id()

    def decide(self, repository: Repository, context: Context, found: UUID) -> Answer:
        person = remaining(repository, caller_of(context))
        proposal = _proposed(context, found, person, "requested-by-person", closed(self.reason))
        repository.add(proposal)
        return Answer.of(proposal)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, UUID]:
        e = events.one(Proposal.Made)
        return cls.rebuilt(reason=e.reason), e.originator_id


class _OnProposal(Command[None, Answer]):
    proposal: UUID

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return repository.read(Proposal, self.proposal, "proposal").unit

    def sealed_for(self, _repository: Repository, context: Context, _found: None) -> UUID:
        return caller_of(context)


class ConfirmProposal(_OnProposal):
    """Agree, as a second person, to what was proposed."""

    NAME = "proposal.confirm"

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        proposal = repository.get(Proposal, self.proposal, "proposal")
        if proposal.what == "person.erase":
            _refuse_above(context, remaining(repository, proposal.thing))
        days = _DELAYS[proposal.what](context.policy.limits)
        proposal.confirm(context, context.at + timedelta(days=days))
        return Answer.of(proposal)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(proposal=events.one(Proposal.Confirmed).originator_id), None


class RefuseProposal(_OnProposal):
    """Say no to what was proposed."""

    NAME = "proposal.refuse"

    reason: PrivateReason

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        proposal = repository.get(Proposal, self.proposal, "proposal")
        proposal.refuse(context, closed(self.reason))
        return Answer.of(proposal)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Proposal.Refused)
        return cls.rebuilt(proposal=e.originator_id, reason=e.reason), None


class StopProposal(_OnProposal):
    """Stop what was confirmed, before it is carried out."""

    NAME = "proposal.stop"

    reason: PrivateReason

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        proposal = repository.get(Proposal, self.proposal, "proposal")
        proposal.stop(context, closed(self.reason))
        return Answer.of(proposal)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Proposal.Stopped)
        return cls.rebuilt(proposal=e.originator_id, reason=e.reason), None


class ErasePerson(Command[None, Answer]):
    """Forget a person as it was proposed and confirmed, once the delay is over. The deployment then
    destroys the data key and the evidence."""

    NAME = "person.erase"

    proposal: UUID

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        proposal = repository.get(Proposal, self.proposal, "proposal")
        proposal.carry_out(context, self.NAME)
        person = repository.get(Person, proposal.thing, "person")
        must_lie_within(context, person, proposal.part)  # a role may have come since
        person.erase(context, proposal.values["ground"])
        return Answer.of(person)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(proposal=events.one(Proposal.CarriedOut).originator_id), None


class RepeatErasure(Command[None, Answer]):
    """Erase again whom a restored backup brought back; the operator's command."""

    NAME = "erasure.repeat"

    person: UUID
    ground: Ground

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        person = repository.get(Person, self.person, "person")
        person.erase(context, self.ground)
        return Answer.of(person)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Person.Erased)
        return cls.rebuilt(person=e.originator_id, ground=e.ground), None


def _proposed(
    context: Context, proposal: UUID, person: Person, ground: Ground, reason: Sealed
) -> Proposal:
    return Proposal.make(
        context,
        proposal,
        what="person.erase",
        thing=person.id,
        unit=person.home,
        values={"ground": ground},
        reason=reason,
        ends=context.at + timedelta(days=context.policy.limits.proposal_days),
    )


def _refuse_above(context: Context, person: Person) -> None:
    """Every role of the person must lie within the caller's part of the organization."""
    if context.caller.person == person.id:
        raise NotPermitted("nobody decides their own erasure")
    must_lie_within(context, person, context.caller.unit)
