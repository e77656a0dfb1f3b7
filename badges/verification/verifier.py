"""Is this credential authentic and in force, whoever issued it?

Whether we know the issuer is another question, and a policy's: see ``policy.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from badges.baking import PLAIN
from badges.canonical import Canonicalize, canonical_nquads
from badges.document import Document, as_list, parse_time
from badges.errors import BadgesError, MalformedDocument, UnreachableDocument, UnsupportedProof
from badges.identity import person_asked
from badges.loader import DocumentLoader
from badges.verification import open_badges_2
from badges.verification.checks import PROOF, Outcome, Status
from badges.verification.inquiry import (
    check_dates,
    check_document,
    check_proof,
    check_terms,
    owner_of,
)
from badges.verification.issuer import IssuerKeys
from badges.verification.policy import IssuerPolicy, LogPolicy, Question, no_log
from badges.verification.presented import Presented, present, present_document, present_item
from badges.verification.recipient import (
    check_holder,
    check_possession,
    check_recipient,
    gather_recipients,
    refuse_challenge,
    stated_recipients,
    worst_inside,
)
from badges.verification.report import Findings, VerificationReport
from badges.verification.schema import is_presentation
from badges.verification.status import check_status, same_id

_DEEPEST = 4
_MOST_CREDENTIALS = 200
_MOST_DOCUMENTS = 40


@dataclass(frozen=True)
class Verifier:
    """Verifies badges of any issuer, with documents from ``loader`` at the time ``now``."""

    loader: DocumentLoader
    now: datetime
    policy: IssuerPolicy = field(default_factory=IssuerPolicy)
    log: LogPolicy = no_log
    canonicalize: Canonicalize = canonical_nquads
    on_fault: Callable[[Exception], None] | None = None
    """Takes note of an error that nobody foresaw, which then leaves the answer open; without it
    such an error is raised."""
    any_case: bool = True
    """Whether capitals in front of an e-mail address's @ make no difference."""

    def verify(
        self,
        data: bytes | str,
        recipient: str | None = None,
        *,
        identity_type: str | None = None,
        challenge: str | None = None,
        domain: str | None = None,
        came: str = PLAIN,
    ) -> VerificationReport:
        """The full report on a credential, a presentation or a CLR: JSON or a JWT, plain or in an
        image. Never raises for what it reads: see ``on_fault``.

        Documents are asked for once and at most 40 of them, whatever the credential says.
        ``recipient``: whose it should be, an e-mail address unless its form or ``identity_type``
        (``name``, ``sourcedId``, …, or ``id``) says otherwise. ``challenge``, ``domain``: what a
        presentation must have been made for. ``came``: in what it came, where it was taken out of
        something else.
        """
        person = None if recipient is None else person_asked(recipient, identity_type)
        question = Question(person, challenge, domain, self.any_case)
        try:
            return self._verify(data, question, came)
        except Exception as error:  # whatever a stranger's document does to us is an answer
            if self.on_fault is None:
                raise
            self.on_fault(error)
            words = "this verifier failed while it read this, which says nothing about the badge"
            return _unread("not-reached", words, "unsupported")

    def _verify(self, data: bytes | str, question: Question, came: str) -> VerificationReport:
        loader = _Rationed(self.loader)
        findings = Findings()
        shown = _opened(findings, lambda: present(data, loader, came))
        if shown is None:
            return findings.report(None)
        return _Inquiry(self, loader).report(shown, question)


def not_a_badge(words: str) -> VerificationReport:
    """The report on what is none: ``words`` say what it is instead."""
    return _unread("failed", words, "malformed")


def not_had(words: str) -> VerificationReport:
    """The report on a badge that could not be had, for a reason that says nothing about it."""
    return _unread("not-reached", words, "issuer-unreachable")


def _unread(status: Status, words: str, outcome: Outcome) -> VerificationReport:
    findings = Findings()
    findings.say("document.parse", status, words, outcome)
    return findings.report(None)


class _Rationed:
    """Each document once, and not more than forty: a credential must not make us a crawler."""

    def __init__(self, loader: DocumentLoader) -> None:
        self._loader = loader
        self._had: dict[str, Document | BadgesError] = {}

    def load(self, url: str) -> Document:
        """Raises UnreachableDocument or MalformedDocument."""
        if url not in self._had:
            if len(self._had) >= _MOST_DOCUMENTS:
                raise UnreachableDocument(f"more than {_MOST_DOCUMENTS} documents are asked for")
            try:
                self._had[url] = self._loader.load(url)
            except BadgesError as error:
                self._had[url] = error
        had = self._had[url]
        if isinstance(had, BadgesError):
            raise had
        return had


