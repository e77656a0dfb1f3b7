"""Commands on awards: issue, renew, suspend, reinstate, revoke."""

from __future__ import annotations

import calendar
import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import overload
from uuid import UUID

from badges.document import as_list, parse_document, without_proof
from badges.loader import NoDocuments
from badges.model import utc_text
from badges.proofs.data_integrity import add_proof
from badges.status_list import Purpose
from badges.verification.presented import present
from keys.vault import Sealed, Vault
from ledger.achievements import Definition, MicroCredential
from ledger.awards import Award, Holding, Reason, draw_slot
from ledger.badge_form import BadgeForm
from ledger.commands.desk import Desk, Outcome, command
from ledger.commands.submissions import definition, required_words
from ledger.endorsements import AcceptedEndorsements
from ledger.errors import RuleBroken
from ledger.issuing import Earned, IssuerSigner, Recipient, Shown, sign_badge
from ledger.organizations import NETWORK_ID
from ledger.people import Person
from ledger.record import Act
from ledger.reviews import Review
from ledger.submissions import Submission
from ledger.text import Words


@dataclass(frozen=True)
class Awards:
    desk: Desk

    @command("award.issue")
    def issue(self, act: Act, submission_id: UUID) -> Outcome:
        """Award an accepted submission: sign its badge and claim its place.

        Who awards is neither the educator nor an assessor of it.
        """
        submission = self.desk.store.load(Submission, submission_id, "submission")
        self.desk.authorize(act, "award.issue", submission.campus)
        if act.caller.person in {submission.educator, *submission.assessors}:
            raise RuleBroken("awarder-took-part", "who awards is neither educator nor assessor")
        version = definition(self.desk, submission)
        signer = IssuerSigner(self.desk.keys, self.desk.site.issuer)
        award_id = act.new_id()
        valid_from = act.at.replace(microsecond=0)
        valid_until = months_later(valid_from, version.valid_months)
        began, ended = submission.created_on, submission.submitted_on or act.at
        submission.awarded(act, award_id)
        holding = self._hold(act, submission, award_id, valid_until)
        purpose: Purpose = "suspension" if version.suspendable else "revocation"
        slot = draw_slot(self.desk.store, act, purpose, award_id)
        earned = Earned(
            award=award_id,
            recipient=self._recipient(act, submission.educator),
            levels=self._levels(submission, version),
            evidence=self._shown(submission),
            statement=self._statement(submission),
            began=began,
            ended=ended,
            awarded=valid_from,
            valid_from=valid_from,
            valid_until=valid_until,
            status_list=slot.status_list,
            status_index=slot.index,
        )
        badge = sign_badge(self._form(act, submission, version, earned, purpose), earned, signer)
        award = Award.begin(
            Award.Issued,
            act,
            award_id,
            person=submission.educator,
            campus=submission.campus,
            micro_credential=submission.micro_credential,
            number=submission.number,
            submission=submission.id,
            key=signer.key_id,
            status_list=slot.status_list,
            status_index=slot.index,
            status_purpose=purpose,
            valid_from=valid_from,
            valid_until=valid_until,
            digest=hashlib.sha256(badge).hexdigest(),
            document=self._sealed(submission.educator, badge),
        )
        answer = {
            "id": str(award_id),
            "version": award.version,
            "badge": self.desk.site.badge(award_id),
        }
        return Outcome((submission, award, holding, slot), answer)

    @command("award.renew")
    def renew(self, act: Act, award_id: UUID, note: Words) -> Outcome:
        """Let an award that ends hold for a further period from now, or from its end if that is
        later. The same credential is signed anew; ``awardedDate`` stays. ``note`` is sealed."""
        award = self.desk.store.load(Award, award_id, "award")
        self.desk.authorize(act, "award.issue", award.campus)
        if act.caller.person == award.person:
            raise RuleBroken("awarder-took-part", "nobody renews an award of their own")
        micro = self.desk.store.look(MicroCredential, award.micro_credential, "micro-credential")
        months = micro.published(award.number).valid_months
        if award.valid_until is None or months is None:
            raise RuleBroken("never-ends", "the award has no end; there is nothing to renew")
        document = parse_document(_opened(badge_bytes(self.desk.vault, award)))
        valid_from = act.at.replace(microsecond=0)
        valid_until = months_later(max(valid_from, award.valid_until), months)
        site = self.desk.site.naming(document["id"]) or self.desk.site  # where it was issued
        signer = IssuerSigner(self.desk.keys, site.issuer)
        renewed = without_proof(document)
        renewed |= {"validFrom": utc_text(valid_from), "validUntil": utc_text(valid_until)}
        badge = json.dumps(add_proof(renewed, signer, valid_from)).encode()
        award.renew(
            act,
            signer.key_id,
            valid_from,
            valid_until,
            self._note(act, award, note),
            hashlib.sha256(badge).hexdigest(),
            self._sealed(award.person, badge),
        )
        holding_id = Holding.id_for(award.person, award.micro_credential)
        holding = self.desk.store.load(Holding, holding_id, "award")
        holding.extend(act, award_id, valid_until)
        return Outcome.of(award, holding)

    @command("award.revoke")
    def revoke(self, act: Act, award_id: UUID, reason: Reason, note: Words) -> Outcome:
        """Revoke for good. ``reason`` is public; ``note`` is sealed."""
        award = self._load(act, award_id)
        award.revoke(act, reason, self._note(act, award, note))
        holding_id = Holding.id_for(award.person, award.micro_credential)
        holding = self.desk.store.load(Holding, holding_id, "award")
        if holding.award != award_id:
            return Outcome.of(award)
        holding.free(act)
        return Outcome.of(award, holding)

    @command("award.suspend")
    def suspend(self, act: Act, award_id: UUID, reason: Reason, note: Words) -> Outcome:
        """Put a suspendable award out of force for now."""
        award = self._load(act, award_id)
        award.suspend(act, reason, self._note(act, award, note))
        return Outcome.of(award)

    @command("award.reinstate")
    def reinstate(self, act: Act, award_id: UUID, note: Words) -> Outcome:
        """End a suspension."""
        award = self._load(act, award_id)
        award.reinstate(act, self._note(act, award, note))
        return Outcome.of(award)

    def _load(self, act: Act, award_id: UUID) -> Award:
        award = self.desk.store.load(Award, award_id, "award")
        self.desk.authorize(act, "award.change", award.campus)
        return award

    def _note(self, act: Act, award: Award, text: str) -> Sealed:
        """Sealed for the holder; when they were erased, for whoever writes it."""
        holder = self.desk.store.look(Person, award.person, "person")
        reader = act.caller.person if holder.is_erased else holder.id
        assert reader is not None  # authorize lets only persons through
        return self.desk.seal_text(reader, "award.note", required_words(text))

    def _hold(
        self, act: Act, submission: Submission, award: UUID, until: datetime | None
    ) -> Holding:
        holding_id = Holding.id_for(submission.educator, submission.micro_credential)
        holding = self.desk.store.find(Holding, holding_id)
        if holding is None:
            return Holding.take(act, holding_id, award, until)
        holding.take_again(act, award, until)
        return holding

    def _form(
        self,
        act: Act,
        submission: Submission,
        version: Definition,
        earned: Earned,
        purpose: Purpose,
    ) -> BadgeForm:
        micro, number = submission.micro_credential, submission.number
        stream = AcceptedEndorsements.id_for(micro, number)
        endorsed = self.desk.store.find(AcceptedEndorsements, stream)
        return BadgeForm(
            site=self.desk.site,
            issuer_name=self.desk.organization(NETWORK_ID).name,
            micro_credential=micro,
            number=number,
            definition=version,
            purpose=purpose,
            ends=earned.valid_until is not None,
            parts=tuple(piece.part for piece in earned.evidence),
            has_statement=earned.statement is not None,
            endorsements=self._endorsements(endorsed, act, micro, number),
        )

    def _endorsements(
        self, accepted: AcceptedEndorsements | None, act: Act, micro: UUID, number: int
    ) -> tuple[str, ...]:
        """Those in force; after a move, only those of the version under its present address."""
        given = accepted.at(act.at) if accepted is not None else ()
        site = self.desk.site
        if not site.former:
            return given
        named = site.achievement(micro, number)
        documents = [present(credential, NoDocuments()).document for credential in given]
        return tuple(
            credential
            for credential, document in zip(given, documents, strict=True)
            if named in [s.get("id") for s in as_list(document["credentialSubject"])]
        )

    def _sealed(self, person: UUID, badge: bytes) -> Sealed:
        return self.desk.vault.seal(person, "award.document", zlib.compress(badge, 9))

    def _levels(self, submission: Submission, version: Definition) -> dict[str, str]:
        """The lowest level that a passing assessor gave on each criterion; after a won appeal,
        at least the required one."""
        reviews = [self.desk.store.load(Review, r, "review") for r in submission.verdicts]
        counted = [review for review in reviews if review.verdict == "pass"] or reviews
        return {
            criterion.id: max(
                criterion.required_level,
                min((review.levels[criterion.id] for review in counted), key=criterion.rank),
                key=criterion.rank,
            )
            for criterion in version.rubric
        }

    def _shown(self, submission: Submission) -> tuple[Shown, ...]:
        pieces = []
        for part, item in sorted(submission.evidence.items()):
            described = json.loads(_opened(self.desk.vault.open(item.name)))
            pieces.append(Shown(part, item.media_type, described["sha256"]))
        return tuple(pieces)

    def _statement(self, submission: Submission) -> str | None:
        if submission.statement is None:
            return None
        return _opened(self.desk.vault.open(submission.statement)).decode()

    def _recipient(self, act: Act, educator: UUID) -> Recipient:
        person = self.desk.store.look(Person, educator, "person")
        email = _opened(self.desk.vault.open(person.email)).decode()
        return Recipient(email=email, salt=act.entropy(16).hex(), subject=act.new_id())


def badge_bytes(vault: Vault, award: Award) -> bytes | None:
    """The signed badge exactly as it was issued; None when the person was erased."""
    return opened_badge(vault, award.document)


def opened_badge(vault: Vault, document: Sealed) -> bytes | None:
    """The signed badge that an event holds; None when the person was erased."""
    packed = vault.open(document)
    return None if packed is None else zlib.decompress(packed)


def _opened(value: bytes | None) -> bytes:
    if value is None:
        raise RuleBroken("person-erased", "the person's data was erased")
    return value


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
