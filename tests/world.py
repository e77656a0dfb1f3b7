"""A small deployment with real parts, to try commands on: nothing in it is a stand-in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from api.access import send_invitation, use_invitation
from api.settings import Settings
from api.wiring import Testamur
from ledger.assessment import (
    AddEvidence,
    ClaimReview,
    DraftSubmission,
    QualifyAssessor,
    RecordReview,
    ReviewRecorded,
    SubmissionShown,
    SubmitRound,
)
from ledger.awards import IssueAward
from ledger.bus import Request
from ledger.catalogue import (
    Criterion,
    DefineMicroCredential,
    Definition,
    FrameworkAlignment,
    Level,
    Part,
    PublishMicroCredential,
)
from ledger.command import Command, Told
from ledger.context import SYSTEM, Caller, Context
from ledger.people import (
    NETWORK_ID,
    ConfirmProposal,
    FoundNetwork,
    ProposeErasure,
    RegisterOrganization,
    RegisterPerson,
    RoleWithin,
)
from projections.awards import register


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

    def do(
        self,
        caller: Caller,
        command: Command[Any, Told],
        key: str | None = None,
        expected_version: int | None = None,
    ) -> Told:
        """Carry a command out."""
        return self.app.bus.execute(Request(caller, key, expected_version), command)

    def context(self, caller: Caller, command: str, at: datetime | None = None) -> Context:
        """In which an insider writes past the commands."""
        return Context(
            caller=caller,
            at=at or self.clock(),
            command=command,
            command_id=uuid4(),
            policy=self.app.bus.policy(),
            authority=self.app.authority,
            entropy=self.app.entropy,
        )

    def read(self, caller: Caller, submission: UUID) -> SubmissionShown:
        """A submission as a caller may see it."""
        return self.app.reading.submission(caller, self.app.bus.policy(), submission)

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
        nobody = UUID(int=0)
        world = cls(app, clock, nobody, SYSTEM, SYSTEM, [], SYSTEM, nobody)
        found = FoundNetwork(name="Harmony", administrator="Ari", email="ari@example.org")
        founded = world.do(SYSTEM, found)
        world.administrator = Caller(founded.administrator, "administrator", NETWORK_ID)
        district = RegisterOrganization(name="East", kind="district", parent=NETWORK_ID)
        above = world.do(world.administrator, district).id
        campus = RegisterOrganization(name="Oak", kind="campus", parent=above)
        world.campus = world.do(world.administrator, campus).id
        world.manager = world.person("programme-manager", NETWORK_ID)
        world.assessors = [world.person("assessor", NETWORK_ID) for _ in range(4)]
        world.educator = world.person("educator", world.campus)
        world.micro = world.publish(definition())
        return world

    def person(self, role: str, unit: UUID, name: str = "Sam Synthetic") -> Caller:
        """A new person in one role."""
        email = f"{os.urandom(4).hex()}@example.org"
        roles = (RoleWithin.model_validate({"role": role, "unit": unit}),)
        registered = RegisterPerson(name=name, email=email, home=unit, roles=roles)
        return Caller(self.do(self.administrator, registered).id, role, unit)

    def publish(self, what: Definition) -> UUID:
        """A published micro-credential for which every assessor is qualified."""
        defined = DefineMicroCredential(owner=NETWORK_ID, definition=what)
        micro = self.do(self.manager, defined).id
        self.do(self.manager, PublishMicroCredential(micro_credential=micro))
        for assessor in self.assessors:
            assert assessor.person is not None
            qualified = QualifyAssessor(person=assessor.person, micro_credential=micro)
            self.do(self.manager, qualified)
        return micro

    def draft(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """A draft with all its required evidence."""
        own = educator or self.educator
        begun = DraftSubmission(micro_credential=micro or self.micro, number=1)
        submission = self.do(own, begun).id
        self.do(own, evidence(submission, b"What changed: a lot."))
        return submission

    def submitted(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """A submission in its first round."""
        submission = self.draft(educator, micro)
        round_ = SubmitRound(submission=submission, attested=True, statement="My words.")
        self.do(educator or self.educator, round_)
        return submission

    def review(self, submission: UUID, assessor: int = 0, meets: bool = True) -> ReviewRecorded:
        """One assessor's review, from claim to verdict."""
        caller = self.assessors[assessor]
        review = self.do(caller, ClaimReview(submission=submission)).id
        levels, words = (PASS, {}) if meets else (NOT_YET, WHY)
        return self.do(caller, RecordReview(review=review, levels=levels, feedback=dict(words)))

    def accepted(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """A submission that one assessor passed."""
        submission = self.submitted(educator, micro)
        self.review(submission)
        return submission

    def award(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """An award, by the whole way to it."""
        submission = self.accepted(educator, micro)
        return self.do(self.manager, IssueAward(submission=submission)).id

    def awards(self) -> list[UUID]:
        """Every award, as the register has it now."""
        with self.app.views.reading("awards") as connection:
            return [UUID(row.id) for row in register.page(connection, 0, 1000)]

    def forget(self, person: Caller) -> None:
        """The whole way to an erasure: two administrators, a delay, and what follows by itself."""
        assert person.person is not None
        another = self.person("administrator", NETWORK_ID)
        proposed = ProposeErasure(
            person=person.person, ground="requested-by-person", reason="They asked for it."
        )
        proposal = self.do(self.administrator, proposed).id
        self.do(another, ConfirmProposal(proposal=proposal))
        self.clock.now += timedelta(days=8)
        self.app.processes.catch_up()

    def token(self, caller: Caller) -> str:
        """An API token for a caller, by invitation."""
        assert caller.person is not None
        assert caller.unit is not None
        invitation = send_invitation(self.app, Request(SYSTEM), caller.person, 7)
        role = RoleWithin.model_validate({"role": caller.role, "unit": caller.unit})
        return use_invitation(self.app, invitation.secret, role, "test").secret


def evidence(submission: UUID, data: bytes, part: str = "reflection") -> AddEvidence:
    """The evidence of one part."""
    return AddEvidence(submission=submission, part=part, name=f"{part}.txt", data=data)
