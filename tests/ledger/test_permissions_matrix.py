"""Every role against every action, from what the capabilities state: each cell is tried at the bus.

Whoever may gets the command carried out, on a thing made for it; whoever may not is refused before
anything else and nothing is recorded. Whoever is refused acts as the very person whose thing it is,
so that nothing but the role speaks against them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.capabilities import COMMANDS, NEWEST_POLICY, PERMISSIONS
from api.rules import page
from ledger.assessment import (
    AppealRefusal,
    AssignReview,
    ClaimReview,
    DecideAppeal,
    DeclareConflict,
    DisqualifyAssessor,
    DraftSubmission,
    OpenEvidence,
    QualifyAssessor,
    ReassignReview,
    RecordReview,
    ReleaseReview,
    Review,
    StepBack,
    Submission,
    SubmitRound,
    WithdrawSubmission,
)
from ledger.awards import (
    AcceptEndorsement,
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
)
from ledger.catalogue import (
    DefineMicroCredential,
    PublishMicroCredential,
    RetireMicroCredential,
    ReviseMicroCredential,
)
from ledger.command import Command
from ledger.context import PROCESS, SYSTEM, Caller
from ledger.errors import LedgerError, NotFound, NotPermitted
from ledger.people import (
    NETWORK_ID,
    AcceptInvitation,
    AddCredential,
    AdoptPolicy,
    AskToBeForgotten,
    ConfirmProposal,
    EndToken,
    ErasePerson,
    FollowGroups,
    FoundDeployment,
    FoundNetwork,
    GrantRole,
    IssueToken,
    LockAccount,
    MoveDeployment,
    ProposeErasure,
    PublishProfile,
    PutClockRight,
    RefuseProposal,
    RegisterOrganization,
    RegisterPerson,
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
)
from ledger.policy import ROLES
from tests.conftest import ROOT
from tests.world import PASS, World, definition, evidence

CALLERS = (*ROLES, "system", "process")
WHY_NOT = "Seen and found wanting."
REFUSED_BY_RULE = {
    "deployment.found": "address-is-ours",  # there is one for each ledger
    "network.found": "network-exists",
    "policy.adopt": "edition-not-newer",
    "clock.put-right": "clock-right",
    "endorsement.accept": "endorsement-not-verified",  # a real one takes another issuer
    "endorsement.drop": "not-endorsed",
    "review.release": "still-an-assessor",
}
"""What a rule refuses even to those who may, on the things made here."""


class Case:
    """Things for one cell: who acts, and what is there to act on."""

    def __init__(self, world: World, role: str) -> None:
        self.world = world
        self.role = role
        standing = {"system": SYSTEM, "process": PROCESS}
        self.caller = standing.get(role) or world.person(role, self.unit)

    @property
    def unit(self) -> UUID:
        return self.world.campus if self.role == "educator" else NETWORK_ID

    @property
    def educator(self) -> Caller:
        is_own = self.role == "educator"
        return self.caller if is_own else self.world.person("educator", self.world.campus)

    def someone(self, role: str = "educator") -> UUID:
        return self._person(self.world.person(role, self.world.campus))

    @staticmethod
    def _person(caller: Caller) -> UUID:
        assert caller.person is not None
        return caller.person

    def assessed(self) -> UUID:
        """A submission on which an assessor, the caller if they are one, has an open review."""
        submission = self.world.submitted(self.educator)
        caller = self.caller if self.role == "assessor" else self.world.assessors[0]
        self.qualified(caller)
        return self.world.do(caller, ClaimReview(submission=submission)).id

    def qualified(self, assessor: Caller) -> UUID:
        person = self._person(assessor)
        if assessor not in self.world.assessors:
            command = QualifyAssessor(person=person, micro_credential=self.world.micro)
            self.world.do(self.world.manager, command)
        return person

    def refused(self) -> UUID:
        """A submission that was turned down in its last round."""
        own = self.educator
        submission = self.world.draft(own)
        while self.world.read(own, submission).state != "not-accepted":
            self.world.do(own, SubmitRound(submission=submission, attested=True))
            self.world.review(submission, meets=False)
        return submission

    def proposal(self, *steps: str) -> UUID:
        """An erasure that another proposed, and what came of it."""
        world = self.world
        command = ProposeErasure(person=self.someone(), ground="requested-by-person", reason="Yes.")
        made = world.do(world.administrator, command).id
        if "confirmed" in steps:
            world.do(world.person("administrator", NETWORK_ID), ConfirmProposal(proposal=made))
        if "due" in steps:
            world.clock.now += timedelta(days=30)
        return made

    def award(self, ends: bool = False) -> UUID:
        micro = self.world.publish(definition(valid_months=12, suspendable=True)) if ends else None
        return self.world.award(self.world.person("educator", self.world.campus), micro)

    def suspended(self) -> UUID:
        award = self.award(ends=True)
        command = SuspendAward(award=award, reason="integrity", note=WHY_NOT)
        self.world.do(self.world.manager, command)
        return award

    def invitation(self, person: UUID) -> UUID:
        command = SendInvitation(invitation=uuid4(), person=person, expires=self.later)
        return self.world.do(self.world.administrator, command).id

    def token(self) -> UUID:
        if self.caller.person is None:
            return uuid4()
        command = IssueToken(token=uuid4(), label="x", expires=self.later)
        return self.world.do(self.caller, command).id

    def own_invitation(self) -> UUID:
        return self.invitation(self.caller.person or self.someone())

    def credential(self) -> UUID:
        """One of two of the caller's."""
        if self.caller.person is None:
            return uuid4()
        invitation: UUID | None = self.own_invitation()
        for _ in range(2):
            command = AddCredential(
                credential=uuid4(), kind="passkey", label="x", value="{}", invitation=invitation
            )
            self.world.do(self.caller, command)
            invitation = None
        return command.credential

    def account(self) -> UUID:
        """Somebody else's."""
        someone = Caller(self.someone(), "educator", self.world.campus)
        command = AddCredential(
            credential=uuid4(),
            kind="password",
            label="x",
            invitation=self.invitation(self._person(someone)),
        )
        return self.world.do(someone, command).id

    def endorsement(self) -> UUID:
        return self.world.do(self.world.manager, self.endorse()).id

    def endorse(self) -> IssueEndorsement:
        return IssueEndorsement(
            endorser=NETWORK_ID, kind="issuer", target="https://x.example", comment="Good."
        )

    def defined(self) -> UUID:
        command = DefineMicroCredential(owner=NETWORK_ID, definition=definition())
        return self.world.do(self.world.manager, command).id

    @property
    def later(self) -> Any:
        return self.world.clock.now + timedelta(days=5)

    @property
    def own_role(self) -> RoleWithin:
        return RoleWithin.rebuilt(role=self.role, unit=self.unit)

    @property
    def held(self) -> RoleWithin:
        return RoleWithin(role="educator", unit=self.world.campus)


