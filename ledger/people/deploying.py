"""Decisions on the deployment itself, which only its operator takes: founding, moving, the rules in
force."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field

from keys.vault import Sealed
from ledger.command import Answer, Command, CommandEvents, Repository
from ledger.context import Context
from ledger.deployment import DEPLOYMENT_ID, Deployment
from ledger.errors import RuleBroken
from ledger.policy import POLICY_ID, Policy
from ledger.policy_in_force import PolicyInForce
from ledger.private import Box

Address = Annotated[str, Field(min_length=1, max_length=500)]


class FoundDeployment(Command[None, Answer]):
    """A ledger's first command: what it is known by, and the rules that it begins with."""

    NAME = "deployment.found"

    address: Address
    log: str
    keys: UUID
    vault: Box

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        if repository.find(Deployment, DEPLOYMENT_ID) is not None:
            raise RuleBroken("address-is-ours", "this ledger is founded already")
        vault: Sealed = self.vault
        deployment = Deployment.found(context, self.address, self.log, self.keys, vault)
        repository.add(deployment)
        repository.add(PolicyInForce.adopt(context, context.policy))
        return Answer.of(deployment)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Deployment.Founded)
        return cls.rebuilt(address=e.address, log=e.log, keys=e.keys, vault=e.vault), None


class DeploymentMoved(Answer):
    address: str
    former: tuple[str, ...]


class MoveDeployment(Command[None, DeploymentMoved]):
    """Move the ledger to another public address; ``address`` is its base URL. What is issued from
    then on names the new one."""

    NAME = "deployment.move"
    ANSWER: ClassVar[type[Answer]] = DeploymentMoved

    address: Address

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def decide(self, repository: Repository, context: Context, _found: None) -> DeploymentMoved:
        deployment = repository.get(Deployment, DEPLOYMENT_ID, "deployment")
        deployment.move(context, self.address)
        former = deployment.site.former
        return DeploymentMoved.of(deployment, address=self.address, former=former)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(address=events.one(Deployment.Moved).address), None


class AdoptPolicy(Command[None, Answer]):
    """Let a newer edition of the rules count from now on."""

    NAME = "policy.adopt"

    policy: Policy

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        in_force = repository.get(PolicyInForce, POLICY_ID, "policy")
        in_force.replace(context, self.policy)
        return Answer.of(in_force)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(policy=events.one(PolicyInForce.Replaced).policy), None
