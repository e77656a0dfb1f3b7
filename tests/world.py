"""A small deployment with real parts, to try commands on: nothing in it is a stand-in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from api.settings import Settings
from api.wiring import Testamur
from ledger.achievements import Criterion, Definition, FrameworkAlignment, Level, Part
from ledger.commands import Commands, Order
from ledger.organizations import NETWORK_ID
from ledger.record import SYSTEM, Caller
from projections import awards


class TickingClock:
    """A clock of our own: each look is a second later."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.now = start
        self.step = timedelta(seconds=1)

    def catch_up(self) -> None:
        """Go by the real clock, as other processes do, and no quicker."""
        self.now = max(self.now, datetime.now(UTC))
        self.step = timedelta(microseconds=1)

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def definition(**changes: Any) -> Definition:
    """A micro-credential with a text part, an optional file and two criteria."""
    levels = (Level(id="emerging", name="Emerging"), Level(id="shown", name="Shown"))
    values: dict[str, Any] = {
        "name": "Checking for Understanding",
        "description": "Finds out what students understood, and acts on it.",
        "criteria": "Shows *how* it was done.",
        "parts": (
            Part(id="reflection", name="Reflection", instruction="Say what changed.", kind="text"),
            Part(id="plan", name="Plan", instruction="Add it.", kind="file", required=False),
        ),
        "rubric": (
            Criterion(id="practice", name="Practice", levels=levels, required_level="shown"),
            Criterion(id="impact", name="Impact", levels=levels, required_level="shown"),
        ),
        "alignments": (
            FrameworkAlignment(name="Assess", url="https://case.example.org/items/1", code="A.1"),
        ),
        "tags": ("assessment",),
    }
    return Definition(**{**values, **changes})


PASS = {"practice": "shown", "impact": "shown"}
NOT_YET = {"practice": "shown", "impact": "emerging"}
WHY = {"impact": "Show work from before and after."}


@dataclass
class World:
    """A network with one campus, its people, and a published micro-credential."""

    app: Testamur
    clock: TickingClock
    campus: UUID
    administrator: Caller
    manager: Caller
    assessors: list[Caller]
    educator: Caller
    micro: UUID

    @property
    def do(self) -> Commands:
        return self.app.commands

    @classmethod
    def build(cls, home: Path, database_url: str = "", base_url: str = "") -> World:
        settings = Settings(
            home=home,
            database_url=database_url,
            base_url=base_url or "http://localhost:8000",
            key_passphrase="a passphrase",  # type: ignore[arg-type]
        )
        clock = TickingClock()
        app = Testamur.create(settings, clock)
        do = app.commands
        founded = do.organizations.found(Order(SYSTEM), "Harmony", "Ari", "ari@example.org")
        admin = Caller(UUID(founded["administrator"]), "administrator", NETWORK_ID)
        district = do.organizations.register(Order(admin), "East", "district", NETWORK_ID)
        campus = UUID(
            do.organizations.register(Order(admin), "Oak", "campus", UUID(district["id"]))["id"]
        )
        world = cls(app, clock, campus, admin, admin, [], admin, campus)
        world.manager = world.person("programme-manager", NETWORK_ID)
        world.assessors = [world.person("assessor", NETWORK_ID) for _ in range(4)]
        world.educator = world.person("educator", campus)
        world.micro = world.publish(definition())
        return world

    def person(self, role: str, unit: UUID, name: str = "Sam Synthetic") -> Caller:
        """A new person in one role."""
        email = f"{os.urandom(4).hex()}@example.org"
        answer = self.do.people.register(
            Order(self.administrator), name, email, unit, ((role, unit),)
        )
        return Caller(UUID(answer["id"]), role, unit)

    def publish(self, what: Definition) -> UUID:
        """A published micro-credential for which every assessor is qualified."""
        order = Order(self.manager)
        micro = UUID(self.do.micro_credentials.define(order, NETWORK_ID, what)["id"])
        self.do.micro_credentials.publish(order, micro)
        for assessor in self.assessors:
            assert assessor.person is not None
            self.do.people.qualify(order, assessor.person, micro)
        return micro

    def draft(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """A draft with all its required evidence."""
        own = Order(educator or self.educator)
        submission = UUID(self.do.submissions.draft(own, micro or self.micro, 1)["id"])
        self.do.submissions.add_evidence(
            own, submission, "reflection", "reflection.txt", "text/plain", b"What changed: a lot."
        )
        return submission

    def submitted(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """A submission in its first round."""
        submission = self.draft(educator, micro)
        self.do.submissions.submit(Order(educator or self.educator), submission, True, "My words.")
        return submission

    def review(self, submission: UUID, assessor: int = 0, meets: bool = True) -> dict[str, Any]:
        """One assessor's review, from claim to verdict."""
        order = Order(self.assessors[assessor])
        review = UUID(self.do.reviews.claim(order, submission)["id"])
        levels, words = (PASS, {}) if meets else (NOT_YET, WHY)
        return self.do.reviews.record(order, review, levels, words)

    def accepted(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """A submission that one assessor passed."""
        submission = self.submitted(educator, micro)
        self.review(submission)
        return submission

    def award(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """An award, by the whole way to it."""
        submission = self.accepted(educator, micro)
        return UUID(self.do.awards.issue(Order(self.manager), submission)["id"])

    def awards(self) -> list[UUID]:
        """Every award, as the register has it now."""
        with self.app.views.reading() as connection:
            return [UUID(row.id) for row in awards.page(connection, 0, 1000)]

    def token(self, caller: Caller) -> str:
        """An API token for a caller."""
        assert caller.person is not None
        assert caller.unit is not None
        answer = self.do.people.issue_token(
            Order(self.administrator), caller.person, caller.role, caller.unit, "test", 3650
        )
        self.app.views.catch_up()
        secret: str = answer["secret"]
        return secret