def found_deployment(case: Case) -> Command[Any, Any]:
    vault = case.world.app.vault.seal(case.someone(), "deployment.vault", b"x")
    return FoundDeployment(address="https://x.example", log="x", keys=uuid4(), vault=vault)


def reassigned(case: Case) -> ReassignReview:
    review = case.assessed()
    submission = case.world.app.store.read(Review, review, "review").submission
    to = case.qualified(case.world.assessors[1])
    return ReassignReview(submission=submission, review=review, assessor=to)


MADE: dict[str, Callable[[Case], Command[Any, Any]]] = {
    "deployment.found": found_deployment,
    "deployment.move": lambda _: MoveDeployment(address="https://new.example.org"),
    "network.found": lambda _: FoundNetwork(
        name="Other", administrator="Eve", email="eve@example.org"
    ),
    "policy.adopt": lambda _: AdoptPolicy(policy=NEWEST_POLICY),
    "clock.put-right": lambda _: PutClockRight(),
    "organization.register": lambda _: RegisterOrganization(
        name="West", kind="district", parent=NETWORK_ID
    ),
    "person.register": lambda case: RegisterPerson(
        name="New", email=f"{uuid4().hex}@example.org", home=case.world.campus
    ),
    "role.grant": lambda case: GrantRole(
        person=case.someone(), role=RoleWithin(role="educator", unit=NETWORK_ID)
    ),
    "role.revoke": lambda case: RevokeRole(person=case.someone(), role=case.held),
    "role.follow-groups": lambda case: FollowGroups(
        person=case.someone(),
        roles=(RoleWithin(role="assessor", unit=NETWORK_ID),),
        ruled=(RoleWithin(role="assessor", unit=NETWORK_ID), case.held),
    ),
    "profile.publish": lambda _: PublishProfile(public=True),
    "token.issue": lambda case: IssueToken(token=uuid4(), label="x", expires=case.later),
    "token.end": lambda case: EndToken(token=case.token()),
    "invitation.send": lambda case: SendInvitation(
        invitation=uuid4(), person=case.someone(), expires=case.later
    ),
    "invitation.withdraw": lambda case: WithdrawInvitation(
        invitation=case.invitation(case.someone())
    ),
    "invitation.accept": lambda case: AcceptInvitation(
        invitation=case.invitation(case.caller.person or case.someone()),
        token=uuid4(),
        role=case.own_role,
        label="x",
        expires=case.later,
    ),
    "credential.add": lambda case: AddCredential(
        credential=uuid4(), kind="passkey", label="x", value="{}", invitation=case.own_invitation()
    ),
    "credential.rename": lambda case: RenameCredential(credential=case.credential(), label="y"),
    "credential.remove": lambda case: RemoveCredential(credential=case.credential()),
    "account.sign-in": lambda case: SignIn(credential=case.credential(), place="x"),
    "account.lock": lambda case: LockAccount(account=case.account(), until=case.later),
    "account.reset": lambda case: ResetAccount(account=case.account()),
    "erasure.ask": lambda _case: AskToBeForgotten(reason="I ask for it."),
    "erasure.propose": lambda case: ProposeErasure(
        person=case.someone(), ground="requested-by-person", reason=WHY_NOT
    ),
    "proposal.confirm": lambda case: ConfirmProposal(proposal=case.proposal()),
    "proposal.refuse": lambda case: RefuseProposal(proposal=case.proposal(), reason=WHY_NOT),
    "proposal.stop": lambda case: StopProposal(proposal=case.proposal("confirmed"), reason=WHY_NOT),
    "person.erase": lambda case: ErasePerson(proposal=case.proposal("confirmed", "due")),
    "erasure.repeat": lambda case: RepeatErasure(
        person=case.someone(), ground="requested-by-person"
    ),
    "micro-credential.define": lambda _: DefineMicroCredential(
        owner=NETWORK_ID, definition=definition()
    ),
    "micro-credential.revise": lambda case: ReviseMicroCredential(
        micro_credential=case.defined(), definition=definition(name="Other")
    ),
    "micro-credential.publish": lambda case: PublishMicroCredential(
        micro_credential=case.defined()
    ),
    "micro-credential.retire": lambda case: RetireMicroCredential(
        micro_credential=case.world.publish(definition()), number=1
    ),
    "submission.draft": lambda case: DraftSubmission(micro_credential=case.world.micro, number=1),
    "submission.add-evidence": lambda case: evidence(case.world.draft(case.educator), b"x"),
    "submission.submit": lambda case: SubmitRound(
        submission=case.world.draft(case.educator), attested=True
    ),
    "submission.withdraw": lambda case: WithdrawSubmission(
        submission=case.world.draft(case.educator)
    ),
    "submission.appeal": lambda case: AppealRefusal(submission=case.refused(), grounds=WHY_NOT),
    "appeal.decide": lambda case: DecideAppeal(
        submission=appealed(case), overturn=True, reason=WHY_NOT
    ),
    "assessor.qualify": lambda case: QualifyAssessor(
        person=case.someone("assessor"), micro_credential=case.world.micro
    ),
    "assessor.disqualify": lambda case: DisqualifyAssessor(
        person=case.qualified(case.world.person("assessor", case.world.campus)),
        micro_credential=case.world.micro,
    ),
    "conflict.declare": lambda case: DeclareConflict(educator=case.someone()),
    "review.claim": lambda case: ClaimReview(submission=claimable(case)),
    "review.assign": lambda case: AssignReview(
        submission=case.world.submitted(case.educator),
        assessor=case.qualified(case.world.assessors[1]),
    ),
    "review.reassign": reassigned,
    "review.record": lambda case: RecordReview(review=case.assessed(), levels=PASS, feedback={}),
    "review.recuse": lambda case: StepBack(review=case.assessed()),
    "review.release": lambda case: ReleaseReview(review=case.assessed()),
    "evidence.open": lambda case: OpenEvidence(submission=readable(case), part="reflection"),
    "award.issue": lambda case: IssueAward(submission=accepted(case)),
    "award.renew": lambda case: RenewAward(award=case.award(ends=True), note=WHY_NOT),
    "award.suspend": lambda case: SuspendAward(
        award=case.award(ends=True), reason="integrity", note=WHY_NOT
    ),
    "award.reinstate": lambda case: ReinstateAward(award=case.suspended(), note=WHY_NOT),
    "award.revoke": lambda case: RevokeAward(award=case.award(), reason="integrity", note=WHY_NOT),
    "endorsement.issue": Case.endorse,
    "endorsement.withdraw": lambda case: WithdrawEndorsement(
        endorsement=case.endorsement(), reason=WHY_NOT
    ),
    "endorsement.accept": lambda case: AcceptEndorsement(
        micro_credential=case.world.micro, number=1, credential="{}"
    ),
    "endorsement.drop": lambda case: DropEndorsement(
        micro_credential=case.world.micro, number=1, endorser="did:web:x.example"
    ),
    "link.make": lambda case: share_link(case),
    "link.end": lambda case: EndShareLink(link=case.world.do(case.caller, share_link(case)).id),
}
"""For each command a valid one, on things made for the case."""


