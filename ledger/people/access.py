"""Decisions on access tokens and invitations.

A token is one's own only, for the role one acts in, and lives no longer than the one it was asked
for with. A person's first comes by an invitation that an administrator sends and that is used once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AwareDatetime

from ledger.command import Answer, Command, CommandEvents, Repository
from ledger.context import Context
from ledger.errors import Invalid, NotFound, NotPermitted, RuleBroken
from ledger.people.access_tokens import AccessToken, Invitation, token_in_force
from ledger.people.accounts import Account
from ledger.people.persons import Person
from ledger.people.roles import RoleWithin, caller_of, must_lie_within, own_unit, remaining
from ledger.preparer import Preparer
from ledger.private import Box, Label, SealedAs, closed

PrivateLabel = Annotated[Label | Box, SealedAs("token.label")]


class TokenIssued(Answer):
    expires: AwareDatetime


class IssueToken(Command[UUID | None, TokenIssued]):
    """A token for the role that one acts in, whose secret has the id ``token``. Its finding is the
    token with which it was asked for."""

    NAME = "token.issue"
    ANSWER: ClassVar[type[Answer]] = TokenIssued

    token: UUID
    label: PrivateLabel
    expires: AwareDatetime

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def sealed_for(self, _repository: Repository, context: Context, _found: UUID | None) -> UUID:
        return caller_of(context)

    def prepare(
        self, _preparer: Preparer, _repository: Repository, context: Context
    ) -> UUID | None:
        return context.caller.token

    def decide(self, repository: Repository, context: Context, found: UUID | None) -> TokenIssued:
        caller = context.caller
        _refuse_long_life(context, self.expires)
        if found is not None:
            parent = token_in_force(repository, found, caller, context.at)
            if self.expires > parent.expires:
                raise Invalid("token-life", "it would outlive the token that asks for it")
        if repository.find(AccessToken, self.token) is not None:
            raise RuleBroken("token-taken", "there is such a token already")
        return _issued(
            repository,
            context,
            self,
            person=caller_of(context),
            role=caller.role,
            unit=own_unit(context),
            parent=found,
        )

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, UUID | None]:
        e = events.one(AccessToken.Issued)
        made = cls.rebuilt(token=e.originator_id, label=e.label, expires=e.expires)
        return made, e.parent


class EndToken(Command[None, Answer]):
    """End a token, and with it every one that came of it: one's own, or as administrator
    anybody's."""

    NAME = "token.end"

    token: UUID

    def authorize(self, repository: Repository, context: Context) -> None:
        token = repository.read(AccessToken, self.token, "token")
        if token.person == context.caller.person:
            context.authority.require(context, self.NAME, own_unit(context))
        elif context.policy.may(context.caller.role, "token.end-others"):
            person = repository.read(Person, token.person, "person")
            context.authority.require(context, "token.end-others", person.home)
            must_lie_within(context, person, context.caller.unit)
        else:
            raise NotFound("token")

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        token = repository.get(AccessToken, self.token, "token")
        token.end(context)
        return Answer.of(token)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(token=events.one(AccessToken.Ended).originator_id), None


class SendInvitation(Command[None, Answer]):
    """Invite a person, with a secret that has the id ``invitation``: it is used once.

    An administrator invites whoever never used one; anybody again, only the operator: whoever
    holds an invitation could act as the person.
    """

    NAME = "invitation.send"

    invitation: UUID
    person: UUID
    expires: AwareDatetime

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return repository.read(Person, self.person, "person").home

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        person = remaining(repository, self.person)
        if context.caller.unit is not None:  # the operator invites the first administrator
            person.must_not_have_begun()
            must_lie_within(context, person, context.caller.unit)
        days = context.policy.limits.invitation_days
        if not context.at < self.expires <= context.at + timedelta(days=days):
            raise Invalid("invitation-life", f"an invitation lives at most {days} days")
        if repository.find(Invitation, self.invitation) is not None:
            raise RuleBroken("invitation-over", "there is such an invitation already")
        invitation = Invitation.send(
            context, self.invitation, self.person, self.expires, within=context.caller.unit
        )
        repository.add(invitation)
        return Answer.of(invitation)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Invitation.Sent)
        made = cls.rebuilt(invitation=e.originator_id, person=e.person, expires=e.expires)
        return made, None