class _Inquiry:
    """The examination of what was handed in and of everything inside it."""

    def __init__(self, verifier: Verifier, loader: DocumentLoader) -> None:
        self._loader = loader
        self._keys = IssuerKeys(loader, verifier.policy.key_addresses)
        self._now = verifier.now
        self._policy = verifier.policy
        self._log = verifier.log
        self._canonicalize = verifier.canonicalize
        self._seen = 0

    def report(self, shown: Presented, question: Question, depth: int = 0) -> VerificationReport:
        """The report on one credential or presentation."""
        findings = Findings(asked=question.person.kind if question.person else None)
        findings.say("document.parse", "passed", shown.form)
        self._seen += 1
        if open_badges_2.is_assertion(shown.document):
            open_badges_2.check(findings, shown, question, self._loader, self._now)
            refuse_challenge(findings, question)
            self._recognize(findings, open_badges_2.issuer_of(shown.document, self._loader))
        elif is_presentation(shown.document):
            self._presentation(findings, shown, question, depth)
        else:
            shown = self._credential(findings, shown, question, depth)
            refuse_challenge(findings, question)
        return findings.report(shown.document)

    def _credential(
        self, findings: Findings, shown: Presented, question: Question, depth: int
    ) -> Presented:
        owner = owner_of(shown.document)
        self._secured(findings, shown, owner, "assertionMethod")
        check_dates(findings, shown, self._now)
        if not findings.passed("proof.signature"):
            check_recipient(findings, (), question)
            return shown
        current = self._refreshed(findings, shown)
        if current is not None:
            return self._credential(findings, current, question, depth)
        check_status(findings, shown.document, self._keys, self._now, self._canonicalize)
        contents = list(_contents(shown.document))
        parts = self._inside(findings, "contents", contents, question, depth)
        own = stated_recipients(shown.document)
        if parts:
            gather_recipients(findings, own, question, parts)
        else:
            check_recipient(findings, own, question)
        words = list(_endorsements(shown.document))  # of whoever it is: no person is asked about
        self._inside(findings, "endorsements", words, Question(), depth)
        self._recognize(findings, owner)
        self._look_up(findings, shown)
        return shown

    def _presentation(
        self, findings: Findings, shown: Presented, question: Question, depth: int
    ) -> None:
        """What is presented counts; who presents it is proven only by a proof of the holder."""
        document = shown.document
        holder = document.get("holder")
        owner = holder.get("id") if isinstance(holder, dict) else holder
        if "proof" in document or shown.jws is not None:
            self._secured(findings, shown, owner, "authentication")
        else:
            check_document(findings, shown, self._canonicalize)
            if findings.passed("document.context"):
                check_terms(findings, document, self._canonicalize)
            nobody = "nobody signed the presentation itself: who presents it is not proven"
            for name in ("issuer.resolve", "proof.signature", "proof.purpose", "key.validity"):
                findings.say(name, "warning", nobody)
        check_dates(findings, shown, self._now)
        for name in ("status.revocation", "status.suspension"):
            findings.say(name, "passed", "a presentation has no status")
        contents = list(_contents(document))
        parts = self._inside(findings, "contents", contents, question, depth)
        gather_recipients(findings, (), question, parts)
        check_holder(findings, owner, list(islice(_presented(document), _MOST_CREDENTIALS)))
        check_possession(findings, shown, question)
        if isinstance(owner, str):
            findings.names["holder"] = owner
        if not findings.inside:
            findings.say("contents", "failed", "nothing is presented", "malformed")
        strangers = sum(_is_by_a_stranger(inside) for _, inside in findings.inside)
        words = f"{strangers} of what is presented is by an issuer that we do not recognise"
        status: Status = "warning" if strangers else "passed"
        findings.say("issuer.recognized", status, words if strangers else "all that is presented")

    def _secured(self, findings: Findings, shown: Presented, owner: object, purpose: str) -> None:
        check_document(findings, shown, self._canonicalize)
        if not findings.passed("document.context"):
            return
        if isinstance(owner, str):
            check_proof(findings, shown, owner, purpose, self._keys, self._now, self._canonicalize)
        else:
            words = "the credential names nobody who could have signed it"
            findings.say("issuer.resolve", "failed", words, "malformed")

    def _refreshed(self, findings: Findings, shown: Presented) -> Presented | None:
        """The issuer's current version of an expired credential, asked for once (A17).

        One in force is not refreshed: its issuer need not learn who looks at it, and when.
        """
        document = shown.document
        asked = "document.refresh" in findings.found
        if asked or findings.found["dates.valid-until"][0] != "failed":
            return None
        for service in as_list(document.get("refreshService")):
            if not isinstance(service, dict) or service.get("type") != "1EdTechCredentialRefresh":
                continue
            try:
                current = self._loader.load(str(service.get("id")))
                shown = present_document(current, "as the issuer has it now")
                if not _supersedes(shown.document, document):
                    raise MalformedDocument("the issuer has no newer version")
                newer = Findings()
                self._secured(newer, shown, owner_of(document), "assertionMethod")
                if not newer.passed("document.schema", "proof.signature", "proof.purpose"):
                    raise MalformedDocument("the newer version does not verify")
            except BadgesError as error:
                findings.say("document.refresh", "warning", f"checked as it is: {error}")
            else:
                findings.found.clear()
                findings.outcomes.clear()
                findings.names.clear()
                findings.say("document.parse", "passed", shown.form)
                findings.say("document.refresh", "passed", "the newer version is what was checked")
                return shown
            break
        return None

    def _inside(
        self,
        findings: Findings,
        name: str,
        items: list[tuple[str, object, object]],
        question: Question,
        depth: int,
    ) -> list[VerificationReport]:
        """Each credential inside, with a report of its own; an endorsement that does not hold
        warns, since it is another's word about this credential."""
        parts = [self._one_inside(item, about, question, depth) for _, item, about in items]
        findings.inside += zip((at for at, _, _ in items), parts, strict=True)
        held = sum(part.verified for part in parts)
        words = f"{held} of {len(items)} verified"
        if not parts:
            return parts
        if held == len(items):
            findings.say(name, "passed", words)
        elif name == "endorsements":
            findings.say(name, "warning", words)
        elif any(part.answer == "not verified" for part in parts):
            findings.say(name, "failed", words, worst_inside(parts))
        else:
            findings.say(name, "not-reached", words, worst_inside(parts))
        return parts

    def _one_inside(
        self, item: object, about: object, question: Question, depth: int
    ) -> VerificationReport:
        findings = Findings()
        if depth >= _DEEPEST or self._seen >= _MOST_CREDENTIALS:
            words = "too many credentials inside one another"
            findings.say("document.parse", "not-reached", words, "unsupported")
            return findings.report(None)
        shown = _opened(findings, lambda: _about(present_item(item), about))
        if shown is None:
            return findings.report(None)
        return self.report(shown, replace(question, challenge=None, domain=None), depth + 1)

    def _look_up(self, findings: Findings, shown: Presented) -> None:
        found = self._log(shown.document)
        if found is not None:
            status, words = found
            findings.say(
                "log.inclusion", status, words, "forged" if status == "failed" else "verified"
            )

    def _recognize(self, findings: Findings, issuer: str | None) -> None:
        """Whether we know who signed; of one whose name was borrowed nothing is said."""
        if issuer is not None and findings.passed(*PROOF):
            findings.names |= self._policy.known_by(issuer)
            findings.say("issuer.recognized", *self._policy.recognize(issuer))


