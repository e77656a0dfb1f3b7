"""A ledger in which every kind of event happened, by commands; and the examiner over its log."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.domain import CanInitAggregate, CanMutateAggregate

from api.access import send_invitation, use_invitation
from api.capabilities import CAPABILITIES, COMMANDS, EDITIONS, NEWEST_POLICY, PROCESSES
from keys.vault import Sealed
from ledger.assessment import (
    AddEvidence,
    AppealRefusal,
    ClaimReview,
    DecideAppeal,
    DeclareConflict,
    DisqualifyAssessor,
    DraftSubmission,
    OpenEvidence,
    QualifyAssessor,
    ReassignReview,
    StepBack,
    SubmitRound,
    WithdrawSubmission,
)
from ledger.audit.credentials import CredentialAudit
from ledger.audit.examiner import Examiner, Problem
from ledger.audit.statements import Statements
from ledger.awards import (
    AcceptEndorsement,
    Award,
    DropEndorsement,
    EndShareLink,
    IssueAward,
    IssueEndorsement,
    MakeShareLink,
    ReinstateAward,
    RenewAward,
    RevokeAward,
    SuspendAward,
    WithdrawEndorsement,
    badge_bytes,
    endorsement_bytes,
)
from ledger.bus import CommandReceipt, Present, Request
from ledger.catalogue import (
    PublishMicroCredential,
    RetireMicroCredential,
    ReviseMicroCredential,
)
from ledger.command import CommandEvents, site_of
from ledger.context import SYSTEM, Caller, Context
from ledger.inputs import digest_of
from ledger.people import (
    NETWORK_ID,
    AddCredential,
    AdoptPolicy,
    ConfirmProposal,
    EndToken,
    FollowGroups,
    GrantedAuthority,
    GrantRole,
    IssueToken,
    LockAccount,
    MoveDeployment,
    ProposeErasure,
    PublishProfile,
    PutClockRight,
    RefuseProposal,
    RegisterOrganization,
    RemoveCredential,
    RenameCredential,
    RepeatErasure,
    ResetAccount,
    RevokeRole,
    RoleWithin,
    SendInvitation,
    SignIn,
    StopProposal,
    WithdrawInvitation,
    secret_id,
)
from ledger.policy import Policy
from ledger.policy_in_force import PolicyInForce
from projections.assessment import queues
from tests.ledger.awards.test_renewal_and_endorsements import University
from tests.world import World, definition, evidence

AGGREGATES: list[type[Any]] = [
    CommandReceipt,
    *(aggregate for each in CAPABILITIES for aggregate in each.ledger.aggregates),
]

EVENTS: list[type[Any]] = [
    kind
    for aggregate in AGGREGATES
    for kind in vars(aggregate).values()
    if isinstance(kind, type)
    and issubclass(kind, CanInitAggregate | CanMutateAggregate)
    and hasattr(kind, "TOPIC")
]
"""Every kind of event that a ledger can hold."""


SECOND_EDITION = NEWEST_POLICY.model_copy(
    update={"edition": NEWEST_POLICY.edition + 1, "attestation": "It is mine."}
)


def events_of(world: World) -> list[Any]:
    """The log, decoded."""
    store = world.app.store
    return [store.mapper.to_domain_event(stored) for page in store.pages() for stored in page]


def examiner_of(opened: Callable[[Sealed], bytes | None], *editions: Policy) -> Examiner:
    """An examiner as an audit has it, where the vault is at hand and opens sealed values.

    ``editions`` of the rules are known to it, beside the newest."""
    return Examiner(
        COMMANDS,
        lambda repository: GrantedAuthority(repository, {}),
        PROCESSES,
        [*EDITIONS, *editions],
        Statements(opened).check,
    )


def examined(world: World, events: Iterable[Any] | None = None) -> list[Problem]:
    """What the examiner, which knows the editions that were really adopted, says of the log, or of
    these events in its place."""
    adopted = [e.policy for e in events_of(world) if isinstance(e, PolicyInForce.Replaced)]
    examiner, found = examiner_of(cache(world.app.vault.open), *adopted), []
    for position, event in enumerate(events_of(world) if events is None else events):
        found += examiner.examine(position, event)
    found += examiner.finish()
    return found + [(d.position, d.detail) for d in examiner.chronology.divergences()]


def is_named(examiner: Examiner, events: Sequence[Any], changed: int) -> bool:
    """Whether the examiner says anything of a log that was changed at a position; the commands
    before are followed as they are, without being decided again."""
    start = max(changed - 1, 0)
    while start > 0 and _continues(events[start], events[start - 1]):
        start -= 1
    for at, event in enumerate(events[:start]):
        examiner.follow(at, event)
    for at, event in enumerate(events[start:], start):
        if examiner.examine(at, event):
            return True
    return bool(examiner.finish() or list(examiner.chronology.divergences()))


def digested_again(events: Sequence[Any], changed: int) -> list[Any]:
    """The log with the digest of that event's command made again, as far as it can be rebuilt."""
    log, whose = list(events), getattr(events[changed], "command_id", None)
    places = [at for at, event in enumerate(log) if getattr(event, "command_id", 0) == whose]
    try:
        inputs = inputs_of([log[at] for at in places])
    except Exception:  # what cannot be rebuilt, nobody digests
        return log
    for at in places:
        log[at] = copy.copy(log[at])
        log[at].__dict__["inputs"] = inputs
    return log


