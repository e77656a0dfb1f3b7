"""Is it still in force? What the issuer's status lists say of a credential.

Sources: Bitstring Status List 1.0 §3.2; StatusList2021; 1EdTech revocation list; R2–R8.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import unquote

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
from badges.verification.issuer import IssuerKeys
from badges.verification.presented import Presented, present_document
from badges.verification.report import Findings, Outcome, Status
from keys.errors import KeysError

Answer = tuple[Status, str, Outcome]
_BAD_FIRST: tuple[Status, ...] = ("failed", "not-reached", "warning", "passed")
_LISTS = {
    "BitstringStatusListEntry": "BitstringStatusListCredential",
    "StatusList2021Entry": "StatusList2021Credential",
}
_REVOCATION_LIST = "1EdTechRevocationList"


def check_status(
    findings: Findings,
    document: Document,
    keys: IssuerKeys,
    now: datetime,
    canonicalize: Canonicalize,
) -> None:
    """Every status entry (R6); the worst that one says of a purpose counts."""
    said: dict[str, list[Answer]] = {"revocation": [], "suspension": []}
    for entry in as_list(document.get("credentialStatus")):
        for purpose, single in _purposes(entry):
            kept = "suspension" if purpose == "suspension" else "revocation"
            said[kept].append(_answer(document, single, keys, now, canonicalize))
    for purpose, answers in said.items():
        nothing: Answer = ("passed", f"the badge has no {purpose} status", "verified")
        worst = sorted(answers, key=lambda answer: _BAD_FIRST.index(answer[0]))
        findings.say(f"status.{purpose}", *[*worst, nothing][0])


def same_id(one: str, other: str) -> bool:
    """Whether two ids are the same once percent-decoded and trimmed (Open Badges 3.0 §9.2)."""
    return unquote(one.strip()) == unquote(other.strip())


def _purposes(entry: object) -> Iterator[tuple[object, object]]:
    """An entry once for each of its purposes that can put a credential out of force."""
    if not isinstance(entry, dict) or _kind(entry) not in _LISTS:
        yield "revocation", entry
        return
    for purpose in as_list(entry.get("statusPurpose")) or [None]:
        if purpose not in ("message", "refresh"):
            yield purpose, {**entry, "statusPurpose": purpose}


def _kind(entry: Document) -> str | None:
    """The type of an entry; of several, the one that we know."""
    kinds = [kind for kind in as_list(entry.get("type")) if isinstance(kind, str)]
    known = [kind for kind in kinds if kind in _LISTS or kind == _REVOCATION_LIST]
    return next(iter(known + kinds), None)


def _answer(
    document: Document,
    entry: object,
    keys: IssuerKeys,
    now: datetime,
    canonicalize: Canonicalize,
) -> Answer:
    kind = _kind(entry) if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or kind is None:
        return "failed", "the status entry is not an object with a type", "malformed"
    try:
        if kind in _LISTS:
            return _in_bitstring(document, entry, _LISTS[kind], keys, now, canonicalize)
        if kind == _REVOCATION_LIST:
            return _in_revocation_list(document, entry, keys.loader)
    except TooMuchWork as error:
        return "not-reached", str(error), "unsupported"
    except UnreachableDocument as error:
        return "not-reached", f"STATUS_RETRIEVAL_ERROR: {error}", "status-unreachable"
    except StatusListError as error:
        return "failed", f"{error.code}: {error}", "malformed"
    except (BadgesError, KeysError) as error:
        return "failed", f"STATUS_VERIFICATION_ERROR: {error}", "malformed"
    return "not-reached", f"this verifier does not know {kind!r}", "unsupported"


def _reached(loader: DocumentLoader, url: str) -> Document:
    """What answers with something else (a page about maintenance) was not reached."""
    try:
        return loader.load(url)
    except MalformedDocument as error:
        raise UnreachableDocument(f"{url} is no document: {error}") from None


def _in_bitstring(
    document: Document,
    entry: Document,
    kind: str,
    keys: IssuerKeys,
    now: datetime,
    canonicalize: Canonicalize,
) -> Answer:
    url, purpose = entry.get("statusListCredential"), entry.get("statusPurpose")
    if not isinstance(url, str):
        raise MalformedDocument("the status entry names no list")
    if purpose not in ("revocation", "suspension"):
        return "not-reached", f"this verifier does not know the purpose {purpose!r}", "unsupported"
    shown = present_document(_reached(keys.loader, url), "at its address")
    status_list = shown.document
    _refuse_unproven_list(shown, kind, keys, now, canonicalize)
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
    shown: Presented, kind: str, keys: IssuerKeys, now: datetime, canonicalize: Canonicalize
) -> None:
    """The list must be signed by its own issuer and in force (R6)."""
    findings = Findings()
    check_document(findings, shown, canonicalize)
    if kind not in as_list(shown.document.get("type")):
        raise MalformedDocument(f"it is not a {kind}")
    if findings.passed("document.context", "document.schema"):
        owner = issuer_id(shown.document)
        check_proof(findings, shown, owner, "assertionMethod", keys, now, canonicalize)
    for name, (status, words) in findings.found.items():
        if status == "failed" and not name.startswith("dates."):
            raise MalformedProof(words)
        if status == "not-reached":
            raise UnreachableDocument(words)
    check_dates(findings, shown, now)
    if not findings.passed("dates.valid-from", "dates.valid-until"):
        raise UnreachableDocument("the list at hand is not in force")


def _in_revocation_list(document: Document, entry: Document, loader: DocumentLoader) -> Answer:
    """Listed, and ``revoked`` absent or true (R2). The list is unsigned: its address vouches."""
    url, own = entry.get("id"), document.get("id")
    if not isinstance(url, str) or not isinstance(own, str):
        raise MalformedDocument("the status entry names no list, or the credential has no id")
    listed = _reached(loader, url)
    if not same_id(issuer_id({"issuer": document["issuer"], **listed}), issuer_id(document)):
        raise MalformedDocument("the list is another issuer's")
    if listed.get("revokedCredential") is None:
        raise UnreachableDocument(f"what lies at {url} is no revocation list")
    unread = False
    for item in as_list(listed["revokedCredential"]):
        known = item if isinstance(item, dict) else {"id": item}
        if not isinstance(known.get("id"), str):
            unread = True
        elif same_id(known["id"], own) and known.get("revoked", True) is not False:
            reason = known.get("revocationReason")
            return "failed", f"revoked: {reason}" if reason else "revoked", "revoked"
    if unread:
        raise UnreachableDocument(f"{url} lists something that names no credential")
    return "passed", f"not listed in {url}", "verified"
