"""Two school years at Harmony, step by step in the order of time.

Every step is a real command with the story's clock; nothing is inserted behind their back. The
same seed gives the same story, apart from ids, keys and nonces, which are random as always.
"""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from api.demo.catalogue import RoleCard, role_cards
from ledger.assessment import (
    AddEvidence,
    ClaimReview,
    DraftSubmission,
    QualifyAssessor,
    RecordReview,
    Submission,
    SubmitRound,
)
from ledger.awards import IssueAward, Reason, RevokeAward
from ledger.bus import CommandBus, Request
from ledger.catalogue import DefineMicroCredential, PublishMicroCredential
from ledger.command import Command, Told
from ledger.context import SYSTEM, Caller
from ledger.people import (
    NETWORK_ID,
    Founded,
    FoundNetwork,
    OrganizationKind,
    PublishProfile,
    RegisterOrganization,
    RegisterPerson,
    RoleWithin,
)
from ledger.policy import Role

_REVOKED: tuple[tuple[str, Reason, str], ...] = (
    ("2018-19", "issued-in-error", "The award was entered for the wrong micro-credential."),
    ("2019-20", "evidence-not-authentic", "The artifact was a colleague's."),
    ("2019-20", "requested-by-holder", "The educator asked for it to be withdrawn."),
    ("2019-20", "integrity", "The rubric was shared before the assessment."),
)
"""Awards that come on top of the published figures, and are revoked again."""

_FEEDBACK = "Show the change for students with work from before and after."
_SETBACKS = 0.18
"""Share of submissions that come back once."""


