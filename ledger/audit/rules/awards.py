"""Awards, the claims and status entries that go with them, and endorsements."""

from __future__ import annotations

from typing import Any

from keys.vault import Sealed
from ledger.achievements import MicroCredential
from ledger.audit.examiner import Examiner, redo
from ledger.audit.rules.words import definition, must, sealed_for
from ledger.awards import Award, Holding, StatusSlot
from ledger.commands.awards import months_later
from ledger.commands.desk import CommandReceipt
from ledger.endorsements import AcceptedEndorsements, Endorsement
from ledger.errors import RuleBroken
from ledger.people import Person
from ledger.record import Act
from ledger.submissions import Submission


@redo(Award.Issued)
def _(x: Examiner, _record: None, e: Award.Issued, act: Act) -> Award:
    x.settle("award", e.originator_id)
    submission = x.history.look(Submission, x.granted.pop(e.originator_id), "submission")
    version = definition(x, submission)
    valid_from = act.at.replace(microsecond=0)
    sealed_for(e.document, submission.educator)
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
    must(act.caller.person != award.person, "nobody renews an award of their own")
    micro = x.history.look(MicroCredential, award.micro_credential, "micro-credential")
    months = micro.published(award.number).valid_months
    if award.valid_until is None or months is None:
        raise RuleBroken("never-ends", "the award has no end; there is nothing to renew")
    valid_from = act.at.replace(microsecond=0)
    valid_until = months_later(max(valid_from, award.valid_until), months)
    sealed_for(e.document, award.person)
    award.renew(act, e.key, valid_from, valid_until, e.note, e.digest, e.document)
    x.owe("longer claim", award.id, valid_until)
    return award


@redo(Holding.Taken)
@redo(Holding.TakenAgain)
def _(x: Examiner, holding: Holding | None, e: Any, act: Act) -> Holding:
    x.settle("claim", e.award)
    award = x.history.look(Award, e.award, "award")
    own = Holding.id_for(award.person, award.micro_credential)
    must(e.originator_id == own, "it is the claim on something else")
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
    sealed_for(e.reason, act.caller.person)
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


def _change(x: Examiner, act: Act, award: Award, note: Sealed) -> None:
    x.authority.authorize(act, "award.change", award.campus)
    holder = x.history.look(Person, award.person, "person")
    sealed_for(note, act.caller.person if holder.is_erased else holder.id)
