"""Whether a caller may do something to a unit, by what the records say."""

from __future__ import annotations

from typing import Protocol, TypeVar
from uuid import UUID

from ledger.errors import NotPermitted
from ledger.organizations import Organization
from ledger.people import Person
from ledger.permissions import may
from ledger.record import Act, Record

RecordT = TypeVar("RecordT", bound=Record)


class Records(Protocol):
    """Where records are read: as they are now, or as they were."""

    def look(self, kind: type[RecordT], record_id: UUID, what: str) -> RecordT:
        """The record, to be read only. Raises NotFound, naming it as ``what``."""


class Authority:
    """Answers from people's grants and the tree of organizations."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._paths: dict[UUID, tuple[UUID, ...]] = {}

    def authorize(self, act: Act, action: str, unit: UUID) -> None:
        """Raises NotPermitted unless the caller holds the role, it allows the action, and
        ``unit`` is the role's unit or lies below it."""
        caller = act.caller
        if not may(caller.role, action):
            raise NotPermitted(f"{action} is not for the role {caller.role}")
        if caller.person is None or caller.unit is None:
            raise NotPermitted("only a person may do this")
        person = self._records.look(Person, caller.person, "person")
        if (caller.role, caller.unit) not in person.grants:
            raise NotPermitted(f"the caller is no longer {caller.role} there")
        if caller.unit not in self.path(unit):
            raise NotPermitted("this lies outside the caller's part of the organization")

    def authorize_for(self, act: Act, action: str, person: UUID, unit: UUID) -> None:
        """One may do it for oneself; for others, only as an administrator."""
        if act.caller.person != person and act.caller.role != "administrator":
            raise NotPermitted("only an administrator does this for somebody else")
        if act.caller.person == person and act.caller.unit is not None:
            unit = act.caller.unit
        self.authorize(act, action, unit)

    def path(self, unit: UUID) -> tuple[UUID, ...]:
        """``unit`` and every unit above it. Units never move, so it is remembered."""
        if unit not in self._paths:
            organization = self._records.look(Organization, unit, "organization")
            above = self.path(organization.parent) if organization.parent else ()
            self._paths[unit] = (unit, *above)
        return self._paths[unit]
