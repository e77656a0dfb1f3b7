"""Decisions on awards: issue, renew, suspend, reinstate, revoke."""

from __future__ import annotations

import calendar
import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, Self, overload
from uuid import UUID

from badges.document import parse_document
from badges.proofs.data_integrity import add_proof
from badges.status_list import Purpose
from keys.vault import Sealed, Vault
from ledger.assessment import Holding, Submission, answered
from ledger.awards.awards import Award, BadgeDigest
from ledger.awards.awards import Reason as PublicReason
from ledger.awards.issuing import IssuerSigner, sign_badge
from ledger.awards.stated import Issue, renewed, stated
from ledger.awards.status_slots import StatusSlot, draw_index, must_fit
from ledger.catalogue import Definition, MicroCredential
from ledger.command import Answer, Command, CommandEvents, Found, Repository, site_of
from ledger.context import Context
from ledger.errors import NotPermitted, RuleBroken
from ledger.people import Person, caller_of
from ledger.preparer import Preparer
from ledger.private import Box, Reason, SealedAs, closed, must_be_sealed

PrivateNote = Annotated[Reason | Box, SealedAs("award.note")]


@dataclass(frozen=True)
class SignedBadge:
    """The findings of an award: what was drawn, and the signed document, sealed. ``proof`` is the
    stream on which its ``digest`` is recorded for the public."""

    award: UUID
    proof: UUID
    status_list: str
    status_index: int
    key: str
    digest: str
    document: Sealed


class IssueAward(Command[SignedBadge, Answer]):
    """Award an accepted submission: sign its badge and claim its place.

    Who awards is neither the educator nor an assessor of it; a version that is awarded by itself is
    awarded by the process.
    """

    NAME = "award.issue"

    submission: UUID

    def authorize(self, repository: Repository, context: Context) -> None:
        submission = self.loaded(repository)
        context.authority.require(context, self.NAME, submission.campus)
        by_itself = answered(repository, submission).awarded_by == "itself"
        if context.caller.person is None and not by_itself:
            raise NotPermitted("a person awards this")
        if context.caller.person in {submission.educator, *submission.assessors}:
            raise RuleBroken("awarder-took-part", "who awards is neither educator nor assessor")

    def loaded(self, repository: Repository) -> Submission:
        """The submission, to be changed. Raises NotFound."""
        return repository.get(Submission, self.submission, "submission")

    def subject(self, _answer: Answer) -> UUID:
        return self.submission

    def prepare(self, preparer: Preparer, repository: Repository, context: Context) -> SignedBadge:
        submission = self.loaded(repository)
        submission.must_be_accepted()
        version = answered(repository, submission)
        purpose = _purpose(version)
        status_list, index = draw_index(repository, preparer.entropy, purpose)
        valid_from, valid_until = _period(context, version)
        issue = Issue(
            award=preparer.new_id(),
            salt=preparer.entropy(16).hex(),
            subject=preparer.new_id(),
            valid_from=valid_from,
            valid_until=valid_until,
            status_list=status_list,
            status_index=index,
            purpose=purpose,
        )
        site = site_of(repository)
        signer = IssuerSigner(preparer.keys, site.issuer)
        form, earned = stated(repository, site, preparer.open, submission, issue)
        badge = sign_badge(form, earned, signer)
        return SignedBadge(
            award=issue.award,
            proof=preparer.new_id(),
            status_list=status_list,
            status_index=index,
            key=signer.key_id,
            digest=hashlib.sha256(badge).hexdigest(),
            document=_sealed(preparer, submission.educator, badge),
        )

    def decide(self, repository: Repository, context: Context, found: SignedBadge) -> Answer:
        submission = self.loaded(repository)
        version = answered(repository, submission)
        purpose = _purpose(version)
        valid_from, valid_until = _period(context, version)
        must_fit(found.status_list, purpose)
        must_be_sealed(found.document, submission.educator, "award.document")
        submission.awarded(context, found.award)
        award = Award.begin(
            Award.Issued,
            context,
            found.award,
            person=submission.educator,
            campus=submission.campus,
            micro_credential=submission.micro_credential,
            number=submission.number,
            submission=submission.id,
            key=found.key,
            status_list=found.status_list,
            status_index=found.status_index,
            status_purpose=purpose,
            valid_from=valid_from,
            valid_until=valid_until,
            digest=found.digest,
            document=found.document,
            proof=found.proof,
        )
        repository.add(award)
        repository.add(BadgeDigest.of(context, found.proof, found.digest))
        _hold(repository, context, award)
        repository.add(StatusSlot.take(context, found.status_list, found.status_index, found.award))
        return Answer.of(award)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, SignedBadge]:
        e = events.one(Award.Issued)
        found = SignedBadge(
            award=e.originator_id,
            proof=e.proof,
            status_list=e.status_list,
            status_index=e.status_index,
            key=e.key,
            digest=e.digest,
            document=e.document,
        )
        return cls.rebuilt(submission=e.submission), found


class _OnAward(Command[Found, Answer], Generic[Found]):
    award: UUID
    note: PrivateNote

    def unit(self, repository: Repository, _context: Context) -> UUID:
        return self.loaded(repository).campus

    def sealed_for(self, repository: Repository, context: Context, _found: Found) -> UUID:
        """The holder; when they were erased, whoever writes it."""
        holder = repository.read(Person, self.loaded(repository).person, "person")
        return caller_of(context) if holder.is_erased else holder.id

    def loaded(self, repository: Repository) -> Award:
        """The award, to be changed. Raises NotFound."""
        return repository.get(Award, self.award, "award")


