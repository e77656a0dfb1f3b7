"""Is it still in force? What the issuer's status lists say of a credential.

Sources: Bitstring Status List 1.0 §3.2; StatusList2021; 1EdTech revocation list; R2–R8.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from badges.canonical import Canonicalize
from badges.document import Document, as_list
from badges.errors import (
    BadgesError,
    MalformedDocument,
    MalformedProof,
    StatusListError,
    TooMuchWork,
    UnreachableDocument,
)
from badges.loader import DocumentLoader
from badges.status_list import status_message, status_value
from badges.summary import issuer_id
from badges.verification.inquiry import check_dates, check_document, check_proof
from badges.verification.presented import Presented, present_document
from badges.verification.report import Findings, Outcome, Status
from keys.errors import KeysError

Answer = tuple[Status, str, Outcome]
_BAD_FIRST: tuple[Status, ...] = ("failed", "not-reached", "warning", "passed")
_LISTS = {
    "BitstringStatusListEntry": "BitstringStatusListCredential",
    "StatusList2021Entry": "StatusList2021Credential",
}


def check_status(
    findings: Findings,
    document: Document,
    loader: DocumentLoader,
    now: datetime,
    canonicalize: Canonicalize,
) -> None:
    """Every status entry (R6); the worst that one says of a purpose counts."""
    said: dict[str, list[Answer]] = {"revocation": [], "suspension": []}
    for entry in as_list(document.get("credentialStatus")):
        purpose = entry.get("statusPurpose", "revocation") if isinstance(entry, dict) else None
        if purpose in ("message", "refresh"):
            continue  # they put nothing out of force
        kept = "suspension" if purpose == "suspension" else "revocation"
        said[kept].append(_answer(document, entry, loader, now, canonicalize))
    for purpose, answers in said.items():
        nothing: Answer = ("passed", f"the badge has no {purpose} status", "verified")
        worst = sorted(answers, key=lambda answer: _BAD_FIRST.index(answer[0]))
        findings.say(f"status.{purpose}", *[*worst, nothing][0])


def _answer(
    document: Document,
    entry: object,
    loader: DocumentLoader,
    now: datetime,
    canonicalize: Canonicalize,
) -> Answer:
    kind = entry.get("type") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(kind, str):
        return "failed", "the status entry is not an object with a type", "malformed"
    ask: Callable[[Document, Document, DocumentLoader, datetime, Canonicalize], Answer]
    if kind in _LISTS:
        ask = _in_bitstring
    elif kind == "1EdTechRevocationList":
        ask = _in_revocation_list
    else:
        return "not-reached", f"this verifier does not know {kind!r}", "unsupported"
    try:
        return ask(document, entry, loader, now, canonicalize)
    except TooMuchWork as error:
        return "not-reached", str(error), "unsupported"
    except UnreachableDocument as error:
        return "not-reached", f"STATUS_RETRIEVAL_ERROR: {error}", "status-unreachable"
    except StatusListError as error:
        return "failed", f"{error.code}: {error}", "malformed"
    except (BadgesError, KeysError) as error:
        return "failed", f"STATUS_VERIFICATION_ERROR: {error}", "malformed"


def _in_bitstring(
    document: Document,
    entry: Document,
    loader: DocumentLoader,
    now: datetime,
    canonicalize: Canonicalize,
) -> Answer:
    url, purpose = entry.get("statusListCredential"), entry.get("statusPurpose")
    if not isinstance(url, str):
        raise MalformedDocument("the status entry names no list")
    if purpose not in ("revocation", "suspension"):
        return "not-reached", f"this verifier does not know the purpose {purpose!r}", "unsupported"
    shown = present_document(loader.load(url), "at its address")
    status_list = shown.document
    _refuse_unproven_list(shown, _LISTS[entry["type"]], loader, now, canonicalize)
    value = status_value(entry, status_list)
    if value == 0 and issuer_id(status_list) != issuer_id(document):
        # The issuer named the address, not who may sign there: a revocation is believed,
        # its absence is not (R7).
        words = f"only {issuer_id(status_list)}, another issuer, says that it is not"
        return "not-reached", words, "status-unreachable"
    if value == 0:
        place = entry["statusListIndex"]
        return "passed", f"bit {place} of {url} is not set", "verified"
    word: Outcome = "revoked" if purpose == "revocation" else "suspended"
    message = status_message(entry, value)
    return "failed", f"{word}: {message}" if message else word, word


def _refuse_unproven_list(
    shown: Presented,
    kind: str,
    loader: DocumentLoader,
    now: datetime,
    canonicalize: Canonicalize,
) -> None:
    """The list must be signed by its own issuer and in force (R6)."""
    findings = Findings()
    check_document(findings, shown, canonicalize)
    if kind not in as_list(shown.document.get("type")):
        raise MalformedDocument(f"it is not a {kind}")
    if findings.passed("document.context", "document.schema"):
        owner = issuer_id(shown.document)
        check_proof(findings, shown, owner, "assertionMethod", loader, now, canonicalize)
    for status, words in findings.found.values():
        if status == "failed":
            raise MalformedProof(words)
        if status == "not-reached":
            raise UnreachableDocument(words)
    check_dates(findings, shown, now)
    if not findings.passed("dates.valid-from", "dates.valid-until"):
        raise UnreachableDocument("the list at hand is not in force")


def _in_revocation_list(
    document: Document,
    entry: Document,
    loader: DocumentLoader,
    _now: datetime,
    _canonicalize: Canonicalize,
) -> Answer:
    """Listed, and ``revoked`` absent or true (R2). The list is unsigned: its address vouches."""
    url = entry.get("id")
    if not isinstance(url, str):
        raise MalformedDocument("the status entry names no list")
    listed = loader.load(url)
    if listed.get("issuer", issuer_id(document)) != issuer_id(document):
        raise MalformedDocument("the list is another issuer's")
    for item in as_list(listed.get("revokedCredential")):
        is_this = isinstance(item, dict) and item.get("id") == document.get("id")
        if is_this and item.get("revoked", True) is not False:
            reason = item.get("revocationReason")
            return "failed", f"revoked: {reason}" if reason else "revoked", "revoked"
    return "passed", f"not listed in {url}", "verified"