def appealed(case: Case) -> UUID:
    submission = case.refused()
    educator = case.world.app.store.read(Submission, submission, "submission").educator
    own = Caller(educator, "educator", case.world.campus)
    case.world.do(own, AppealRefusal(submission=submission, grounds=WHY_NOT))
    return submission


def share_link(case: Case) -> MakeShareLink:
    """Of a badge of the caller's own, whatever their role is."""
    person, world = case.caller.person, case.world
    assert person is not None
    if case.role != "educator":
        role = RoleWithin(role="educator", unit=world.campus)
        world.do(world.administrator, GrantRole(person=person, role=role))
    award = world.award(Caller(person, "educator", world.campus))
    return MakeShareLink(link=uuid4(), awards=(award,), label="Mine", expires=case.later)


def readable(case: Case) -> UUID:
    """A submission whose evidence the caller's role may open."""
    if case.role != "assessor":
        return appealed(case)
    return case.world.app.store.read(Review, case.assessed(), "review").submission


def accepted(case: Case) -> UUID:
    """A process awards only where the micro-credential says so."""
    awarded_by = "itself" if case.role == "process" else "a-person"
    micro = case.world.publish(definition(awarded_by=awarded_by))
    return case.world.accepted(case.educator, micro)


def claimable(case: Case) -> UUID:
    if case.role == "assessor":
        case.qualified(case.caller)
    return case.world.submitted(case.educator)


