"""Decisions on roles and on a person's public profile."""

from __future__ import annotations

from typing import NamedTuple, Self
from uuid import UUID

from pydantic import Field

from ledger.command import Answer, Command, CommandEvents, Repository
from ledger.context import Context
from ledger.errors import NotPermitted
from ledger.people.persons import Person
from ledger.policy import Role
from ledger.preparer import Preparer
from ledger.value import Value


class RoleWithin(Value):
    """A role that counts within a unit and everything below it."""

    role: Role
    unit: UUID


def grant(context: Context, person: Person, role: RoleWithin) -> None:
    """Give a person a role. Raises NotPermitted, also to whoever would raise themselves."""
    context.authority.require(context, "role.grant", role.unit)
    if context.caller.person == person.id:
        raise NotPermitted("nobody grants a role to themselves")
    person.grant_role(context, role.role, role.unit)


class GrantRole(Command[None, Answer]):
    """Give a person a role within a unit; nobody grants one to themselves."""

    NAME = "role.grant"

    person: UUID
    role: RoleWithin

    def unit(self, _repository: Repository, _context: Context) -> UUID:
        return self.role.unit

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        person = remaining(repository, self.person)
        grant(context, person, self.role)
        return Answer.of(person)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Person.RoleGranted)
        role = RoleWithin.rebuilt(role=e.role, unit=e.unit)
        return cls.rebuilt(person=e.originator_id, role=role), None


class RevokeRole(Command[None, Answer]):
    """Take a role away; what acts in it can act no more."""

    NAME = "role.revoke"

    person: UUID
    role: RoleWithin

    def unit(self, _repository: Repository, _context: Context) -> UUID:
        return self.role.unit

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        person = remaining(repository, self.person)
        person.revoke_role(context, self.role.role, self.role.unit)
        return Answer.of(person)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Person.RoleRevoked)
        role = RoleWithin.rebuilt(role=e.role, unit=e.unit)
        return cls.rebuilt(person=e.originator_id, role=role), None


class Changes(NamedTuple):
    """What a person's roles lack, and what they have too many, by the rule for groups."""

    granted: tuple[RoleWithin, ...]
    revoked: tuple[RoleWithin, ...]


class FollowGroups(Command[Changes, Answer]):
    """Give and take roles as the operator's rule says for the groups that a district's own provider
    names: ``roles`` are those that a person should hold, ``ruled`` all that the rule decides on."""

    NAME = "role.follow-groups"
    UNRECORDED = frozenset({"roles", "ruled"})

    person: UUID
    roles: tuple[RoleWithin, ...] = Field(max_length=100)
    ruled: tuple[RoleWithin, ...] = Field(max_length=100)

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def prepare(self, _preparer: Preparer, repository: Repository, _context: Context) -> Changes:
        held = {RoleWithin.rebuilt(role=r, unit=u) for r, u in self._person(repository).grants}
        return Changes(
            tuple(dict.fromkeys(each for each in self.roles if each not in held)),
            tuple(dict.fromkeys(e for e in self.ruled if e not in self.roles and e in held)),
        )

    def decide(self, repository: Repository, context: Context, found: Changes) -> Answer:
        person = self._person(repository)
        for each in found.revoked:
            person.revoke_role(context, each.role, each.unit)
        for each in found.granted:
            context.authority.path(each.unit)
            person.grant_role(context, each.role, each.unit)
        return Answer.of(person)

    def _person(self, repository: Repository) -> Person:
        return remaining(repository, self.person)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, Changes]:
        granted = tuple(_role_of(e) for e in events.all(Person.RoleGranted))
        revoked = tuple(_role_of(e) for e in events.all(Person.RoleRevoked))
        return cls.rebuilt(person=events.first.originator_id), Changes(granted, revoked)


def _role_of(event: Person.RoleGranted | Person.RoleRevoked) -> RoleWithin:
    return RoleWithin.rebuilt(role=event.role, unit=event.unit)


class PublishProfile(Command[None, Answer]):
    """An educator shows, or hides, their public profile."""

    NAME = "profile.publish"

    public: bool

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        person = remaining(repository, caller_of(context))
        person.publish_profile(context, self.public)
        return Answer.of(person)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(public=events.maybe(Person.ProfilePublished) is not None), None


def must_lie_within(context: Context, person: Person, part: UUID | None) -> None:
    """Raises NotPermitted unless every role of the person lies within ``part`` of the
    organization: nobody decides on those above them."""
    for _, unit in person.grants:
        if part not in context.authority.path(unit):
            raise NotPermitted("the person holds a role above the caller's part")


def remaining(repository: Repository, person_id: UUID) -> Person:
    """The person, to be changed. Raises NotFound, or RuleBroken for one who was erased."""
    person = repository.get(Person, person_id, "person")
    person.must_remain()
    return person


def caller_of(context: Context) -> UUID:
    """The person who calls. Raises NotPermitted where none does."""
    if context.caller.person is None:
        raise NotPermitted("only a person may do this")
    return context.caller.person


def own_unit(context: Context) -> UUID:
    """The unit for which the caller acts. Raises NotPermitted where no person calls."""
    if context.caller.unit is None:
        raise NotPermitted("only a person may do this")
    return context.caller.unit