@dataclass(frozen=True)
class RenewedBadge:
    """The findings of a renewal."""

    proof: UUID
    key: str
    digest: str
    document: Sealed


class RenewAward(_OnAward[RenewedBadge]):
    """Let an award that ends hold for a further period from now, or from its end if that is later.
    The same credential is signed anew; ``note`` is sealed."""

    NAME = "award.renew"

    def prepare(self, preparer: Preparer, repository: Repository, context: Context) -> RenewedBadge:
        award = self.loaded(repository)
        valid_from, valid_until = _further(repository, context, award)
        badge = parse_document(unpacked(preparer.open(award.document)))
        site = site_of(repository)
        issued_at = site.naming(badge["id"]) or site
        signer = IssuerSigner(preparer.keys, issued_at.issuer)
        document = renewed(badge, valid_from, valid_until)
        signed = json.dumps(add_proof(document, signer, valid_from)).encode()
        return RenewedBadge(
            proof=preparer.new_id(),
            key=signer.key_id,
            digest=hashlib.sha256(signed).hexdigest(),
            document=_sealed(preparer, award.person, signed),
        )

    def decide(self, repository: Repository, context: Context, found: RenewedBadge) -> Answer:
        award = self.loaded(repository)
        if context.caller.person == award.person:
            raise RuleBroken("awarder-took-part", "nobody renews an award of their own")
        valid_from, valid_until = _further(repository, context, award)
        must_be_sealed(found.document, award.person, "award.document")
        award.renew(
            context,
            key=found.key,
            valid_from=valid_from,
            valid_until=valid_until,
            note=closed(self.note),
            digest=found.digest,
            document=found.document,
            proof=found.proof,
        )
        repository.add(BadgeDigest.of(context, found.proof, found.digest))
        _holding(repository, award).extend(context, award.id, valid_until)
        return Answer.of(award)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, RenewedBadge]:
        e = events.one(Award.Renewed)
        found = RenewedBadge(proof=e.proof, key=e.key, digest=e.digest, document=e.document)
        return cls.rebuilt(award=e.originator_id, note=e.note), found


class RevokeAward(_OnAward[None]):
    """Revoke for good. ``reason`` is public; ``note`` is sealed."""

    NAME = "award.revoke"

    reason: PublicReason

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        award = self.loaded(repository)
        award.revoke(context, self.reason, closed(self.note))
        holding = _holding(repository, award)
        if holding.award == award.id:
            holding.free(context)
        return Answer.of(award)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Award.Revoked)
        return cls.rebuilt(award=e.originator_id, reason=e.reason, note=e.note), None


class SuspendAward(_OnAward[None]):
    """Put a suspendable award out of force for now."""

    NAME = "award.suspend"

    reason: PublicReason

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        award = self.loaded(repository)
        award.suspend(context, self.reason, closed(self.note))
        return Answer.of(award)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Award.Suspended)
        return cls.rebuilt(award=e.originator_id, reason=e.reason, note=e.note), None


class ReinstateAward(_OnAward[None]):
    """End a suspension."""

    NAME = "award.reinstate"

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        award = self.loaded(repository)
        award.reinstate(context, closed(self.note))
        return Answer.of(award)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(Award.Reinstated)
        return cls.rebuilt(award=e.originator_id, note=e.note), None


def badge_bytes(vault: Vault, document: Sealed) -> bytes | None:
    """The signed badge that an event holds, exactly as it was issued; None when the person was
    erased."""
    packed = vault.open(document)
    return None if packed is None else unpacked(packed)


def unpacked(packed: bytes) -> bytes:
    """A signed document out of its compressed form."""
    return zlib.decompress(packed)


def _sealed(preparer: Preparer, person: UUID, badge: bytes) -> Sealed:
    return preparer.seal_bytes(person, "award.document", zlib.compress(badge, 9))


def _purpose(version: Definition) -> Purpose:
    return "suspension" if version.suspendable else "revocation"


def _period(context: Context, version: Definition) -> tuple[datetime, datetime | None]:
    valid_from = context.at.replace(microsecond=0)
    return valid_from, months_later(valid_from, version.valid_months)


def _further(repository: Repository, context: Context, award: Award) -> tuple[datetime, datetime]:
    micro = repository.read(MicroCredential, award.micro_credential, "micro-credential")
    months = micro.published(award.number).valid_months
    if award.valid_until is None or months is None:
        raise RuleBroken("never-ends", "the award has no end; there is nothing to renew")
    valid_from = context.at.replace(microsecond=0)
    return valid_from, months_later(max(valid_from, award.valid_until), months)


def _hold(repository: Repository, context: Context, award: Award) -> None:
    stream = Holding.id_for(award.person, award.micro_credential)
    holding = repository.find(Holding, stream)
    if holding is None:
        repository.add(Holding.take(context, stream, award.id, award.valid_until))
    else:
        holding.take_again(context, award.id, award.valid_until)


def _holding(repository: Repository, award: Award) -> Holding:
    stream = Holding.id_for(award.person, award.micro_credential)
    return repository.get(Holding, stream, "award")


@overload
def months_later(time: datetime, months: int) -> datetime: ...
@overload
def months_later(time: datetime, months: None) -> None: ...
def months_later(time: datetime, months: int | None) -> datetime | None:
    """The same day that many months on, or the last day of a shorter month."""
    if months is None:
        return None
    year, month = divmod(time.year * 12 + time.month - 1 + months, 12)
    day = min(time.day, calendar.monthrange(year, month + 1)[1])
    return time.replace(year=year, month=month + 1, day=day)