def _opened(findings: Findings, open_it: Callable[[], Presented]) -> Presented | None:
    """What there is to examine, or None and why it cannot be read."""
    name = "document.parse"
    try:
        return open_it()
    except UnreachableDocument as error:
        findings.say(name, "not-reached", str(error), "issuer-unreachable")
    except UnsupportedProof as error:
        findings.say(name, "not-reached", str(error), "unsupported")
    except BadgesError as error:
        findings.say(name, "failed", str(error), "malformed")
    return None


def _about(shown: Presented, thing: object) -> Presented:
    """What was presented, if it is about ``thing`` (or need not be about anything)."""
    subjects = as_list(shown.document.get("credentialSubject"))
    if thing is not None and thing not in [s.get("id") for s in subjects if isinstance(s, dict)]:
        raise MalformedDocument("it endorses something else")
    return shown


def _is_by_a_stranger(report: VerificationReport) -> bool:
    return any(c.id == "issuer.recognized" and c.status == "warning" for c in report.checks)


def _supersedes(current: Document, held: Document) -> bool:
    """Whether it is the same credential in a newer version (Open Badges 3.0 §9.2)."""
    return (
        same_id(str(current.get("id")), str(held.get("id")))
        and owner_of(current) == owner_of(held)
        and parse_time(current.get("validFrom")) > parse_time(held.get("validFrom"))
    )


def _contents(document: Document) -> Iterator[tuple[str, object, object]]:
    """The credentials of a presentation, or of a CLR's subject (CLR 2.0)."""
    places = [("", document)]
    places += [
        ("credentialSubject.", subject)
        for subject in as_list(document.get("credentialSubject"))
        if isinstance(subject, dict)
    ]
    for place, holder in places:
        for number, item in enumerate(as_list(holder.get("verifiableCredential"))):
            yield f"{place}verifiableCredential[{number}]", item, None


def _presented(document: Document) -> Iterator[Document]:
    """Every credential that a presentation shows, those of a record in it too."""
    for _, item, _about in _contents(document):
        try:
            shown = present_item(item).document
        except BadgesError:
            continue  # its own report says so
        yield shown
        yield from _presented(shown)


def _endorsements(document: Document) -> Iterator[tuple[str, object, object]]:
    """Endorsements of the credential, its issuer and its achievement, with what each must be
    about (A12)."""
    subjects = as_list(document.get("credentialSubject"))
    subject = subjects[0] if subjects and isinstance(subjects[0], dict) else {}
    achievement = subject.get("achievement")
    for place, thing in (
        ("", document),
        ("issuer.", document.get("issuer")),
        ("credentialSubject.achievement.", achievement),
    ):
        if isinstance(thing, dict):
            for name in ("endorsement", "endorsementJwt"):
                for number, item in enumerate(as_list(thing.get(name))):
                    yield f"{place}{name}[{number}]", item, thing.get("id")