class WithdrawInvitation(Command[None, Answer]):
    """Let an invitation be used no more."""

    NAME = "invitation.withdraw"

    invitation: UUID

    def unit(self, repository: Repository, _context: Context) -> UUID:
        invitation = repository.read(Invitation, self.invitation, "invitation")
        return repository.read(Person, invitation.person, "person").home

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        invitation = repository.get(Invitation, self.invitation, "invitation")
        invitation.withdraw(context)
        return Answer.of(invitation)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        withdrawn = events.one(Invitation.Withdrawn)
        return cls.rebuilt(invitation=withdrawn.originator_id), None


class AcceptInvitation(Command[None, TokenIssued]):
    """Use an invitation: whoever has its secret gets the person's first token, for one of the
    roles that they hold. The invited person is the caller; the invitation speaks for them."""

    NAME = "invitation.accept"
    ANSWER: ClassVar[type[Answer]] = TokenIssued

    invitation: UUID
    token: UUID
    role: RoleWithin
    label: PrivateLabel
    expires: AwareDatetime

    def authorize(self, repository: Repository, context: Context) -> None:
        invitation = repository.read(Invitation, self.invitation, "invitation")
        if invitation.person != context.caller.person:
            raise NotPermitted("the invitation is somebody else's")
        if (self.role.role, self.role.unit) != (context.caller.role, context.caller.unit):
            raise NotPermitted("the token is for another role than the one acted in")

    def sealed_for(self, _repository: Repository, context: Context, _found: None) -> UUID:
        return caller_of(context)

    def decide(self, repository: Repository, context: Context, _found: None) -> TokenIssued:
        person = remaining(repository, caller_of(context))
        if (self.role.role, self.role.unit) not in person.grants:
            raise RuleBroken("role-not-held", f"the person is not {self.role.role} there")
        _refuse_long_life(context, self.expires)
        account = repository.find(Account, Account.id_for(person.id))
        if account is not None and account.credentials:
            raise RuleBroken("has-begun", "sign in, and make a token there")
        use(repository, context, self.invitation, person, self.role.unit)
        if repository.find(AccessToken, self.token) is not None:
            raise RuleBroken("token-taken", "there is such a token already")
        return _issued(
            repository,
            context,
            self,
            person=person.id,
            role=self.role.role,
            unit=self.role.unit,
            parent=None,
        )

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e, used = events.one(AccessToken.Issued), events.one(Invitation.Used)
        made = cls.rebuilt(
            invitation=used.originator_id,
            token=e.originator_id,
            role=RoleWithin.rebuilt(role=e.role, unit=e.unit),
            label=e.label,
            expires=e.expires,
        )
        return made, None


def use(repository: Repository, context: Context, which: UUID, person: Person, unit: UUID) -> None:
    """Let a person use an invitation to act within a unit. Raises RuleBroken, NotPermitted."""
    invitation = repository.get(Invitation, which, "invitation")
    if invitation.within is not None:  # an administrator sent it, who may hold it still
        person.must_not_have_begun()
        if invitation.within not in context.authority.path(unit):
            raise NotPermitted("the role lies above the part of whoever sent the invitation")
    invitation.use(context)
    person.begin_access(context)


def _refuse_long_life(context: Context, expires: AwareDatetime) -> None:
    days = context.policy.limits.token_days
    if not context.at < expires <= context.at + timedelta(days=days):
        raise Invalid("token-life", f"a token lives at most {days} days")


def _issued(
    repository: Repository,
    context: Context,
    command: IssueToken | AcceptInvitation,
    *,
    person: UUID,
    role: str,
    unit: UUID,
    parent: UUID | None,
) -> TokenIssued:
    token = AccessToken.issue(
        context,
        command.token,
        person=person,
        role=role,
        unit=unit,
        label=closed(command.label),
        expires=command.expires,
        parent=parent,
    )
    repository.add(token)
    return TokenIssued.of(token, expires=token.expires)
