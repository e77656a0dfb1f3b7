"""Commands on awards: issue, suspend, reinstate, revoke."""

from __future__ import annotations

import calendar
import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from badges.status_list import LEAST_ENTRIES, StatusEntry
from keys.vault import Sealed, Vault
from ledger.achievements import Definition
from ledger.awards import Award, Holding, Reason, StatusSlot
from ledger.commands.desk import Desk, Outcome, command
from ledger.commands.submissions import definition, required_words
from ledger.errors import RuleBroken
from ledger.issuing import Earned, IssuerSigner, Recipient, Shown, sign_badge
from ledger.organizations import NETWORK_ID
from ledger.people import Person
from ledger.record import Act
from ledger.reviews import Review
from ledger.submissions import Submission

_DRAWS = 4
"""Draws in one status list before the next: a list is left behind when it is about full."""


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
        valid_until = _months_later(valid_from, version.valid_months)
        submission.awarded(act, award_id)
        holding = self._hold(act, submission, award_id, valid_until)
        slot = self._draw_slot(act, version, award_id)
        entry = StatusEntry(
            self.desk.site.status_list(slot.status_list),
            slot.index,
            "suspension" if version.suspendable else "revocation",
        )
        earned = Earned(
            award=award_id,
            micro_credential=submission.micro_credential,
            number=submission.number,
            definition=version,
            levels=self._levels(submission, version),
            evidence=self._shown(submission),
            statement=self._statement(submission),
            recipient=self._recipient(act, submission.educator),
            valid_from=valid_from,
            valid_until=valid_until,
            status=entry,
        )
        network = self.desk.organization(NETWORK_ID)
        badge = json.dumps(sign_badge(self.desk.site, network.name, earned, signer)).encode()
        sealed = self.desk.vault.seal(
            submission.educator, "award.document", zlib.compress(badge, 9)
        )
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
            status_purpose=entry.purpose,
            valid_from=valid_from,
            valid_until=valid_until,
            digest=hashlib.sha256(badge).hexdigest(),
            document=sealed,
        )
        answer = {
            "id": str(award_id),
            "version": award.version,
            "badge": self.desk.site.badge(award_id),
        }
        return Outcome((submission, award, holding, slot), answer)

    @command("award.revoke")
    def revoke(self, act: Act, award_id: UUID, reason: Reason, note: str) -> Outcome:
        """Revoke for good. ``reason`` is public; ``note`` is sealed."""
        award = self._load(act, award_id)
        award.revoke(act, reason, self._note(award, note))
        holding_id = Holding.id_for(award.person, award.micro_credential)
        holding = self.desk.store.load(Holding, holding_id, "award")
        if holding.award != award_id:
            return Outcome.of(award)
        holding.free(act)
        return Outcome.of(award, holding)

    @command("award.suspend")
    def suspend(self, act: Act, award_id: UUID, reason: Reason, note: str) -> Outcome:
        """Put a suspendable award out of force for now."""
        award = self._load(act, award_id)
        award.suspend(act, reason, self._note(award, note))
        return Outcome.of(award)

    @command("award.reinstate")
    def reinstate(self, act: Act, award_id: UUID, note: str) -> Outcome:
        """End a suspension."""
        award = self._load(act, award_id)
        award.reinstate(act, self._note(award, note))
        return Outcome.of(award)

    def _load(self, act: Act, award_id: UUID) -> Award:
        award = self.desk.store.load(Award, award_id, "award")
        self.desk.authorize(act, "award.change", award.campus)
        return award

    def _note(self, award: Award, text: str) -> Sealed:
        return self.desk.seal_text(award.person, "award.note", required_words(text))

    def _hold(
        self, act: Act, submission: Submission, award: UUID, until: datetime | None
    ) -> Holding:
        holding_id = Holding.id_for(submission.educator, submission.micro_credential)
        holding = self.desk.store.find(Holding, holding_id)
        if holding is None:
            return Holding.take(act, holding_id, award, until)
        holding.take_again(act, award, until)
        return holding

    def _draw_slot(self, act: Act, version: Definition, award: UUID) -> StatusSlot:
        """A free index drawn at random, so that it tells nothing about order (design §4)."""
        purpose = "suspension" if version.suspendable else "revocation"
        number = 0
        while True:
            number += 1
            name = f"{purpose}-{number}"
            for _ in range(_DRAWS):
                index = int.from_bytes(act.entropy(8)) % LEAST_ENTRIES
                if self.desk.store.find(StatusSlot, StatusSlot.id_for(name, index)) is None:
                    return StatusSlot.take(act, name, index, award)

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
    packed = vault.open(award.document)
    return None if packed is None else zlib.decompress(packed)


def _opened(value: bytes | None) -> bytes:
    if value is None:
        raise RuleBroken("person-erased", "the person's data was erased")
    return value


def _months_later(time: datetime, months: int | None) -> datetime | None:
    """The same day that many months on, or the last day of a shorter month."""
    if months is None:
        return None
    year, month = divmod(time.year * 12 + time.month - 1 + months, 12)
    day = min(time.day, calendar.monthrange(year, month + 1)[1])
    return time.replace(year=year, month=month + 1, day=day)