def inputs_of(events: Sequence[Any]) -> str:
    """The digest that belongs to the events of one command, the public one apart."""
    first = events[0]
    command, found = COMMANDS[first.command].rebuild(CommandEvents(events))
    given = [event for event in events if isinstance(event, CommandReceipt.Given)]
    context = Context(
        caller=Caller(first.actor, first.acting_role, first.acting_unit),
        at=first.timestamp,
        command=first.command,
        command_id=first.command_id,
        policy=NEWEST_POLICY,
        authority=None,  # type: ignore[arg-type]  # nothing is asked of it
        entropy=bytes,
        cause=first.cause,
    )
    receipts = [(event.originator_id, event.request) for event in given]
    return digest_of(command, found, context, receipts[-1] if receipts else None)


def _continues(event: Any, before: Any) -> bool:
    whose = getattr(event, "command_id", None)
    return whose is None or getattr(before, "command_id", whose) == whose


def credential_audit(world: World) -> CredentialAudit:
    """What an audit asks of each signed credential."""
    app = world.app

    def opened(event: Any) -> bytes | None:
        reads = badge_bytes if isinstance(event, Award.Event) else endorsement_bytes
        return reads(app.vault, event.document)

    every = site_of(Present(app.store)).every
    documents = [app.publishing.did_document(site) for site in every]
    keys = {key.id: key for key in app.keys.issuer_keys()}
    return CredentialAudit(documents, opened, keys, now=world.clock.now + timedelta(days=9999))


def write_every_kind(world: World) -> None:
    """Everything that can happen in a ledger, at least once."""
    _awards(world)
    _appeals_and_departures(world)
    _endorsements(world)
    _access(world)
    _proposals(world)
    _deployment(world)


def _awards(world: World) -> None:
    do, manager = world.do, world.manager
    lasting = world.publish(definition(name="Ends", valid_months=12, suspendable=True))
    first = world.award(micro=lasting)
    do(manager, RenewAward(award=first, note="Observed again."), key="renewed")
    do(manager, SuspendAward(award=first, reason="under-investigation", note="Asked."))
    do(manager, ReinstateAward(award=first, note="Cleared."))
    do(manager, RevokeAward(award=first, reason="integrity", note="Copied."))
    again = world.award(micro=lasting)
    do(manager, RenewAward(award=again, note="Observed."))
    do(manager, SuspendAward(award=again, reason="integrity", note="Copied."))
    do(manager, RevokeAward(award=again, reason="requested-by-holder", note="Asked."))
    shown = MakeShareLink(
        link=secret_id("shown"),
        awards=(first, again),
        label="For a school",
        named=True,
        expires=world.clock.now + timedelta(days=30),
    )
    do(world.educator, EndShareLink(link=do(world.educator, shown).id))
    twice = world.publish(definition(name="Twice", reviews_required=2))
    submission = world.submitted(micro=twice)
    world.review(submission, 0)
    world.review(submission, 1, meets=False)
    world.review(submission, 2)
    do(manager, IssueAward(submission=submission), key="awarded")
    world.accepted(micro=world.publish(definition(name="Itself", awarded_by="itself")))
    world.app.views.catch_up()
    world.app.processes.catch_up()
    do(manager, ReviseMicroCredential(micro_credential=twice, definition=definition(name="Two")))
    do(manager, RetireMicroCredential(micro_credential=twice, number=1))
    do(manager, PublishMicroCredential(micro_credential=twice))