class StoryClock:
    """The commands' clock: where the story stands. It never runs backwards."""

    def __init__(self) -> None:
        self.now = datetime(2018, 8, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def move_to(self, moment: datetime) -> None:
        self.now = max(self.now, moment)


@dataclass
class Cast:
    """Who is who, as callers."""

    administrator: Caller
    manager: Caller
    hiring_manager: Caller
    auditor: Caller
    assessors: list[Caller] = field(default_factory=list)
    educators: list[Caller] = field(default_factory=list)

    def personas(self) -> dict[str, Caller]:
        """One of each kind, to try the system as."""
        return {
            "educator": self.educators[0],
            "assessor": self.assessors[0],
            "programme manager": self.manager,
            "administrator": self.administrator,
            "hiring manager": self.hiring_manager,
            "auditor": self.auditor,
        }


@dataclass(frozen=True)
class Earning:
    """One educator's way to one award, as the story wants it."""

    educator: Caller
    micro: UUID
    two_reviews: bool
    school_year: str
    setback: bool
    revoked: tuple[Reason, str] | None = None


class Story:
    """Plays the case study: ``issued`` grows to ``wanted`` awards, of which ``live`` stay."""

    def __init__(
        self,
        bus: CommandBus,
        run_processes: Callable[[], object],
        clock: StoryClock,
        facts: dict[str, Any],
        seed: int = 2016,
    ) -> None:
        self._bus = bus
        self._run_processes = run_processes
        self._clock = clock
        self._facts = facts
        self._random = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._queue: list[tuple[datetime, int, Iterator[timedelta]]] = []
        self._begun = 0
        self._held: defaultdict[Caller, set[UUID]] = defaultdict(set)
        self._micros: dict[str, list[tuple[UUID, bool]]] = defaultdict(list)
        self._by_itself: set[UUID] = set()
        self._qualified: dict[UUID, list[Caller]] = {}
        self.wanted = sum(year["awards"] for year in facts["years"]) + len(_REVOKED)
        self.issued: list[UUID] = []
        self.live: list[UUID] = []

    def play(self, progress: Callable[[], None]) -> Cast:
        """Play it through; ``progress`` is called once for each award."""
        cast = self._found()
        cards = role_cards(self._facts)
        for year in self._facts["years"]:
            self._clock.move_to(_day(year["school_year"], 20))
            new = [card for card in cards if card.school_year == year["school_year"]]
            self._publish(cast, new, year["school_year"])
            for earning in self._earnings(cast, year):
                self._begin(self._earn(earning, cast, progress), earning.school_year)
            self._run_until_done()
        self._leave_work_to_do(cast)
        return cast

    def _do(self, caller: Caller, command: Command[Any, Told]) -> Told:
        return self._bus.execute(Request(caller), command)

    def _found(self) -> Cast:
        network = self._facts["network"]
        founded = self._do(
            SYSTEM,
            FoundNetwork(
                name=network,
                administrator="Ari Demo-Administrator",
                email="administrator@example.org",
            ),
        )
        assert isinstance(founded, Founded)
        admin = Caller(founded.administrator, "administrator", NETWORK_ID)
        campuses = self._register_organizations(admin)
        manager = self._register(admin, "Mo Demo-Manager", "programme-manager", NETWORK_ID)
        hiring = self._register(admin, "Hal Demo-Hiring", "hiring-manager", NETWORK_ID)
        auditor = self._register(admin, "Ona Demo-Auditor", "auditor", NETWORK_ID)
        cast = Cast(admin, manager, hiring, auditor)
        for number in range(1, 13):
            name = f"Sol Demo-Assessor {number}"
            cast.assessors.append(self._register(admin, name, "assessor", NETWORK_ID))
        for number in range(self._facts["years"][-1]["educators"]):
            first, last = divmod(number, len(self._facts["last_names"]))
            name = f"{self._facts['first_names'][first]} Demo-{self._facts['last_names'][last]}"
            campus = campuses[number % len(campuses)]
            cast.educators.append(self._register(admin, name, "educator", campus))
        return cast

    def _register_organizations(self, admin: Caller) -> list[UUID]:
        def register(name: str, kind: OrganizationKind, parent: UUID) -> UUID:
            unit = RegisterOrganization(name=name, kind=kind, parent=parent)
            return self._do(admin, unit).id

        districts = [
            register(f"District {number}", "district", NETWORK_ID)
            for number in range(1, self._facts["districts"] + 1)
        ]
        return [
            register(f"Campus {number + 1:02}", "campus", districts[number % len(districts)])
            for number in range(self._facts["campuses"])
        ]

    def _register(self, admin: Caller, name: str, role: Role, unit: UUID) -> Caller:
        email = name.lower().replace(" ", ".") + "@example.org"
        roles = (RoleWithin(role=role, unit=unit),)
        person = RegisterPerson(name=name, email=email, home=unit, roles=roles)
        return Caller(self._do(admin, person).id, role, unit)

    def _publish(self, cast: Cast, cards: list[RoleCard], school_year: str) -> None:
        for card in cards:
            for definition in card.micro_credentials:
                defined = DefineMicroCredential(owner=NETWORK_ID, definition=definition)
                micro = self._do(cast.manager, defined).id
                self._do(cast.manager, PublishMicroCredential(micro_credential=micro))
                if definition.awarded_by == "itself":
                    self._by_itself.add(micro)
                self._micros[school_year].append((micro, definition.reviews_required == 2))
                self._qualified[micro] = self._random.sample(cast.assessors, 4)
                for assessor in self._qualified[micro]:
                    assert assessor.person is not None
                    qualified = QualifyAssessor(person=assessor.person, micro_credential=micro)
                    self._do(cast.manager, qualified)

    def _earnings(self, cast: Cast, year: dict[str, Any]) -> Iterator[Earning]:
        """Who earns what: each educator of the year at least one, none of them twice."""
        name = year["school_year"]
        offered = [micro for micros in self._micros.values() for micro in micros]
        earners = cast.educators[: year["educators"]]
        extra = self._random.choices(earners, k=year["awards"] - len(earners))
        wanted = [*earners, *extra]
        revoked = [(reason, note) for when, reason, note in _REVOKED if when == name]
        plans: list[tuple[Caller, tuple[Reason, str] | None]] = [(e, None) for e in wanted]
        plans += [(self._random.choice(earners), why) for why in revoked]
        for educator, why in plans:
            held = self._held[educator]
            micro, two = self._random.choice([m for m in offered if m[0] not in held])
            held.add(micro)
            setback = self._random.random() < _SETBACKS
            yield Earning(educator, micro, two, name, setback, why)

    def _earn(
        self, earning: Earning, cast: Cast, progress: Callable[[], None]
    ) -> Iterator[timedelta]:
        """One way to an award; yields how long until its next step."""
        own = earning.educator
        submission = self._start(own, earning.micro)
        yield self._days(3, 21)
        self._submit(own, submission, "I can show this in my own classroom.")
        yield self._days(1, 6)
        assessors = self._random.sample(self._qualified[earning.micro], 4)
        if earning.setback:
            for assessor in assessors[: 2 if earning.two_reviews else 1]:
                self._review(assessor, submission, meets=False)
            yield self._days(5, 20)
            self._add(own, submission, "reflection", "Before and after: the work of nine weeks.")
            self._submit(own, submission, "Now with work samples.")
            yield self._days(1, 6)
        disagree = earning.two_reviews and self._random.random() < 0.15
        self._review(assessors[0], submission, meets=True)
        if earning.two_reviews:
            self._review(assessors[1], submission, meets=not disagree)
        if disagree:
            yield self._days(1, 3)
            self._review(assessors[2], submission, meets=True)
        yield self._days(0, 2)
        if earning.micro in self._by_itself:
            self._run_processes()
            award = self._awarded(submission)
        else:
            award = self._do(cast.manager, IssueAward(submission=submission)).id
        self.issued.append(award)
        progress()
        if earning.revoked is None:
            self.live.append(award)
            return
        yield self._days(5, 15)
        reason, note = earning.revoked
        self._do(cast.manager, RevokeAward(award=award, reason=reason, note=note))

    def _awarded(self, submission: UUID) -> UUID:
        """The award that a process has issued for a submission."""
        (awarded,) = (
            event
            for event in self._bus.store.events.get(submission)
            if isinstance(event, Submission.Awarded)
        )
        return awarded.award

    def _start(self, own: Caller, micro: UUID) -> UUID:
        submission = self._do(own, DraftSubmission(micro_credential=micro, number=1)).id
        self._add(own, submission, "context", "My class, its challenge, and why it matters.")
        self._add(own, submission, "artifact", "A lesson plan with notes from three lessons.")
        self._add(own, submission, "reflection", "What changed, and how I know.")
        return submission

    def _add(self, own: Caller, submission: UUID, part: str, text: str) -> None:
        evidence = AddEvidence(
            submission=submission,
            part=part,
            name=f"{part}.txt",
            data=text.encode(),
        )
        self._do(own, evidence)

    def _submit(self, own: Caller, submission: UUID, statement: str | None = None) -> None:
        self._do(own, SubmitRound(submission=submission, attested=True, statement=statement))

    def _review(self, assessor: Caller, submission: UUID, meets: bool) -> None:
        review = self._do(assessor, ClaimReview(submission=submission)).id
        impact = self._random.choice(["demonstrated", "exemplary"]) if meets else "emerging"
        levels = {"context": "demonstrated", "practice": "demonstrated", "impact": impact}
        feedback = {} if meets else {"impact": _FEEDBACK}
        self._do(assessor, RecordReview(review=review, levels=levels, feedback=feedback))

    def _leave_work_to_do(self, cast: Cast) -> None:
        """Something in every queue, for whoever tries the system."""
        assessor, educator = cast.assessors[0], cast.educators[0]
        reviewed = next(micro for micro in self._qualified if assessor in self._qualified[micro])
        for other in [e for e in cast.educators[1:] if reviewed not in self._held[e]][:3]:
            self._submit(other, self._start(other, reviewed))
        unheld = next(micro for micro in self._qualified if micro not in self._held[educator])
        self._start(educator, unheld)
        self._do(educator, PublishProfile(public=True))

    def _begin(self, steps: Iterator[timedelta], school_year: str) -> None:
        start = _day(school_year, 40) + self._days(0, 190)
        self._begun += 1  # settles which of two at the same minute comes first
        heapq.heappush(self._queue, (start, self._begun, steps))

    def _run_until_done(self) -> None:
        """Take the earliest step of all ways, again and again."""
        while self._queue:
            moment, number, steps = heapq.heappop(self._queue)
            self._clock.move_to(moment)
            pause = next(steps, None)
            if pause is not None:
                heapq.heappush(self._queue, (moment + pause, number, steps))

    def _days(self, least: int, most: int) -> timedelta:
        return timedelta(
            days=self._random.randint(least, most), minutes=self._random.randrange(6 * 60)
        )


def _day(school_year: str, number: int) -> datetime:
    """The day ``number`` days into a school year, at the start of work."""
    first = date(int(school_year[:4]), 8, 1) + timedelta(days=number)
    return datetime.combine(first, time(13, 0), tzinfo=UTC)
