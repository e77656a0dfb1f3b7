"""The commands: the only way to change the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.commands.achievements import MicroCredentials
from ledger.commands.awards import Awards
from ledger.commands.clock import Clocks
from ledger.commands.deployment import Deployments
from ledger.commands.desk import Desk, Order
from ledger.commands.endorsements import Endorsements
from ledger.commands.organizations import Organizations
from ledger.commands.people import People
from ledger.commands.reading import Reading
from ledger.commands.reviews import Reviews
from ledger.commands.submissions import Submissions

__all__ = ["Commands", "Desk", "Order"]


@dataclass(frozen=True)
class Commands:
    """All groups of commands around one desk."""

    desk: Desk

    @property
    def deployment(self) -> Deployments:
        return Deployments(self.desk)

    @property
    def organizations(self) -> Organizations:
        return Organizations(self.desk)

    @property
    def clock(self) -> Clocks:
        return Clocks(self.desk)

    @property
    def people(self) -> People:
        return People(self.desk)

    @property
    def micro_credentials(self) -> MicroCredentials:
        return MicroCredentials(self.desk)

    @property
    def submissions(self) -> Submissions:
        return Submissions(self.desk)

    @property
    def reviews(self) -> Reviews:
        return Reviews(self.desk)

    @property
    def awards(self) -> Awards:
        return Awards(self.desk)

    @property
    def endorsements(self) -> Endorsements:
        return Endorsements(self.desk)

    @property
    def reading(self) -> Reading:
        return Reading(self.desk)