def test_there_is_a_command_of_each_kind() -> None:
    assert MADE.keys() == COMMANDS.keys()
    assert COMMANDS.keys() <= PERMISSIONS.keys()


@pytest.mark.parametrize("action", MADE)
def test_every_role_against_every_command(world: World, action: str) -> None:
    for role in CALLERS:
        if role in PERMISSIONS[action]:
            permitted(world, action, role)
    may = next(role for role in CALLERS if role in PERMISSIONS[action])
    case = Case(world, may)
    command = MADE[action](case)
    before = world.app.store.position()
    for role in set(CALLERS) - set(PERMISSIONS[action]):
        standing = {"system": SYSTEM, "process": PROCESS}
        caller = standing.get(role) or Caller(case.caller.person, role, case.unit)
        with pytest.raises((NotPermitted, NotFound) if action == "token.end" else NotPermitted):
            world.do(caller, command)
    assert world.app.store.position() == before


def permitted(world: World, action: str, role: str) -> None:
    """The command is carried out, or refused by the rule that is named above."""
    case = Case(world, role)
    command = MADE[action](case)
    try:
        world.do(case.caller, command)
    except LedgerError as refusal:
        assert refusal.code == REFUSED_BY_RULE.get(action), refusal


@pytest.mark.parametrize("action", sorted(PERMISSIONS.keys() - COMMANDS.keys()))
def test_every_role_against_what_is_only_read(world: World, action: str) -> None:
    for role in CALLERS:
        caller = Case(world, role).caller
        unit = caller.unit or NETWORK_ID
        if role in PERMISSIONS[action]:
            world.app.bus.require(caller, action, unit)
        else:
            with pytest.raises(NotPermitted):
                world.app.bus.require(caller, action, unit)


def test_the_page_of_permissions_is_current() -> None:
    """After a change: ``make rules``."""
    assert (ROOT / "docs/permissions.md").read_text(encoding="utf-8") == page()
