"""Commands on the deployment itself, which only its operator gives."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.commands.desk import Desk, Outcome, command
from ledger.deployment import DEPLOYMENT_ID, Deployment
from ledger.errors import NotPermitted
from ledger.permissions import may
from ledger.record import Act


@dataclass(frozen=True)
class Deployments:
    desk: Desk

    @command("deployment.move")
    def move(self, act: Act, address: str) -> Outcome:
        """Move the ledger to another public address; ``address`` is its base URL.

        What is issued from then on names the new one. Raises NotPermitted, RuleBroken.
        """
        if not may(act.caller.role, "deployment.move"):
            raise NotPermitted("a ledger is moved from the command line")
        deployment = self.desk.store.load(Deployment, DEPLOYMENT_ID, "deployment")
        deployment.move(act, address)
        return Outcome.of(deployment, address=address, former=list(deployment.site.former))
