"""A small ledger with its read models and nothing above them: real parts, driven by commands."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from badges.loader import NoDocuments
from badges.verification import Verifier
from keys.keystore import KeyStore
from keys.vault import Vault
from ledger import assessment, awards, catalogue, people
from ledger.assessment import (
    AddEvidence,
    ClaimReview,
    DraftSubmission,
    OpenEvidence,
    QualifyAssessor,
    RecordReview,
    SubmitRound,
)
from ledger.awards import (
    EndShareLink,
    IssueAward,
    IssueEndorsement,
    MakeShareLink,
    RenewAward,
    RevokeAward,
    WithdrawEndorsement,
)
from ledger.bus import CommandBus, Request
from ledger.catalogue import (
    Criterion,
    DefineMicroCredential,
    Definition,
    Level,
    Part,
    PublishMicroCredential,
)
from ledger.command import Command
from ledger.context import PROCESS, SYSTEM, Caller
from ledger.editions import stated
from ledger.files import FileFolder
from ledger.people import (
    NETWORK_ID,
    AcceptInvitation,
    ConfirmProposal,
    ErasePerson,
    FoundDeployment,
    FoundNetwork,
    GrantedAuthority,
    ProposeErasure,
    RegisterOrganization,
    RegisterPerson,
    RoleWithin,
    SendInvitation,
    secret_id,
)
from ledger.policy import Policy
from ledger.preparer import Preparer
from ledger.store import EventStore
from ledger.transparency import VerifierKey
from ledger.value import Value
from projections import Views
from projections import assessment as assessment_views
from projections import awards as award_views
from projections import catalogue as catalogue_views
from projections import people as people_views

CAPABILITIES = (people.CAPABILITY, catalogue.CAPABILITY, assessment.CAPABILITY, awards.CAPABILITY)
PROJECTIONS = (
    *people_views.CAPABILITY,
    *catalogue_views.CAPABILITY,
    *assessment_views.CAPABILITY,
    *award_views.CAPABILITY,
)


@dataclass
class Clock:
    """Each look is a second later."""

    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def definition(**changes: Any) -> Definition:
    """A micro-credential with one text part and one criterion."""
    levels = (Level(id="emerging", name="Emerging"), Level(id="shown", name="Shown"))
    values: dict[str, Any] = {
        "name": "Checking for Understanding",
        "description": "Finds out what students understood.",
        "criteria": "Shows how it was done.",
        "parts": (Part(id="reflection", name="Reflection", instruction="Say it.", kind="text"),),
        "rubric": (
            Criterion(id="practice", name="Practice", levels=levels, required_level="shown"),
        ),
    }
    return Definition(**{**values, **changes})


@dataclass
class Ledger:
    """A network with two campuses of one district, its people, and what they do."""

    store: EventStore
    views_url: str
    views: Views
    bus: CommandBus
    clock: Clock
    administrator: Caller = SYSTEM
    district: UUID = NETWORK_ID
    oak: UUID = NETWORK_ID
    elm: UUID = NETWORK_ID
    manager: Caller = SYSTEM
    educator: Caller = SYSTEM
    assessors: list[Caller] = field(default_factory=list)
    micro: UUID = NETWORK_ID

    @classmethod
    def build(cls, home: Path, keys: KeyStore, database_url: str = "") -> Ledger:
        """``database_url`` is a PostgreSQL database, or empty for SQLite files in ``home``."""
        home.mkdir()
        clock = Clock()
        values: list[type[Value]] = [
            Policy,
            *(value for each in CAPABILITIES for value in each.values),
        ]
        store = EventStore(database_url or f"sqlite:///{home / 'events.db'}", values)
        vault = Vault.make(f"sqlite:///{home / 'vault.db'}", keys.vault_secret)
        preparer = Preparer(
            vault,
            keys,
            FileFolder(home / "evidence"),
            FileFolder(home / "images"),
            lambda at: Verifier(NoDocuments(), at),
            os.urandom,
            store.newest,
        )
        allowed = {k: v for each in CAPABILITIES for k, v in each.permissions.items()}
        paths: dict[UUID, tuple[UUID, ...]] = {}
        bus = CommandBus(
            store,
            preparer,
            clock,
            {command.NAME: command for each in CAPABILITIES for command in each.commands},
            stated(1, allowed),
            lambda r: GrantedAuthority(r, paths),
        )
        views_url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        views_url = views_url or f"sqlite:///{home / 'views.db'}"
        ledger = cls(store, views_url, Views(views_url, store, PROJECTIONS), bus, clock)
        address = "http://localhost:8000"
        log = VerifierKey("localhost:8000/log", keys.note_key("log")).vkey
        found = FoundDeployment(address=address, log=log, keys=keys.id, vault=vault.probe())
        ledger.do(SYSTEM, found)
        ledger._populate()
        return ledger

    def _populate(self) -> None:
        founded = self.do(
            SYSTEM, FoundNetwork(name="Harmony", administrator="Ari", email="ari@example.org")
        )
        self.administrator = Caller(founded.administrator, "administrator", NETWORK_ID)
        self.district = self.unit("East", "district", NETWORK_ID)
        self.oak = self.unit("Oak", "campus", self.district)
        self.elm = self.unit("Elm", "campus", self.district)
        self.manager = self.person("programme-manager", NETWORK_ID)
        self.assessors = [self.person("assessor", NETWORK_ID) for _ in range(3)]
        self.educator = self.person("educator", self.oak)
        self.micro = self.publish(definition())

    def close(self) -> None:
        self.views.close()
        self.store.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read models that have followed the log."""
        self.views.catch_up()
        with self.views.reading() as connection:
            yield connection

    def do(self, caller: Caller, command: Command[Any, Any], **request: Any) -> Any:
        """Carry out a command; gives its answer."""
        return self.bus.execute(Request(caller, **request), command)

    def unit(self, name: str, kind: Any, parent: UUID) -> UUID:
        registered = RegisterOrganization(name=name, kind=kind, parent=parent)
        return UUID(str(self.do(self.administrator, registered).id))

    def person(self, role: Any, unit: UUID) -> Caller:
        """A new person in one role."""
        email = f"{os.urandom(4).hex()}@example.org"
        roles = (RoleWithin(role=role, unit=unit),)
        new = RegisterPerson(name="Sam Synthetic", email=email, home=unit, roles=roles)
        return Caller(self.do(self.administrator, new).id, role, unit)

    def publish(self, what: Definition) -> UUID:
        """A published micro-credential for which every assessor is qualified."""
        micro = self.do(self.manager, DefineMicroCredential(owner=NETWORK_ID, definition=what)).id
        self.do(self.manager, PublishMicroCredential(micro_credential=micro))
        for assessor in self.assessors:
            self.qualify(assessor, micro)
        return UUID(str(micro))

    def qualify(self, assessor: Caller, micro: UUID) -> None:
        assert assessor.person is not None
        self.do(self.manager, QualifyAssessor(person=assessor.person, micro_credential=micro))

    def submitted(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """A submission in its first round."""
        own = educator or self.educator
        drafted = self.do(own, DraftSubmission(micro_credential=micro or self.micro, number=1))
        self.resubmit(drafted.id, own)
        return UUID(str(drafted.id))

    def resubmit(self, submission: UUID, educator: Caller | None = None) -> None:
        """A further round of a submission that was returned."""
        own = educator or self.educator
        evidence = AddEvidence(
            submission=submission,
            part="reflection",
            name="a.txt",
            data=b"What changed: a lot.",
        )
        self.do(own, evidence)
        self.do(own, SubmitRound(submission=submission, attested=True, statement="My words."))

    def claim(self, submission: UUID, assessor: int = 0) -> UUID:
        claimed = self.do(self.assessors[assessor], ClaimReview(submission=submission))
        return UUID(str(claimed.id))

    def review(self, submission: UUID, assessor: int = 0, meets: bool = True) -> UUID:
        """One assessor's review, from claim to verdict."""
        review = self.claim(submission, assessor)
        level = "shown" if meets else "emerging"
        scores = RecordReview(
            review=review, levels={"practice": level}, feedback={"practice": "Say more."}
        )
        self.do(self.assessors[assessor], scores)
        return review

    def accepted(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """A submission that one assessor passed."""
        submission = self.submitted(educator, micro)
        self.review(submission)
        return submission

    def award(self, educator: Caller | None = None, micro: UUID | None = None) -> UUID:
        """An award, by the whole way to it."""
        issue = IssueAward(submission=self.accepted(educator, micro))
        return UUID(str(self.do(self.manager, issue).id))

    def everything(self) -> UUID:
        """Events for every table; gives an award that was revoked."""
        self.unit("West", "district", NETWORK_ID)
        award = self.award(self.person("educator", self.oak))
        self.do(self.manager, RevokeAward(award=award, reason="integrity", note="Note."))
        renewable = self.publish(definition(name="Renewable", valid_months=12))
        renewed = self.award(micro=renewable)
        self.do(self.manager, RenewAward(award=renewed, note="Still practised."))
        for link in (secret_id(os.urandom(8).hex()) for _ in range(2)):
            expires = self.clock.now + timedelta(days=30)
            self.do(
                self.educator,
                MakeShareLink(link=link, awards=(renewed,), label="Mine", expires=expires),
            )
        self.do(self.educator, EndShareLink(link=link))
        endorse = IssueEndorsement(
            endorser=NETWORK_ID, kind="issuer", target="urn:x:1", comment="Good."
        )
        given = self.do(self.administrator, endorse)
        withdraw = WithdrawEndorsement(endorsement=given.id, reason="No more.")
        self.do(self.administrator, withdraw)
        other = self.person("educator", self.oak)
        returned = self.submitted(other)
        self.review(returned, meets=False)
        self.do(self.assessors[0], OpenEvidence(submission=returned, part="reflection"))
        assert other.person is not None
        first, second, token = (secret_id(os.urandom(8).hex()) for _ in range(3))
        for invitation in (first, second):
            expires = self.clock.now + timedelta(days=7)
            invite = SendInvitation(invitation=invitation, person=other.person, expires=expires)
            self.do(self.administrator, invite)
        accept = AcceptInvitation(
            invitation=first,
            token=token,
            role=RoleWithin(role="educator", unit=self.oak),
            label="Laptop",
            expires=self.clock.now + timedelta(days=30),
        )
        self.do(other, accept)
        proposal = self.erasure(self.person("educator", self.elm))
        self.clock.now += timedelta(days=8)
        self.do(PROCESS, ErasePerson(proposal=proposal))
        return award

    def erasure(self, person: Caller) -> UUID:
        """A confirmed proposal to erase a person; gives its id."""
        assert person.person is not None
        other = self.person("administrator", NETWORK_ID)
        propose = ProposeErasure(
            person=person.person, ground="requested-by-person", reason="They asked."
        )
        proposal = self.do(self.administrator, propose).id
        self.do(other, ConfirmProposal(proposal=proposal))
        return UUID(str(proposal))


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


BROKEN = "no read model takes this"


@contextmanager
def broken(ledger: Ledger, name: str) -> Iterator[None]:
    """Every handler of one read model fails."""

    def breaks(*_: object) -> None:
        raise ValueError(BROKEN)

    handlers = ledger.views._handlers
    whole = handlers[name]
    handlers[name] = dict.fromkeys(whole, breaks)
    try:
        yield
    finally:
        handlers[name] = whole