def _appeals_and_departures(world: World) -> None:
    do, educator = world.do, world.educator
    once = world.publish(definition(name="Once", rounds_allowed=1))
    for overturn in (False, True):
        refused = world.submitted(micro=once)
        world.review(refused, 0, meets=False)
        do(educator, AppealRefusal(submission=refused, grounds="Look again."))
        do(world.manager, DecideAppeal(submission=refused, overturn=overturn, reason="Looked."))
    returned = world.submitted(micro=world.publish(definition(name="Back")))
    world.review(returned, 0, meets=False)
    do(educator, evidence(returned, b"More."))
    do(educator, AddEvidence(submission=returned, part="plan", data=b"P"))
    do(educator, SubmitRound(submission=returned, attested=True))
    review = do(world.assessors[1], ClaimReview(submission=returned)).id
    do(world.assessors[1], OpenEvidence(submission=returned, part="plan"))
    do(world.assessors[1], StepBack(review=review, conflict=True))
    do(world.assessors[2], DeclareConflict(educator=educator.person or uuid4()))
    leaving = world.person("assessor", NETWORK_ID)
    assert leaving.person is not None
    backs = world.publish(definition(name="Leaves"))
    do(world.manager, QualifyAssessor(person=leaving.person, micro_credential=backs))
    left = world.submitted(micro=backs)
    do(leaving, ClaimReview(submission=left))
    gone = RoleWithin(role="assessor", unit=NETWORK_ID)
    do(world.administrator, RevokeRole(person=leaving.person, role=gone))
    world.app.views.catch_up()
    world.app.processes.catch_up()
    taken = do(world.assessors[0], ClaimReview(submission=left)).id
    to = _of(world.assessors[3])
    do(world.manager, ReassignReview(submission=left, review=taken, assessor=to))
    with world.app.views.reading("submissions") as connection:
        (given,) = queues.open_reviews_of(connection, str(to))
    do(world.manager, ReassignReview(submission=left, review=UUID(given)))
    do(world.manager, DisqualifyAssessor(person=to, micro_credential=backs))
    do(educator, WithdrawSubmission(submission=left))


def _endorsements(world: World) -> None:
    do, site = world.do, world.app.site
    award = world.award()
    for target, kind in (
        (site.issuer, "issuer"),
        (site.badge(award), "award"),
        ("https://else.example.org/1", "achievement"),
    ):
        until = world.clock.now + timedelta(days=90)
        word = IssueEndorsement(
            endorser=world.campus,
            target=target,
            kind=kind,
            comment="Saw it.",
            valid_until=until,
        )
        given = do(world.administrator, word).id
    do(world.administrator, WithdrawEndorsement(endorsement=given, reason="Was mistaken."))
    achievement = site.achievement(world.micro, 1)
    for university in (University(), University()):
        said = university.word_for(achievement, world.clock.now + timedelta(days=300))
        do(
            world.manager,
            AcceptEndorsement(micro_credential=world.micro, number=1, credential=said),
        )
        endorser = university.key.did
    do(world.manager, DropEndorsement(micro_credential=world.micro, number=1, endorser=endorser))
    world.award(world.person("educator", world.campus))


def _access(world: World) -> None:
    do, educator = world.do, world.educator
    assert educator.person is not None
    role = RoleWithin(role="educator", unit=world.campus)
    invitation = send_invitation(world.app, Request(world.administrator), educator.person, 7)
    secret = use_invitation(world.app, invitation.secret, role, "test").secret
    speaking = Caller(educator.person, "educator", world.campus, secret_id(secret))
    expires = world.clock.now + timedelta(days=20)
    child = IssueToken(token=secret_id("child"), label="Laptop", expires=expires)
    do(speaking, child)
    do(speaking, EndToken(token=secret_id("child")), key="ended")
    unused = send_invitation(world.app, Request(world.administrator), _of(world.manager), 7)
    do(world.administrator, WithdrawInvitation(invitation=unused.id))
    _let_in(world, world.person("educator", world.campus))
    do(educator, PublishProfile(public=True))
    do(educator, PublishProfile(public=False))
    do(world.administrator, GrantRole(person=educator.person, role=_hiring(world)))


