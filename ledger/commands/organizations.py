"""Commands on the tree of organizations."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger.commands.desk import Desk, Outcome, command
from ledger.commands.people import new_person
from ledger.errors import NotPermitted, RuleBroken
from ledger.organizations import NETWORK_ID, Kind, Organization
from ledger.permissions import may
from ledger.record import Act


@dataclass(frozen=True)
class Organizations:
    desk: Desk

    @command("network.found")
    def found(self, act: Act, name: str, administrator: str, email: str) -> Outcome:
        """Found the network with its first administrator; only the deployment itself may."""
        if not may(act.caller.role, "network.found"):
            raise NotPermitted("a network is founded from the command line")
        if self.desk.store.find(Organization, NETWORK_ID):
            raise RuleBroken("network-exists", "this ledger has its network already")
        network = Organization.found(act, name)
        person = new_person(self.desk, act, NETWORK_ID, administrator, email)
        person.grant_role(act, "administrator", NETWORK_ID)
        return Outcome.of(network, person, administrator=str(person.id))

    @command("organization.register")
    def register(self, act: Act, name: str, kind: Kind, parent: UUID) -> Outcome:
        """Register a district or a campus below ``parent``."""
        self.desk.authorize(act, "organization.register", parent)
        above = self.desk.organization(parent)
        return Outcome.of(Organization.register(act, name, kind, above))
