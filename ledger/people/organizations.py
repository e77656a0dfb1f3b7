"""Organization: a network, a district or a campus, in a tree."""

from __future__ import annotations

from typing import Literal, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import RuleBroken

OrganizationKind = Literal["network", "district", "campus"]
_PARENTS: dict[str, str | None] = {"network": None, "district": "network", "campus": "district"}

NETWORK_ID = uuid5(NAMESPACE_URL, "testamur:network")
"""The stream of the one network that a ledger has: founding a second one is a conflict."""


class Organization(Aggregate):
    """A unit of the organization. Its place in the tree never changes."""

    TOPIC = "people.Organization"

    class Registered(FoundingEvent):
        TOPIC = "people.Organization.Registered"

        name: str
        kind: OrganizationKind
        parent: UUID | None

    def __init__(self, *, name: str, kind: OrganizationKind, parent: UUID | None) -> None:
        self.name = name
        self.kind = kind
        self.parent = parent

    @classmethod
    def found(cls, context: Context, name: str) -> Self:
        """The network at the top."""
        return cls.begin(
            cls.Registered, context, NETWORK_ID, name=name, kind="network", parent=None
        )

    @classmethod
    def register(
        cls, context: Context, unit: UUID, name: str, kind: OrganizationKind, parent: Organization
    ) -> Self:
        """A unit below ``parent``. Raises RuleBroken where the kinds do not fit."""
        if _PARENTS[kind] != parent.kind:
            raise RuleBroken("organization-misplaced", f"a {parent.kind} has no {kind}")
        return cls.begin(cls.Registered, context, unit, name=name, kind=kind, parent=parent.id)
