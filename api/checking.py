"""Checking whatever was handed in: one badge, or the badges of a list.

Each has a verification of its own, with its own time; a list ends with the time of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from api.deadline import Deadline
from api.logbook import ReceiptLog
from api.reading import Addresses, Asked, Credential, Found, LogReceipt, Reading
from badges.errors import BadgesError, MalformedDocument, UnreachableDocument
from badges.verification import VerificationReport, Verifier, not_a_badge, not_had
from ledger.transparency import Receipt, VerifierKey


@dataclass(frozen=True)
class Question:
    """What is asked of each badge, beside whether it is authentic and in force."""

    recipient: str | None = None
    identity_type: str | None = None
    challenge: str | None = None
    domain: str | None = None
    receipt: Receipt | None = None
    """What is said to be the badge's; ``log`` is the key of its log, where that is known."""
    log: VerifierKey | None = None

    def of(self, recipient: str | None) -> Question:
        """The same of a badge whose recipient a list names."""
        return self if recipient is None else replace(self, recipient=recipient)


@dataclass(frozen=True)
class Checking:
    """Checks with verifiers of this deployment, or of a command line that has none.

    ``fetch`` gives what lies at an address, by a deadline. Raises UnreachableDocument.
    """

    reading: Reading
    verifier: Callable[[Deadline], Verifier]
    fetch: Callable[[str, Deadline], bytes]

    def report(
        self, data: bytes | str, deadline: Deadline, question: Question = Question()
    ) -> VerificationReport:
        """The report on one thing: a badge in any form, or the address of one. Never raises for
        what it reads."""
        found = self.found(data, deadline)
        if isinstance(found, Addresses) and len(found.asked) == 1:
            return self.at(found.asked[0], deadline, question)
        if isinstance(found, Addresses):
            return not_a_badge(f"it is a list of {len(found.asked)} addresses")
        if isinstance(found, LogReceipt):
            return not_a_badge("it is the receipt of a log; hand in the badge with it")
        return self._of(found, deadline, question)

    def found(self, data: bytes | str, deadline: Deadline) -> Found | VerificationReport:
        """What was handed in, or the report that says what it is instead."""
        try:
            return self.reading.read(data, deadline)
        except MalformedDocument as error:
            return not_a_badge(str(error))
        except BadgesError as error:
            return not_had(str(error))

    def at(
        self, asked: Asked, deadline: Deadline, question: Question = Question()
    ) -> VerificationReport:
        """The report on the badge at an address. What lies there is read as a badge only: no list
        leads to another."""
        try:
            data = self.fetch(asked.address, deadline)
        except UnreachableDocument as error:
            return not_had(f"the address could not be opened: {error}")
        found = self.found(data, deadline)
        if isinstance(found, Addresses | LogReceipt):
            return not_a_badge("at that address lies something else")
        return self._of(found, deadline, question.of(asked.recipient))

    def each(
        self, asked: tuple[Asked, ...], seconds: float, question: Question = Question()
    ) -> Iterator[VerificationReport]:
        """The reports on a list, one after another, each in its own ``seconds``."""
        for one in asked:
            yield self.at(one, Deadline.after(seconds), question)

    def _of(
        self, found: Credential | VerificationReport, deadline: Deadline, question: Question
    ) -> VerificationReport:
        if isinstance(found, VerificationReport):
            return found
        verifier = self.verifier(deadline)
        if question.receipt is not None:
            log = ReceiptLog(question.receipt, found.data, question.log)
            verifier = replace(verifier, log=log)
        return verifier.verify(
            found.data,
            question.recipient,
            identity_type=question.identity_type,
            challenge=question.challenge,
            domain=question.domain,
            came=found.came,
        )
