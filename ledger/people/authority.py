"""Whether a caller may do something to a unit, by people's grants and the tree of organizations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.command import Repository
from ledger.context import PROCESS, SYSTEM, Caller, Context
from ledger.errors import NotPermitted
from ledger.people.access_tokens import token_in_force
from ledger.people.organizations import Organization
from ledger.people.persons import Person


class GrantedAuthority:
    """Answers from the aggregates of ``repository``: as they are now, or as they were.

    ``paths`` remembers where units stand in the tree, which never changes.
    """

    def __init__(self, repository: Repository, paths: dict[UUID, tuple[UUID, ...]]) -> None:
        self._repository = repository
        self._paths = paths

    def require(self, context: Context, action: str, unit: UUID | None) -> None:
        """Raises NotPermitted unless policy lets the caller's role take ``action``, and the caller
        is the deployment itself, or holds the role and ``unit`` is the role's unit or lies below
        it. What belongs to no unit is for the deployment alone."""
        caller = context.caller
        if not context.policy.may(caller.role, action):
            raise NotPermitted(f"{action} is not for the role {caller.role}")
        if caller in (SYSTEM, PROCESS):
            return
        if unit is None:
            raise NotPermitted(f"{action} is for the deployment itself")
        self.must_hold(caller, context.at)
        if caller.unit not in self.path(unit):
            raise NotPermitted("this lies outside the caller's part of the organization")

    def must_hold(self, caller: Caller, at: datetime) -> None:
        """Raises NotPermitted unless the caller is a person who holds the role, and the token that
        speaks for them, if one does, is in force."""
        if caller.person is None or caller.unit is None:
            raise NotPermitted("only a person may do this")
        person = self._repository.read(Person, caller.person, "person")
        if (caller.role, caller.unit) not in person.grants:
            raise NotPermitted(f"the caller is no longer {caller.role} there")
        if caller.token is not None:
            token_in_force(self._repository, caller.token, caller, at)

    def path(self, unit: UUID) -> tuple[UUID, ...]:
        """``unit`` and every unit above it. Raises NotFound."""
        if unit not in self._paths:
            organization = self._repository.read(Organization, unit, "organization")
            above = self.path(organization.parent) if organization.parent else ()
            self._paths[unit] = (unit, *above)
        return self._paths[unit]
