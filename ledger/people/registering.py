"""Decisions by which units and people come to be: founding, registering."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import ClassVar, Self
from uuid import UUID

from pydantic import Field

from ledger.command import Answer, Command, CommandEvents, Repository
from ledger.context import Context
from ledger.errors import RuleBroken
from ledger.people.organizations import NETWORK_ID, Organization, OrganizationKind
from ledger.people.persons import Person
from ledger.people.roles import RoleWithin, grant
from ledger.people.texts import Name, PrivateEmail, PrivateName
from ledger.preparer import Preparer
from ledger.private import closed


@dataclass(frozen=True)
class NewPerson:
    """The findings of a registration: the drawn id and handle. The person has a data key."""

    person: UUID
    handle: str

    @classmethod
    def draw(cls, preparer: Preparer) -> Self:
        return cls(preparer.new_id(), base64.b32encode(preparer.entropy(10)).decode().lower())

    @classmethod
    def of(cls, registered: Person.Registered) -> Self:
        return cls(registered.originator_id, registered.handle)


class Founded(Answer):
    administrator: UUID


class FoundNetwork(Command[NewPerson, Founded]):
    """Found the network with its first administrator."""

    NAME = "network.found"
    ANSWER: ClassVar[type[Answer]] = Founded

    name: Name
    administrator: PrivateName
    email: PrivateEmail

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def sealed_for(self, _repository: Repository, _context: Context, found: NewPerson) -> UUID:
        return found.person

    def prepare(self, preparer: Preparer, repository: Repository, _context: Context) -> NewPerson:
        if repository.find(Organization, NETWORK_ID):
            raise RuleBroken("network-exists", "this ledger has its network already")
        return new_person(preparer, repository, str(self.email))

    def decide(self, repository: Repository, context: Context, found: NewPerson) -> Founded:
        if repository.find(Organization, NETWORK_ID):
            raise RuleBroken("network-exists", "this ledger has its network already")
        network = Organization.found(context, self.name)
        repository.add(network)
        person = Person.register(
            context,
            found.person,
            home=NETWORK_ID,
            handle=found.handle,
            name=closed(self.administrator),
            email=closed(self.email),
        )
        person.grant_role(context, "administrator", NETWORK_ID)
        repository.add(person)
        return Founded.of(network, administrator=found.person)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, NewPerson]:
        network, person = events.one(Organization.Registered), events.one(Person.Registered)
        return (
            cls.rebuilt(name=network.name, administrator=person.name, email=person.email),
            NewPerson.of(person),
        )


class RegisterOrganization(Command[UUID, Answer]):
    """Register a district or a campus below ``parent``."""

    NAME = "organization.register"

    name: Name
    kind: OrganizationKind
    parent: UUID

    def unit(self, _repository: Repository, _context: Context) -> UUID:
        return self.parent

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> UUID:
        return preparer.new_id()

    def decide(self, repository: Repository, context: Context, found: UUID) -> Answer:
        parent = repository.read(Organization, self.parent, "organization")
        unit = Organization.register(context, found, self.name, self.kind, parent)
        repository.add(unit)
        return Answer.of(unit)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, UUID]:
        e = events.one(Organization.Registered)
        made = cls.rebuilt(name=e.name, kind=e.kind, parent=e.parent)
        return made, e.originator_id


class Registered(Answer):
    handle: str


class RegisterPerson(Command[NewPerson, Registered]):
    """Register a person who works at ``home``, with first roles if any."""

    NAME = "person.register"
    ANSWER: ClassVar[type[Answer]] = Registered

    name: PrivateName
    email: PrivateEmail
    home: UUID
    roles: tuple[RoleWithin, ...] = Field(default=(), max_length=10)

    def unit(self, _repository: Repository, _context: Context) -> UUID:
        return self.home

    def sealed_for(self, _repository: Repository, _context: Context, found: NewPerson) -> UUID:
        return found.person

    def prepare(self, preparer: Preparer, repository: Repository, _context: Context) -> NewPerson:
        return new_person(preparer, repository, str(self.email))

    def decide(self, repository: Repository, context: Context, found: NewPerson) -> Registered:
        person = Person.register(
            context,
            found.person,
            home=self.home,
            handle=found.handle,
            name=closed(self.name),
            email=closed(self.email),
        )
        repository.add(person)
        for role in self.roles:
            grant(context, person, role)
        return Registered.of(person, handle=found.handle)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, NewPerson]:
        e = events.one(Person.Registered)
        roles = tuple(
            RoleWithin.rebuilt(role=granted.role, unit=granted.unit)
            for granted in events.all(Person.RoleGranted)
        )
        made = cls.rebuilt(name=e.name, email=e.email, home=e.home, roles=roles)
        return made, NewPerson.of(e)


def new_person(preparer: Preparer, repository: Repository, email: str) -> NewPerson:
    """The findings of a registration; the person gets a data key, and the address is theirs.

    Raises RuleBroken where another person has the address.
    """
    drawn = NewPerson.draw(preparer)
    holder = preparer.vault.claim_address(email, drawn.person)
    if holder != drawn.person:
        if repository.find(Person, holder) is not None:
            raise RuleBroken("email-taken", "somebody is registered with this address already")
        preparer.vault.pass_address(email, drawn.person)  # that registration came to nothing
    preparer.vault.create(drawn.person)
    return drawn
