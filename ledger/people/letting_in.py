"""Decisions on how people let themselves in. That somebody is who they say was found out before:
by their passkey, their password, or an invitation that was sent to them."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from ledger.command import Answer, Command, CommandEvents, Repository
from ledger.context import Context
from ledger.errors import NotFound, NotPermitted
from ledger.people.access import use
from ledger.people.access_tokens import Invitation
from ledger.people.accounts import Account, Kind
from ledger.people.persons import Person
from ledger.people.roles import caller_of, must_lie_within, own_unit, remaining
from ledger.private import Box, Label, SealedAs, closed

Value = Annotated[str, StringConstraints(max_length=8000)]
PrivateLabel = Annotated[Label | Box, SealedAs("credential.label")]
PrivateValue = Annotated[Value | Box | None, SealedAs("credential.value")]
PrivatePlace = Annotated[
    Annotated[str, StringConstraints(max_length=200)] | Box, SealedAs("sign-in.place")
]


class AddCredential(Command[None, Answer]):
    """Set up a way to sign in: while signed in, or with an invitation, which is used up by it."""

    NAME = "credential.add"

    credential: UUID
    kind: Kind
    label: PrivateLabel
    value: PrivateValue = None
    invitation: UUID | None = None

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def authorize(self, repository: Repository, context: Context) -> None:
        super().authorize(repository, context)
        if self.invitation is not None:
            invitation = repository.read(Invitation, self.invitation, "invitation")
            if invitation.person != context.caller.person:
                raise NotPermitted("the invitation is somebody else's")

    def sealed_for(self, _repository: Repository, context: Context, _found: None) -> UUID:
        return caller_of(context)

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        person = remaining(repository, caller_of(context))
        account = repository.find(Account, Account.id_for(person.id))
        if self.invitation is not None:
            use(repository, context, self.invitation, person, own_unit(context))
        elif account is None:
            raise NotFound("account")
        if account is None:
            account = Account.open(context, person.id)
            repository.add(account)
        value = None if self.value is None else closed(self.value)
        account.add(context, self.credential, self.kind, closed(self.label), value)
        return Answer.of(account)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e, used = events.one(Account.CredentialAdded), events.maybe(Invitation.Used)
        made = cls.rebuilt(
            credential=e.credential,
            kind=e.kind,
            label=e.label,
            value=e.value,
            invitation=used.originator_id if used else None,
        )
        return made, None


class RenameCredential(Command[None, Answer]):
    """Call a way to sign in something else."""

    NAME = "credential.rename"

    credential: UUID
    label: PrivateLabel

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def sealed_for(self, _repository: Repository, context: Context, _found: None) -> UUID:
        return caller_of(context)

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        account = _own(repository, context)
        account.rename(context, self.credential, closed(self.label))
        return Answer.of(account)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Account.CredentialRenamed)
        return cls.rebuilt(credential=e.credential, label=e.label), None


class RemoveCredential(Command[None, Answer]):
    """Let a way to sign in go; the last one stays."""

    NAME = "credential.remove"

    credential: UUID

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        account = _own(repository, context)
        account.remove(context, self.credential)
        return Answer.of(account)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(credential=events.one(Account.CredentialRemoved).credential), None


class SignIn(Command[None, Answer]):
    """Somebody signs in, by a credential of theirs and the second step that it needs."""

    NAME = "account.sign-in"

    credential: UUID
    second: UUID | None = None
    count: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    place: PrivatePlace

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def sealed_for(self, _repository: Repository, context: Context, _found: None) -> UUID:
        return caller_of(context)

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        account = _own(repository, context)
        account.sign_in(
            context,
            self.credential,
            self.second,
            count=self.count,
            failed=self.failed,
            place=closed(self.place),
        )
        return Answer.of(account)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Account.SignedIn)
        made = cls.rebuilt(
            credential=e.credential,
            second=e.second,
            count=e.count,
            failed=e.failed,
            place=e.place,
        )
        return made, None


class LockAccount(Command[None, Answer]):
    """Try no password of an account until then: too many attempts failed."""

    NAME = "account.lock"

    account: UUID
    until: AwareDatetime

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        account = repository.get(Account, self.account, "account")
        account.lock(context, self.until)
        return Answer.of(account)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Account.Locked)
        return cls.rebuilt(account=e.originator_id, until=e.until), None


class ResetAccount(Command[None, Answer]):
    """As an administrator who knows that it is them: let go of everything by which a person signed
    in. What lets them in again goes to their own address."""

    NAME = "account.reset"

    account: UUID

    def unit(self, repository: Repository, _context: Context) -> UUID:
        account = repository.read(Account, self.account, "account")
        return repository.read(Person, account.person, "person").home

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        account = repository.get(Account, self.account, "account")
        person = remaining(repository, account.person)
        must_lie_within(context, person, context.caller.unit)
        account.reset(context)
        return Answer.of(account)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(account=events.one(Account.Reset).originator_id), None


def _own(repository: Repository, context: Context) -> Account:
    """Raises NotFound, or RuleBroken for somebody who was erased."""
    person = remaining(repository, caller_of(context))
    return repository.get(Account, Account.id_for(person.id), "account")
