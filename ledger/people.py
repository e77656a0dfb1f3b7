"""Person: who takes part, in which roles, with which tokens. Names are sealed.

The stream's id is random and says nothing about the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from keys.vault import Sealed
from ledger.errors import NotFound, RuleBroken
from ledger.record import Act, Record


@dataclass(frozen=True)
class AccessToken:
    """An API token as we keep it: the SHA-256 of its secret and what it may stand for."""

    digest: str
    role: str
    unit: UUID
    expires: datetime


Ground = Literal["requested-by-person", "retention-ended", "no-legal-basis"]
"""On what ground a person's data is erased."""


class Person(Record):
    """An educator, assessor, manager …, by roles that each count within one unit."""

    class Registered(Record.Created):
        home: UUID
        handle: str
        name: Sealed
        email: Sealed

    class RoleGranted(Record.Event):
        role: str
        unit: UUID

        def apply(self, person: Person) -> None:
            person.grants.add((self.role, self.unit))

    class RoleRevoked(Record.Event):
        role: str
        unit: UUID

        def apply(self, person: Person) -> None:
            person.grants.discard((self.role, self.unit))
            lost = [
                t for t, a in person.tokens.items() if (a.role, a.unit) == (self.role, self.unit)
            ]
            for token in lost:
                del person.tokens[token]

    class TokenIssued(Record.Event):
        token: UUID
        digest: str
        role: str
        unit: UUID
        label: Sealed
        expires: datetime

        def apply(self, person: Person) -> None:
            person.tokens[self.token] = AccessToken(self.digest, self.role, self.unit, self.expires)

    class TokenRevoked(Record.Event):
        token: UUID

        def apply(self, person: Person) -> None:
            del person.tokens[self.token]

    class Qualified(Record.Event):
        micro_credential: UUID

        def apply(self, person: Person) -> None:
            person.qualified_for.add(self.micro_credential)

    class ConflictDeclared(Record.Event):
        educator: UUID

        def apply(self, person: Person) -> None:
            person.conflicts.add(self.educator)

    class ProfilePublished(Record.Event):
        def apply(self, person: Person) -> None:
            person.is_public = True

    class ProfileHidden(Record.Event):
        def apply(self, person: Person) -> None:
            person.is_public = False

    class Erased(Record.Event):
        """The tombstone: that the person's data key and evidence were destroyed, by whom, why."""

        ground: Ground

        def apply(self, person: Person) -> None:
            person.is_erased = True
            person.is_public = False
            person.grants.clear()
            person.tokens.clear()

    def __init__(self, *, home: UUID, handle: str, name: Sealed, email: Sealed) -> None:
        self.home = home
        self.handle = handle
        self.name = name
        self.email = email
        self.grants: set[tuple[str, UUID]] = set()
        self.tokens: dict[UUID, AccessToken] = {}
        self.qualified_for: set[UUID] = set()
        self.conflicts: set[UUID] = set()
        self.is_public = False
        self.is_erased = False

    @classmethod
    def register(
        cls, act: Act, person: UUID, *, home: UUID, handle: str, name: Sealed, email: Sealed
    ) -> Self:
        """A person at ``home``, the unit where they work."""
        return cls.begin(
            cls.Registered, act, person, home=home, handle=handle, name=name, email=email
        )

    def grant_role(self, act: Act, role: str, unit: UUID) -> None:
        """Raises RuleBroken for a role held already, or for auditor beside administrator."""
        if (role, unit) in self.grants:
            raise RuleBroken("role-already-held", f"the person is {role} there already")
        others = {"administrator": "auditor", "auditor": "administrator"}
        if others.get(role) in {held for held, _ in self.grants}:
            raise RuleBroken("roles-exclude-each-other", f"an {others[role]} cannot be {role} too")
        self.happened(self.RoleGranted, act, role=role, unit=unit)

    def revoke_role(self, act: Act, role: str, unit: UUID) -> None:
        """Raises NotFound."""
        if (role, unit) not in self.grants:
            raise NotFound("role of that person")
        self.happened(self.RoleRevoked, act, role=role, unit=unit)

    def issue_token(self, act: Act, token: UUID, access: AccessToken, label: Sealed) -> None:
        """A token for a role that the person holds. Raises RuleBroken."""
        if (access.role, access.unit) not in self.grants:
            raise RuleBroken("role-not-held", f"the person is not {access.role} there")
        self.happened(
            self.TokenIssued,
            act,
            token=token,
            digest=access.digest,
            role=access.role,
            unit=access.unit,
            label=label,
            expires=access.expires,
        )

    def revoke_token(self, act: Act, token: UUID) -> None:
        """Raises NotFound."""
        if token not in self.tokens:
            raise NotFound("token")
        self.happened(self.TokenRevoked, act, token=token)

    def qualify(self, act: Act, micro_credential: UUID) -> None:
        """Let an assessor review submissions for ``micro_credential``. Raises RuleBroken."""
        if "assessor" not in {role for role, _ in self.grants}:
            raise RuleBroken("not-an-assessor", "only an assessor can be qualified")
        if micro_credential in self.qualified_for:
            raise RuleBroken("already-qualified", "the assessor is qualified already")
        self.happened(self.Qualified, act, micro_credential=micro_credential)

    def declare_conflict(self, act: Act, educator: UUID) -> None:
        """A conflict of interest with ``educator``; it binds from now on."""
        if educator not in self.conflicts:
            self.happened(self.ConflictDeclared, act, educator=educator)

    def erase(self, act: Act, ground: Ground) -> None:
        """Decide that the person's data goes, and with it every role. Raises RuleBroken."""
        self.must_remain()
        self.happened(self.Erased, act, ground=ground)

    def must_remain(self) -> None:
        """Raises RuleBroken for a person who was erased."""
        if self.is_erased:
            raise RuleBroken("person-erased", "the person's data was erased")

    def publish_profile(self, act: Act, public: bool) -> None:
        """Show, or hide, the public profile. Hidden at first."""
        if public != self.is_public:
            self.happened(self.ProfilePublished if public else self.ProfileHidden, act)
