"""Commands of an educator on a submission, and the decision on an appeal."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from uuid import UUID

from keys.vault import Sealed
from ledger.achievements import Definition, MicroCredential
from ledger.commands.desk import Desk, Outcome, command
from ledger.errors import Invalid, NotFound, NotPermitted
from ledger.record import Act
from ledger.submissions import EvidenceItem, Submission
from ledger.text import Words

LARGEST_EVIDENCE = 10 * 1024 * 1024
"""Bytes that one piece of evidence may have."""

_LONGEST_STATEMENT = 2000
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")


@dataclass(frozen=True)
class Submissions:
    desk: Desk

    @command("submission.draft")
    def draft(self, act: Act, micro_credential: UUID, number: int) -> Outcome:
        """Begin a submission of one's own on a version that is open to submissions."""
        caller = act.caller
        if caller.person is None or caller.unit is None:
            raise NotPermitted("only a person may do this")
        self.desk.authorize(act, "submission.draft", caller.unit)
        micro = self.desk.store.look(MicroCredential, micro_credential, "micro-credential")
        micro.version_open_to_submissions(number)
        return Outcome.of(
            Submission.start(act, caller.person, caller.unit, micro_credential, number)
        )

    @command("submission.add-evidence")
    def add_evidence(
        self, act: Act, submission_id: UUID, part: str, name: str, media_type: str, data: bytes
    ) -> Outcome:
        """Add or replace the evidence of one part; its bytes are sealed before they are kept."""
        submission = self._own(act, "submission.edit", submission_id)
        definition(self.desk, submission).part(part)
        if not data:
            raise Invalid("evidence-empty", "there is nothing in this evidence")
        if len(data) > LARGEST_EVIDENCE:
            raise Invalid("evidence-too-large", f"more than {LARGEST_EVIDENCE} bytes")
        if not _MEDIA_TYPE.fullmatch(media_type):
            raise Invalid("bad-media-type", f"{media_type!r} is not a media type")
        person = submission.educator
        described = {"name": name[:200], "sha256": hashlib.sha256(data).hexdigest()}
        sealed = self.desk.vault.seal(person, "evidence.object", data)
        box = base64.b64decode(sealed.box)
        item = EvidenceItem(
            part=part,
            media_type=media_type,
            size=len(data),
            object=self.desk.evidence.put(box),
            digest=hashlib.sha256(box).hexdigest(),
            name=self.desk.seal_text(person, "evidence.name", json.dumps(described)),
        )
        submission.add_evidence(act, item)
        return Outcome.of(submission)

    @command("submission.submit")
    def submit(
        self, act: Act, submission_id: UUID, attested: bool, statement: Words | None = None
    ) -> Outcome:
        """Submit the next round. ``statement`` is what the badge may quote in public."""
        submission = self._own(act, "submission.edit", submission_id)
        if not attested:
            raise Invalid("not-attested", "the attestation must be affirmed")
        if statement is not None and not 1 <= len(statement.strip()) <= _LONGEST_STATEMENT:
            raise Invalid("bad-statement", f"1 to {_LONGEST_STATEMENT} characters")
        micro = self.desk.store.look(
            MicroCredential, submission.micro_credential, "micro-credential"
        )
        version = micro.version_open_to_submissions(submission.number)
        words = (
            self.desk.seal_text(submission.educator, "submission.statement", statement.strip())
            if statement
            else None
        )
        submission.submit(act, version, words)
        return Outcome.of(submission, round=submission.round)

    @command("submission.withdraw")
    def withdraw(self, act: Act, submission_id: UUID) -> Outcome:
        """Withdraw before a decision; nothing that was earned is touched."""
        submission = self._own(act, "submission.edit", submission_id)
        submission.withdraw(act)
        return Outcome.of(submission)

    @command("submission.appeal")
    def appeal(self, act: Act, submission_id: UUID, grounds: Words) -> Outcome:
        """Appeal against a refusal, once."""
        submission = self._own(act, "submission.appeal", submission_id)
        submission.appeal(act, self._words(submission, "appeal.grounds", grounds))
        return Outcome.of(submission)

    @command("appeal.decide")
    def decide_appeal(
        self, act: Act, submission_id: UUID, overturn: bool, reason: Words
    ) -> Outcome:
        """Uphold the refusal or overturn it; somebody who was not on the panel."""
        submission = self.desk.store.load(Submission, submission_id, "submission")
        self.desk.authorize(act, "appeal.decide", submission.campus)
        submission.decide_appeal(act, overturn, self._words(submission, "appeal.reason", reason))
        return Outcome.of(submission, state=submission.state)

    def _own(self, act: Act, action: str, submission_id: UUID) -> Submission:
        submission = self.desk.store.load(Submission, submission_id, "submission")
        submission.must_be_of(act.caller.person)
        self.desk.authorize(act, action, submission.campus)
        return submission

    def _words(self, submission: Submission, field: str, text: str) -> Sealed:
        return self.desk.seal_text(submission.educator, field, required_words(text))


def required_words(text: str) -> str:
    """Free text that a rule asks for. Raises Invalid for none, or for a book."""
    text = text.strip()
    if not 1 <= len(text) <= 4000:
        raise Invalid("reason-missing", "say why, in 1 to 4000 characters")
    return text


def definition(desk: Desk, submission: Submission) -> Definition:
    """The version that the submission answers."""
    micro = desk.store.look(MicroCredential, submission.micro_credential, "micro-credential")
    return micro.published(submission.number)


def opened_evidence(desk: Desk, educator: UUID, name: str) -> bytes:
    """The bytes of a piece of evidence. Raises NotFound, also when they were erased."""
    box = base64.b64encode(desk.evidence.get(name)).decode()
    data = desk.vault.open(Sealed(educator, "evidence.object", box))
    if data is None:
        raise NotFound("evidence")
    return data