def _hiring(world: World) -> RoleWithin:
    return RoleWithin(role="hiring-manager", unit=world.campus)


def _proposals(world: World) -> None:
    do = world.do
    second = world.person("administrator", NETWORK_ID)
    leaving = [world.person("educator", world.campus) for _ in range(4)]
    made: list[UUID] = []
    for caller in leaving:
        assert caller.person is not None
        world.draft(caller)
        wish = ProposeErasure(
            person=caller.person, ground="requested-by-person", reason="Asked for it."
        )
        made.append(do(world.administrator, wish).id)
    do(second, RefuseProposal(proposal=made[0], reason="Not yet."))
    do(second, ConfirmProposal(proposal=made[1]))
    do(second, StopProposal(proposal=made[1], reason="Changed their mind."))
    do(second, ConfirmProposal(proposal=made[2]))
    world.clock.now += timedelta(days=8)
    world.app.views.catch_up()
    world.app.processes.catch_up()
    assert leaving[3].person is not None
    do(SYSTEM, RepeatErasure(person=leaving[3].person, ground="retention-ended"))
    world.app.views.catch_up()
    world.app.processes.catch_up()


def _deployment(world: World) -> None:
    do = world.do
    do(SYSTEM, MoveDeployment(address="http://localhost:8001"))
    world.award(world.person("educator", world.campus))
    do(SYSTEM, AdoptPolicy(policy=SECOND_EDITION))
    world.award(world.person("educator", world.campus))
    for _ in range(2):
        right, world.clock.now = world.clock.now, world.clock.now + timedelta(days=1)
        do(
            world.administrator,
            SendInvitation(
                invitation=uuid4(),
                person=_of(world.manager),
                expires=world.clock.now + timedelta(days=3),
            ),
        )
        world.clock.now = right
        do(SYSTEM, PutClockRight())
    west = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    do(world.administrator, west, key="west")
    draft = DraftSubmission(micro_credential=world.micro, number=1)
    do(world.person("educator", world.campus), draft, key="draft")


def _let_in(world: World, educator: Caller) -> None:
    """By a passkey, then with password and second step, until it is locked, and reset."""
    do = world.do
    invited = send_invitation(world.app, Request(world.administrator), _of(educator), 7)
    passkey, password, codes = uuid4(), uuid4(), uuid4()
    begun = AddCredential(
        credential=passkey, kind="passkey", label="Phone", value="{}", invitation=invited.id
    )
    account = do(educator, begun, key="begun").id
    do(educator, SignIn(credential=passkey, count=3, place="Firefox"))
    do(educator, AddCredential(credential=password, kind="password", label="Password"))
    do(educator, AddCredential(credential=codes, kind="one-time-codes", label="App"))
    do(educator, RenameCredential(credential=passkey, label="Old phone"))
    do(educator, SignIn(credential=passkey, count=4, place="Firefox"))
    do(educator, RemoveCredential(credential=passkey))
    do(SYSTEM, LockAccount(account=account, until=world.clock.now + timedelta(minutes=5)))
    do(educator, SignIn(credential=password, second=codes, failed=5, place="Firefox"))
    do(world.administrator, ResetAccount(account=account), key="reset")
    ruled = tuple(
        RoleWithin.model_validate({"role": role, "unit": world.campus})
        for role in ("educator", "assessor")
    )
    do(SYSTEM, FollowGroups(person=_of(educator), roles=ruled[1:], ruled=ruled))


def _of(caller: Caller) -> UUID:
    assert caller.person is not None
    return caller.person


def missing_kinds(events: Sequence[Any]) -> set[str]:
    """Kinds of event that did not happen."""
    return {kind.__qualname__ for kind in set(EVENTS) - {type(event) for event in events}}
