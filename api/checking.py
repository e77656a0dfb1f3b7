"""Checking whatever was handed in: each badge has a verification of its own, with its own time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from api.deadline import Deadline
from api.logbook import ReceiptLog
from api.reading import Addresses, Asked, Credential, Found, LogReceipt, Reading
from badges.document import Document, as_list
from badges.errors import BadgesError, MalformedDocument, UnreachableDocument
from badges.loader import DocumentLoader
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
class Consulted:
    """A document that a verification rests on, as it was then: its SHA-256 (of its JSON with
    sorted members), and from when it says that it holds."""

    url: str
    kind: str
    digest: str
    since: str | None


@dataclass(frozen=True)
class Checked:
    """What was found, and the documents that were asked for it."""

    report: VerificationReport
    consulted: tuple[Consulted, ...] = ()


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
            return self.at(found.asked[0], deadline, question).report
        if isinstance(found, Addresses):
            return not_a_badge(f"it is a list of {len(found.asked)} addresses")
        if isinstance(found, LogReceipt):
            return not_a_badge("it is the receipt of a log; hand in the badge with it")
        return self.of(found, deadline, question).report

    def found(self, data: bytes | str, deadline: Deadline) -> Found | VerificationReport:
        """What was handed in, or the report that says what it is instead."""
        try:
            return self.reading.read(data, deadline)
        except MalformedDocument as error:
            return not_a_badge(str(error))
        except BadgesError as error:
            return not_had(str(error))

    def at(self, asked: Asked, deadline: Deadline, question: Question = Question()) -> Checked:
        """What is found of the badge at an address. What lies there is read as a badge only: no
        list leads to another."""
        try:
            data = self.fetch(asked.address, deadline)
        except UnreachableDocument as error:
            return Checked(not_had(f"the address could not be opened: {error}"))
        found = self.found(data, deadline)
        if isinstance(found, Addresses | LogReceipt):
            return Checked(not_a_badge("at that address lies something else"))
        return self.of(found, deadline, question.of(asked.recipient))

    def of(
        self,
        found: Credential | VerificationReport,
        deadline: Deadline,
        question: Question = Question(),
    ) -> Checked:
        """What is found of a credential that was read."""
        if isinstance(found, VerificationReport):
            return Checked(found)
        verifier = self.verifier(deadline)
        documents = _Noting(verifier.loader)
        verifier = replace(verifier, loader=documents)
        if question.receipt is not None:
            log = ReceiptLog(question.receipt, found.data, question.log)
            verifier = replace(verifier, log=log)
        report = verifier.verify(
            found.data,
            question.recipient,
            identity_type=question.identity_type,
            challenge=question.challenge,
            domain=question.domain,
            came=found.came,
        )
        return Checked(report, tuple(documents.consulted))


class _Noting:
    """Notes each document that is loaded."""

    def __init__(self, loader: DocumentLoader) -> None:
        self.consulted: list[Consulted] = []
        self._loader = loader

    def load(self, url: str) -> Document:
        """Raises UnreachableDocument or MalformedDocument."""
        document = self._loader.load(url)
        kinds = [kind for kind in as_list(document.get("type")) if isinstance(kind, str)]
        since = document.get("validFrom")
        data = json.dumps(document, sort_keys=True).encode()
        self.consulted.append(
            Consulted(
                url=url,
                kind=kinds[-1] if kinds else "",
                digest=hashlib.sha256(data).hexdigest(),
                since=since if isinstance(since, str) else None,
            )
        )
        return document
