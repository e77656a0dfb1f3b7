"""Whose is it, and who presents it? The badge's recipient, the presentation's holder and proof.

Sources: Open Badges 3.0 §9.4 (A15); VC Data Model 2.0 §4.13 (holder); VC Data Integrity 1.0 §2.1
and §4.2 (``challenge``, ``domain``); OpenID for Verifiable Presentations (``nonce``, ``aud``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from badges.document import Document, as_list, parse_document
from badges.identity import EMAIL, Recipient, is_awarded_to, recipients_of
from badges.verification.checks import NOT_MADE, PROOF, WORST_FIRST, Outcome
from badges.verification.policy import Question
from badges.verification.presented import Presented
from badges.verification.report import Findings, VerificationReport

_MATCH, _HOLDER, _POSSESSION = "recipient.match", "presentation.holder", "presentation.possession"


def subjects_of(document: Document) -> list[Document]:
    """The subjects of a credential that can be looked at."""
    return [s for s in as_list(document.get("credentialSubject")) if isinstance(s, dict)]


def stated_recipients(document: Document) -> Iterator[Recipient]:
    """Every identity that a credential's subjects have."""
    for subject in subjects_of(document):
        yield from recipients_of(subject)


def check_recipient(
    findings: Findings, recipients: Iterable[Recipient], question: Question
) -> None:
    """Whether the person who was asked about is one of ``recipients``; nothing if none was.

    What an unproven credential says of its recipient is compared with nobody.
    """
    if question.person is None:
        return
    if not findings.passed(*PROOF):
        findings.say(_MATCH, "not-reached", NOT_MADE)
        return
    answer = is_awarded_to(iter(recipients), question.person, question.any_case)
    _say(findings, answer, "address" if question.person.kind == EMAIL else "identity")


def gather_recipients(
    findings: Findings,
    own: Iterable[Recipient],
    question: Question,
    parts: list[VerificationReport],
) -> None:
    """The same of a presentation or a record: all that is inside must be the person's."""
    if question.person is None:
        return
    answers = {
        {"passed": True, "failed": False}.get(part.statuses.get(_MATCH, "")) for part in parts
    }
    itself = is_awarded_to(iter(own), question.person, question.any_case)
    if itself is not None and findings.passed(*PROOF):
        answers.add(itself)
    answer = False if False in answers else None if None in answers or not answers else True
    _say(findings, answer, "address" if question.person.kind == EMAIL else "identity")


def _say(findings: Findings, answer: bool | None, what: str) -> None:
    if answer is None:
        words = f"it names nobody whom the {what} that was entered can be compared with"
        findings.say(_MATCH, "not-reached", words, "recipient-not-comparable")
    elif answer:
        findings.say(_MATCH, "passed", f"the {what} that was entered fits")
    else:
        findings.say(
            _MATCH, "failed", f"the {what} that was entered is somebody else's", "other-person"
        )


def check_holder(findings: Findings, holder: object, credentials: list[Document]) -> None:
    """Whether what is presented is about whoever presents it: the holder's id is the subject's.

    Only ids that a key can stand for are compared; other subjects may be anyone.
    """
    if not isinstance(holder, str):
        findings.say(_HOLDER, "warning", "the presentation does not say who presents it")
        return
    others, unknown = [], 0
    for credential in credentials:
        ids = [subject.get("id") for subject in subjects_of(credential)]
        able = [i for i in ids if isinstance(i, str) and i.startswith(("did:", "https://"))]
        others += [identifier for identifier in able if identifier != holder]
        unknown += not able
    if others:
        words = f"presented by {holder}, awarded to {', '.join(sorted(set(others)))}"
        findings.say(_HOLDER, "failed", words, "other-person")
    elif unknown:
        words = f"{unknown} of what is presented names no holder whom a key could be compared with"
        findings.say(_HOLDER, "warning", words)
    else:
        findings.say(_HOLDER, "passed", f"all of it is about {holder}")


def check_possession(findings: Findings, shown: Presented, question: Question) -> None:
    """Whether the presentation answers the asker's challenge; without one it proves no possession
    now, however well it is signed."""
    signed = findings.passed(*PROOF)
    if not question.is_about_possession:
        words = "no challenge was asked for: it may be of another time, or for somebody else"
        if not signed:
            words = "nobody who could be asked signed it: anyone who has the file could send it"
        findings.say(_POSSESSION, "warning", words)
        return
    if not signed:
        words = "a challenge can be answered only by the holder's own proof, and there is none"
        findings.say(_POSSESSION, "failed", words, "challenge-not-met")
        return
    challenge, domains = _made_for(findings, shown)
    wrong = []
    if question.challenge is not None and challenge != question.challenge:
        wrong.append(f"its challenge is {challenge!r}")
    if question.domain is not None and domains != {question.domain}:
        wrong.append(f"it was made for {', '.join(sorted(domains)) or 'no domain'}")
    if wrong:
        findings.say(_POSSESSION, "failed", "; ".join(wrong), "challenge-not-met")
    elif question.challenge is None:
        words = "the domain fits; without a challenge it may be of another time"
        findings.say(_POSSESSION, "warning", words)
    elif question.domain is None:
        words = "the challenge fits; without a domain somebody else may have passed it on"
        findings.say(_POSSESSION, "warning", words)
    else:
        findings.say(_POSSESSION, "passed", "it carries the challenge and the domain")


def _made_for(findings: Findings, shown: Presented) -> tuple[object, set[str]]:
    """The challenge and the domains that the holder signed."""
    if shown.jws is not None:
        claims = parse_document(shown.jws.payload)
        challenge, domains = claims.get("nonce"), claims.get("aud")
    else:
        challenge, domains = findings.proof.get("challenge"), findings.proof.get("domain")
    return challenge, {domain for domain in as_list(domains) if isinstance(domain, str)}


def refuse_challenge(findings: Findings, question: Question) -> None:
    """A credential by itself was made for nobody: it cannot answer a challenge."""
    if question.is_about_possession:
        words = "this is a credential, not a presentation of one: it answers no challenge"
        findings.say(_POSSESSION, "failed", words, "challenge-not-met")


def worst_inside(parts: list[VerificationReport]) -> Outcome:
    """What parts that do not hold make of the whole: more than one of them does only where all
    are somebody else's, or none could be checked."""
    bad = {part.outcome for part in parts if part.answer == "not verified"}
    if bad:
        return "other-person" if bad == {"other-person"} else "part-not-verified"
    return min((part.outcome for part in parts), key=WORST_FIRST.index)
