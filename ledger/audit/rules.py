"""How each kind of event is decided once more; importing this module teaches the examiner."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from keys.vault import Sealed
from ledger.achievements import Definition, MicroCredential
from ledger.audit.examiner import Examiner, redo
from ledger.awards import Award, Holding, StatusSlot
from ledger.commands.awards import months_later
from ledger.commands.desk import CommandReceipt
from ledger.endorsements import AcceptedEndorsements, Endorsement
from ledger.errors import NotPermitted, RuleBroken
from ledger.organizations import NETWORK_ID, Organization
from ledger.people import AccessToken, Person
from ledger.record import Act
from ledger.reviews import Review, must_be_impartial, verdict_of
from ledger.submissions import EvidenceItem, Submission


def _must(holds: bool, words: str) -> None:
    if not holds:
        raise RuleBroken("rule-broken", words)


def _is_founding(act: Act) -> bool:
    return (act.caller.role, act.command) == ("system", "network.found")


def _sealed_for(value: Sealed | None, *people: UUID | None) -> None:
    _must(value is None or value.subject in people, "it is sealed for somebody else")


@redo(Organization.Registered)
def _(x: Examiner, _record: None, e: Organization.Registered, act: Act) -> Organization:
    if e.parent is None:
        _must(_is_founding(act), "a network is founded by the deployment only")
        return Organization.found(act, e.name)
    x.authority.authorize(act, "organization.register", e.parent)
    parent = x.history.look(Organization, e.parent, "organization")
    return Organization.register(act, e.name, e.kind, parent)


@redo(Person.Registered)
def _(x: Examiner, _record: None, e: Person.Registered, act: Act) -> Person:
    if not _is_founding(act):
        x.authority.authorize(act, "person.register", e.home)
    _sealed_for(e.name, e.originator_id)
    _sealed_for(e.email, e.originator_id)
    return Person.register(
        act, e.originator_id, home=e.home, handle=e.handle, name=e.name, email=e.email
    )


@redo(Person.RoleGranted)
def _(x: Examiner, person: Person, e: Person.RoleGranted, act: Act) -> Person:
    if _is_founding(act):
        _must((e.role, e.unit) == ("administrator", NETWORK_ID), "a founder administers")
    else:
        x.authority.authorize(act, "role.grant", e.unit)
        _must(act.caller.person != person.id, "nobody grants a role to themselves")
    person.must_remain()
    person.grant_role(act, e.role, e.unit)
    return person


@redo(Person.RoleRevoked)
def _(x: Examiner, person: Person, e: Person.RoleRevoked, act: Act) -> Person:
    x.authority.authorize(act, "role.revoke", e.unit)
    person.revoke_role(act, e.role, e.unit)
    return person


@redo(Person.TokenIssued)
def _(x: Examiner, person: Person, e: Person.TokenIssued, act: Act) -> Person:
    x.authority.authorize_for(act, "token.issue", person.id, e.unit)
    if act.caller.person == person.id:
        _must(e.role == act.caller.role, "a token for oneself is for the role that one acts in")
    person.issue_token(act, e.token, AccessToken(e.digest, e.role, e.unit, e.expires), e.label)
    return person


@redo(Person.TokenRevoked)
def _(x: Examiner, person: Person, e: Person.TokenRevoked, act: Act) -> Person:
    x.authority.authorize_for(act, "token.revoke", person.id, person.home)
    person.revoke_token(act, e.token)
    return person


@redo(Person.Qualified)
def _(x: Examiner, person: Person, e: Person.Qualified, act: Act) -> Person:
    micro = x.history.look(MicroCredential, e.micro_credential, "micro-credential")
    x.authority.authorize(act, "assessor.qualify", micro.owner)
    person.qualify(act, e.micro_credential)
    return person


@redo(Person.ConflictDeclared)
def _(x: Examiner, person: Person, e: Person.ConflictDeclared, act: Act) -> Person:
    _must(act.caller.person == person.id, "a conflict is declared by whoever has it")
    if act.command != "review.recuse":
        _authorize_own(x, act, "conflict.declare")
    person.declare_conflict(act, e.educator)
    return person


@redo(Person.ProfilePublished)
@redo(Person.ProfileHidden)
def _(x: Examiner, person: Person, e: Person.Event, act: Act) -> Person:
    _must(act.caller.person == person.id, "a profile is shown by whose it is")
    _authorize_own(x, act, "profile.publish")
    person.publish_profile(act, isinstance(e, Person.ProfilePublished))
    return person


@redo(Person.Erased)
def _(x: Examiner, person: Person, e: Person.Erased, act: Act) -> Person:
    if act.caller.role != "system":
        x.authority.authorize(act, "person.erase", person.home)
    _must(act.caller.person != person.id, "nobody erases themselves")
    person.erase(act, e.ground)
    return person


@redo(MicroCredential.Defined)
def _(x: Examiner, _record: None, e: MicroCredential.Defined, act: Act) -> MicroCredential:
    x.authority.authorize(act, "micro-credential.define", e.owner)
    return MicroCredential.define(act, e.owner, e.definition)


@redo(MicroCredential.Revised)
def _(x: Examiner, micro: MicroCredential, e: MicroCredential.Revised, act: Act) -> MicroCredential:
    x.authority.authorize(act, "micro-credential.define", micro.owner)
    micro.revise(act, e.definition)
    return micro


@redo(MicroCredential.VersionPublished)
def _(
    x: Examiner, micro: MicroCredential, e: MicroCredential.VersionPublished, act: Act
) -> MicroCredential:
    x.authority.authorize(act, "micro-credential.publish", micro.owner)
    micro.publish(act)
    x.endorsable[AcceptedEndorsements.id_for(micro.id, e.number)] = (micro.id, e.number)
    return micro


@redo(MicroCredential.VersionRetired)
def _(
    x: Examiner, micro: MicroCredential, e: MicroCredential.VersionRetired, act: Act
) -> MicroCredential:
    x.authority.authorize(act, "micro-credential.retire", micro.owner)
    micro.retire(act, e.number)
    return micro


@redo(Submission.Drafted)
def _(x: Examiner, _record: None, e: Submission.Drafted, act: Act) -> Submission:
    x.authority.authorize(act, "submission.draft", e.campus)
    _must(e.educator == act.caller.person, "a submission is drafted by its educator")
    micro = x.history.look(MicroCredential, e.micro_credential, "micro-credential")
    micro.version_open_to_submissions(e.number)
    return Submission.start(act, e.educator, e.campus, e.micro_credential, e.number)


@redo(Submission.EvidenceAdded)
def _(x: Examiner, submission: Submission, e: Submission.EvidenceAdded, act: Act) -> Submission:
    _own(x, act, submission, "submission.edit")
    _definition(x, submission).part(e.part)
    _sealed_for(e.name, submission.educator)
    submission.add_evidence(
        act, EvidenceItem(e.part, e.media_type, e.size, e.object, e.digest, e.name)
    )
    return submission


@redo(Submission.Submitted)
def _(x: Examiner, submission: Submission, e: Submission.Submitted, act: Act) -> Submission:
    _own(x, act, submission, "submission.edit")
    micro = x.history.look(MicroCredential, submission.micro_credential, "micro-credential")
    _sealed_for(e.statement, submission.educator)
    submission.submit(act, micro.version_open_to_submissions(submission.number), e.statement)
    return submission


@redo(Submission.ReviewOpened)
def _(x: Examiner, submission: Submission, e: Submission.ReviewOpened, act: Act) -> Submission:
    _must(act.command in ("review.claim", "review.assign"), "no command opens a review so")
    x.authority.authorize(act, act.command, submission.campus)
    _must(act.command == "review.assign" or act.caller.person == e.assessor, "not the claimant")
    x.history.look(Person, submission.educator, "person").must_remain()
    assessor = x.history.look(Person, e.assessor, "person")
    must_be_impartial(
        assessor=e.assessor,
        qualified_for=assessor.qualified_for,
        conflicts=assessor.conflicts,
        submission=submission,
    )
    submission.open_review(act, e.review, e.assessor, _definition(x, submission))
    x.owe("review", e.review)
    return submission


@redo(Submission.ReviewLeft)
def _(x: Examiner, submission: Submission, e: Submission.ReviewLeft, act: Act) -> Submission:
    x.settle("step back", e.review)
    submission.leave_review(act, e.review)
    return submission


@redo(Submission.VerdictGiven)
def _(x: Examiner, submission: Submission, e: Submission.VerdictGiven, act: Act) -> Submission:
    x.settle("verdict", e.review, e.verdict)
    submission.give_verdict(act, e.review, e.verdict, _definition(x, submission))
    return submission


@redo(Submission.Withdrawn)
def _(x: Examiner, submission: Submission, _e: Submission.Withdrawn, act: Act) -> Submission:
    _own(x, act, submission, "submission.edit")
    submission.withdraw(act)
    return submission


@redo(Submission.Appealed)
def _(x: Examiner, submission: Submission, e: Submission.Appealed, act: Act) -> Submission:
    _own(x, act, submission, "submission.appeal")
    submission.appeal(act, e.grounds)
    return submission


@redo(Submission.AppealUpheld)
@redo(Submission.AppealOverturned)
def _(x: Examiner, submission: Submission, e: Any, act: Act) -> Submission:
    x.authority.authorize(act, "appeal.decide", submission.campus)
    submission.decide_appeal(act, isinstance(e, Submission.AppealOverturned), e.reason)
    return submission


@redo(Submission.Awarded)
def _(x: Examiner, submission: Submission, e: Submission.Awarded, act: Act) -> Submission:
    x.authority.authorize(act, "award.issue", submission.campus)
    took_part = act.caller.person in {submission.educator, *submission.assessors}
    _must(not took_part, "who awards is neither educator nor assessor")
    submission.awarded(act, e.award)
    x.granted[e.award] = submission.id
    x.owe("award", e.award)
    return submission


@redo(Review.Opened)
def _(x: Examiner, _record: None, e: Review.Opened, act: Act) -> Review:
    x.settle("review", e.originator_id)
    submission = x.history.look(Submission, e.submission, "submission")
    return Review.open(act, submission, submission.panel[e.originator_id])


@redo(Review.Completed)
def _(x: Examiner, review: Review, e: Review.Completed, act: Act) -> Review:
    submission = _reviewed(x, act, review)
    words = dict.fromkeys(e.levels, "sealed, so not seen here")
    verdict = verdict_of(_definition(x, submission), e.levels, words)
    _sealed_for(e.feedback, submission.educator)
    review.complete(act, e.levels, verdict, e.feedback)
    x.owe("verdict", review.id, verdict)
    return review


@redo(Review.Recused)
def _(x: Examiner, review: Review, _e: Review.Recused, act: Act) -> Review:
    _reviewed(x, act, review)
    review.recuse(act)
    x.owe("step back", review.id)
    return review


@redo(Award.Issued)
def _(x: Examiner, _record: None, e: Award.Issued, act: Act) -> Award:
    x.settle("award", e.originator_id)
    submission = x.history.look(Submission, x.granted.pop(e.originator_id), "submission")
    version = _definition(x, submission)
    valid_from = act.at.replace(microsecond=0)
    _sealed_for(e.document, submission.educator)
    x.owe("claim", e.originator_id)
    x.owe("status entry", e.status_list, e.status_index, e.originator_id)
    return Award.begin(
        Award.Issued,
        act,
        e.originator_id,
        person=submission.educator,
        campus=submission.campus,
        micro_credential=submission.micro_credential,
        number=submission.number,
        submission=submission.id,
        key=e.key,
        status_list=e.status_list,
        status_index=e.status_index,
        status_purpose="suspension" if version.suspendable else "revocation",
        valid_from=valid_from,
        valid_until=months_later(valid_from, version.valid_months),
        digest=e.digest,
        document=e.document,
    )


@redo(Award.Suspended)
def _(x: Examiner, award: Award, e: Award.Suspended, act: Act) -> Award:
    _change(x, act, award, e.note)
    award.suspend(act, e.reason, e.note)
    return award


@redo(Award.Reinstated)
def _(x: Examiner, award: Award, e: Award.Reinstated, act: Act) -> Award:
    _change(x, act, award, e.note)
    award.reinstate(act, e.note)
    return award


@redo(Award.Revoked)
def _(x: Examiner, award: Award, e: Award.Revoked, act: Act) -> Award:
    _change(x, act, award, e.note)
    award.revoke(act, e.reason, e.note)
    holding = x.history.look(Holding, Holding.id_for(award.person, award.micro_credential), "claim")
    if holding.award == award.id:
        x.owe("release of the claim", holding.id)
    return award


@redo(Award.Renewed)
def _(x: Examiner, award: Award, e: Award.Renewed, act: Act) -> Award:
    x.authority.authorize(act, "award.issue", award.campus)
    _must(act.caller.person != award.person, "nobody renews an award of their own")
    micro = x.history.look(MicroCredential, award.micro_credential, "micro-credential")
    months = micro.published(award.number).valid_months
    if award.valid_until is None or months is None:
        raise RuleBroken("never-ends", "the award has no end; there is nothing to renew")
    valid_from = act.at.replace(microsecond=0)
    valid_until = months_later(max(valid_from, award.valid_until), months)
    _sealed_for(e.document, award.person)
    award.renew(act, e.key, valid_from, valid_until, e.note, e.digest, e.document)
    x.owe("longer claim", award.id, valid_until)
    return award


@redo(Holding.Taken)
@redo(Holding.TakenAgain)
def _(x: Examiner, holding: Holding | None, e: Any, act: Act) -> Holding:
    x.settle("claim", e.award)
    award = x.history.look(Award, e.award, "award")
    own = Holding.id_for(award.person, award.micro_credential)
    _must(e.originator_id == own, "it is the claim on something else")
    if holding is None:
        return Holding.take(act, own, award.id, award.valid_until)
    holding.take_again(act, award.id, award.valid_until)
    return holding


@redo(Holding.Extended)
def _(x: Examiner, holding: Holding, e: Holding.Extended, act: Act) -> Holding:
    assert holding.award is not None
    x.settle("longer claim", holding.award, e.until)
    holding.extend(act, holding.award, e.until)
    return holding


@redo(Holding.Freed)
def _(x: Examiner, holding: Holding, _e: Holding.Freed, act: Act) -> Holding:
    x.settle("release of the claim", holding.id)
    holding.free(act)
    return holding


@redo(StatusSlot.Taken)
def _(x: Examiner, _record: None, e: StatusSlot.Taken, act: Act) -> StatusSlot:
    x.settle("status entry", e.status_list, e.index, e.award)
    return StatusSlot.take(act, e.status_list, e.index, e.award)


@redo(Endorsement.Issued)
def _(x: Examiner, _record: None, e: Endorsement.Issued, act: Act) -> Endorsement:
    x.authority.authorize(act, "endorsement.issue", e.unit)
    x.owe("status entry", e.status_list, e.status_index, e.originator_id)
    return Endorsement.begin(
        Endorsement.Issued,
        act,
        e.originator_id,
        unit=e.unit,
        target=e.target,
        kind=e.kind,
        key=e.key,
        status_list=e.status_list,
        status_index=e.status_index,
        valid_from=act.at.replace(microsecond=0),
        valid_until=e.valid_until,
        digest=e.digest,
        document=e.document,
    )


@redo(Endorsement.Withdrawn)
def _(x: Examiner, endorsement: Endorsement, e: Endorsement.Withdrawn, act: Act) -> Endorsement:
    x.authority.authorize(act, "endorsement.issue", endorsement.unit)
    _sealed_for(e.reason, act.caller.person)
    endorsement.withdraw(act, e.reason)
    return endorsement


@redo(AcceptedEndorsements.Accepted)
@redo(AcceptedEndorsements.AcceptedAlso)
@redo(AcceptedEndorsements.Dropped)
def _(x: Examiner, accepted: AcceptedEndorsements | None, e: Any, act: Act) -> AcceptedEndorsements:
    micro_id, number = x.endorsable[e.originator_id]
    micro = x.history.look(MicroCredential, micro_id, "micro-credential")
    x.authority.authorize(act, "endorsement.accept", micro.owner)
    micro.published(number)
    if accepted is None:
        return AcceptedEndorsements.begin(
            AcceptedEndorsements.Accepted,
            act,
            e.originator_id,
            endorser=e.endorser,
            credential=e.credential,
            valid_until=e.valid_until,
        )
    if isinstance(e, AcceptedEndorsements.Dropped):
        accepted.drop(act, e.endorser)
    else:
        accepted.add(act, e.endorser, e.credential, e.valid_until)
    return accepted


@redo(CommandReceipt.Given)
def _(_x: Examiner, _record: None, e: CommandReceipt.Given, act: Act) -> CommandReceipt:
    return CommandReceipt.begin(
        CommandReceipt.Given, act, e.originator_id, request=e.request, answer=e.answer
    )


def _authorize_own(x: Examiner, act: Act, action: str) -> None:
    if act.caller.unit is None:
        raise NotPermitted("only a person may do this")
    x.authority.authorize(act, action, act.caller.unit)


def _own(x: Examiner, act: Act, submission: Submission, action: str) -> None:
    submission.must_be_of(act.caller.person)
    x.authority.authorize(act, action, submission.campus)


def _reviewed(x: Examiner, act: Act, review: Review) -> Submission:
    review.must_be_of(act.caller.person)
    submission = x.history.look(Submission, review.submission, "submission")
    x.authority.authorize(act, "review.record", submission.campus)
    return submission


def _change(x: Examiner, act: Act, award: Award, note: Sealed) -> None:
    x.authority.authorize(act, "award.change", award.campus)
    holder = x.history.look(Person, award.person, "person")
    _sealed_for(note, act.caller.person if holder.is_erased else holder.id)


def _definition(x: Examiner, submission: Submission) -> Definition:
    micro = x.history.look(MicroCredential, submission.micro_credential, "micro-credential")
    return micro.published(submission.number)
