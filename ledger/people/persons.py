"""Person: who takes part, and in which roles. Names are sealed.

The stream's id is random and says nothing about the person.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, Self
from uuid import UUID

from keys.vault import Sealed
from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import NotFound, RuleBroken

Ground = Literal["requested-by-person", "retention-ended", "no-legal-basis"]
"""On what ground a person's data is erased."""


class Person(Aggregate):
    """An educator, assessor, manager …, by roles that each count within one unit."""

    TOPIC = "people.Person"

    class Registered(FoundingEvent):
        TOPIC = "people.Person.Registered"

        home: UUID
        handle: str
        name: Sealed
        email: Sealed

    class RoleGranted(Aggregate.Event):
        TOPIC = "people.Person.RoleGranted"

        role: str
        unit: UUID

        def apply(self, person: Person) -> None:
            person.grants.add((self.role, self.unit))

    class RoleRevoked(Aggregate.Event):
        TOPIC = "people.Person.RoleRevoked"

        role: str
        unit: UUID

        def apply(self, person: Person) -> None:
            person.grants.discard((self.role, self.unit))

    class Began(Aggregate.Event):
        """That the person used an invitation: from now on they let themselves in."""

        TOPIC = "people.Person.Began"

        def apply(self, person: Person) -> None:
            person.has_begun = True

    class ProfilePublished(Aggregate.Event):
        TOPIC = "people.Person.ProfilePublished"

        def apply(self, person: Person) -> None:
            person.is_public = True

    class ProfileHidden(Aggregate.Event):
        TOPIC = "people.Person.ProfileHidden"

        def apply(self, person: Person) -> None:
            person.is_public = False

    class Erased(Aggregate.Event):
        """The tombstone: that the person's data key and evidence were destroyed, by whom, why."""

        TOPIC = "people.Person.Erased"

        ground: Ground

        def apply(self, person: Person) -> None:
            person.is_erased = True
            person.is_public = False
            person.grants.clear()

    def __init__(self, *, home: UUID, handle: str, name: Sealed, email: Sealed) -> None:
        self.home = home
        self.handle = handle
        self.name = name
        self.email = email
        self.grants: set[tuple[str, UUID]] = set()
        self.has_begun = False
        self.is_public = False
        self.is_erased = False

    @classmethod
    def register(
        cls, context: Context, person: UUID, *, home: UUID, handle: str, name: Sealed, email: Sealed
    ) -> Self:
        """A person at ``home``, the unit where they work."""
        return cls.begin(
            cls.Registered, context, person, home=home, handle=handle, name=name, email=email
        )

    def grant_role(self, context: Context, role: str, unit: UUID) -> None:
        """Raises RuleBroken for a role held already, or for auditor beside administrator."""
        if (role, unit) in self.grants:
            raise RuleBroken("role-already-held", f"the person is {role} there already")
        refuse_beside(role, {held for held, _ in self.grants})
        self.record(self.RoleGranted, context, role=role, unit=unit)

    def revoke_role(self, context: Context, role: str, unit: UUID) -> None:
        """Raises NotFound."""
        if (role, unit) not in self.grants:
            raise NotFound("role of that person")
        self.record(self.RoleRevoked, context, role=role, unit=unit)

    def holds(self, role: str, path: Sequence[UUID]) -> bool:
        """Whether they hold the role in one of the units of ``path``."""
        return any(held == role and unit in path for held, unit in self.grants)

    def begin_access(self, context: Context) -> None:
        """The person uses an invitation; the first time is remembered."""
        if not self.has_begun:
            self.record(self.Began, context)

    def must_not_have_begun(self) -> None:
        """Raises RuleBroken for one who can let themselves in: an invitation that somebody else
        holds would be a way to act as them."""
        if self.has_begun:
            raise RuleBroken("has-begun", "the person has used an invitation already")

    def erase(self, context: Context, ground: Ground) -> None:
        """Decide that the person's data goes, and with it every role. Raises RuleBroken."""
        self.must_remain()
        self.record(self.Erased, context, ground=ground)

    def must_remain(self) -> None:
        """Raises RuleBroken for a person who was erased."""
        if self.is_erased:
            raise RuleBroken("person-erased", "the person's data was erased")

    def publish_profile(self, context: Context, public: bool) -> None:
        """Show, or hide, the public profile. Hidden at first."""
        if public != self.is_public:
            self.record(self.ProfilePublished if public else self.ProfileHidden, context)


def refuse_beside(role: str, held: Collection[str]) -> None:
    """Raises RuleBroken for a role that nobody may hold beside one of ``held``."""
    others = {"administrator": "auditor", "auditor": "administrator"}
    if others.get(role) in held:
        raise RuleBroken("roles-exclude-each-other", f"an {others[role]} cannot be {role} too")
