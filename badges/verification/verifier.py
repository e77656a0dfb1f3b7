"""Is this credential authentic and in force? Every check, in the standard's order.

Sources: Open Badges 3.0 §9; VC Data Model 2.0 §7; requirements P4, R6, A15. Whether we know the
issuer is another question, and a policy's: see ``policy.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from badges.baking import unbake
from badges.contexts import CREDENTIALS_V1
from badges.document import Document, as_list, parse_document, parse_time
from badges.errors import (
    BadgesError,
    MalformedDocument,
    MalformedProof,
    StatusListError,
    UnreachableDocument,
    UnsupportedProof,
)
from badges.identity import recipient_matches
from badges.loader import DocumentLoader
from badges.model import badge_summary, issuer_id
from badges.proofs.data_integrity import supported_proof, verify_proof
from badges.status_list import status_bit
from badges.verification.issuer import VerificationMethod, key_problems, resolve_method
from badges.verification.policy import IssuerPolicy
from badges.verification.report import Check, Status, VerificationReport
from badges.verification.schema import context_problems, shape_problems
from keys.errors import KeysError

TITLES = {
    "document.parse": "The file can be read",
    "document.context": "Every term is defined by the standards",
    "document.schema": "It has the shape of its type",
    "issuer.resolve": "The issuer's key was found",
    "proof.signature": "Nothing was changed since it was signed",
    "proof.purpose": "The key may issue credentials for this issuer",
    "key.validity": "The key was valid when it signed",
    "dates.valid-from": "It is already valid",
    "dates.valid-until": "It has not expired",
    "status.revocation": "It has not been revoked",
    "status.suspension": "It is not suspended",
    "recipient.match": "It was awarded to this person",
    "issuer.recognized": "We know this issuer",
}
"""Every check id with the sentence that passing it makes true."""

_COMPACT_JWS = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]+")
_BAD_FIRST: tuple[Status, ...] = ("failed", "not-reached", "warning", "passed")


@dataclass(frozen=True)
class Verifier:
    """Verifies badges of any issuer, with documents from ``loader`` at the time ``now``."""

    loader: DocumentLoader
    now: datetime
    policy: IssuerPolicy = field(default_factory=IssuerPolicy)

    def verify(self, data: bytes | str, recipient: str | None = None) -> VerificationReport:
        """The full report on a credential: JSON, or an image that it is baked into.

        Never raises for what it reads.
        """
        inquiry = _Inquiry(self)
        document = inquiry.read(data)
        if document is not None:
            inquiry.examine(document, recipient)
        return inquiry.report(document, recipient)


class _Inquiry:
    """The checks of one credential, gathered in order."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._found: dict[str, tuple[Status, str]] = {}

    def read(self, data: bytes | str) -> Document | None:
        try:
            text, found = unbake(data.encode() if isinstance(data, str) else data)
            if _COMPACT_JWS.fullmatch(text.strip()):
                detail = "a VC-JWT, which this verifier does not read yet"
                self._found["document.parse"] = ("not-reached", detail)
                return None
            document = parse_document(text)
        except (MalformedDocument, UnicodeEncodeError) as error:
            self._found["document.parse"] = ("failed", str(error))
            return None
        self._found["document.parse"] = ("passed", f"JSON, one object, {found}")
        return document

    def examine(self, document: Document, recipient: str | None) -> None:
        if self._state("document.context", list(context_problems(document)), "in their order"):
            self._state("document.schema", list(shape_problems(document)), "all members are there")
            method = self._issuer(document)
            if method is not None:
                self._proof(document, method)
        self._dates(document)
        if self._passed("proof.signature"):
            self._status(document)
        if recipient is not None:
            self._recipient(document, recipient)
        if self._passed("proof.signature"):
            status, detail = self._verifier.policy.recognize(issuer_id(document))
            self._found["issuer.recognized"] = (status, detail)

    def report(self, document: Document | None, recipient: str | None) -> VerificationReport:
        asked = [name for name in TITLES if name != "recipient.match" or recipient is not None]
        nothing: tuple[Status, str] = ("not-reached", "an earlier check stands in the way")
        checks = (
            Check(name, *self._words(name, *self._found.get(name, nothing))) for name in asked
        )
        return VerificationReport(tuple(checks), badge_summary(document or {}))

    @staticmethod
    def _words(name: str, status: Status, detail: str) -> tuple[Status, str, str]:
        return status, TITLES[name], detail

    def _state(self, name: str, problems: list[str], fine: str) -> bool:
        status: Status = "failed" if problems else "passed"
        self._found[name] = (status, "; ".join(problems) or fine)
        return not problems

    def _passed(self, name: str) -> bool:
        return self._found.get(name, ("",))[0] == "passed"

    def _issuer(self, document: Document) -> VerificationMethod | None:
        """Find the key that the proof names (P4)."""
        try:
            proof = supported_proof(document)
        except UnsupportedProof as error:
            self._found["proof.signature"] = ("not-reached", str(error))
            return None
        except MalformedProof as error:
            self._found["proof.signature"] = ("failed", str(error))
            return None
        try:
            issuer_id(document)
            method = resolve_method(proof.get("verificationMethod"), self._verifier.loader)
        except UnreachableDocument as error:
            self._found["issuer.resolve"] = ("not-reached", f"could not reach the issuer: {error}")
            return None
        except UnsupportedProof as error:
            self._found["issuer.resolve"] = ("not-reached", str(error))
            return None
        except (BadgesError, KeysError) as error:
            self._found["issuer.resolve"] = ("failed", str(error))
            return None
        self._found["issuer.resolve"] = ("passed", method.id)
        return method

    def _proof(self, document: Document, method: VerificationMethod) -> None:
        proof = supported_proof(document)
        self._purpose(document, proof, method)
        try:
            genuine = verify_proof(document, proof, method.key)
        except MalformedDocument as error:
            self._found["document.context"] = ("failed", str(error))
            return
        except BadgesError as error:
            self._found["proof.signature"] = ("failed", str(error))
            return
        if not genuine:
            detail = "the signature does not fit: altered, or signed with another key"
            self._found["proof.signature"] = ("failed", detail)
            return
        self._found["proof.signature"] = ("passed", str(proof.get("cryptosuite", proof["type"])))
        self._key_validity(proof, method)

    def _purpose(self, document: Document, proof: Document, method: VerificationMethod) -> None:
        problems = []
        if proof.get("proofPurpose") != "assertionMethod":
            problems.append(f"the proof's purpose is {proof.get('proofPurpose')!r}")
        if not method.asserts:
            problems.append("the issuer does not list this key under assertionMethod")
        if method.controller != issuer_id(document):
            problems.append(f"the key is {method.controller}'s, not the issuer's")
        self._state("proof.purpose", problems, "assertionMethod of the issuer")

    def _key_validity(self, proof: Document, method: VerificationMethod) -> None:
        problems = key_problems(proof, method, self._verifier.now)
        self._state("key.validity", problems, f"signed {proof.get('created', 'at no stated time')}")

    def _dates(self, document: Document) -> None:
        old = as_list(document.get("@context"))[:1] == [CREDENTIALS_V1]
        now = self._verifier.now
        self._date(
            "dates.valid-from",
            document.get("issuanceDate" if old else "validFrom"),
            lambda time: time <= now,
            ("valid from", "not valid before"),
        )
        self._date(
            "dates.valid-until",
            document.get("expirationDate" if old else "validUntil"),
            lambda time: time > now,
            ("valid until", "expired on"),
        )

    def _date(
        self, name: str, text: object, fine: Callable[[datetime], bool], words: tuple[str, str]
    ) -> None:
        if text is None:
            self._found[name] = ("passed", "no such limit is set")
            return
        try:
            good = fine(parse_time(text))
        except MalformedDocument as error:
            self._found[name] = ("failed", str(error))
            return
        self._found[name] = (
            ("passed", f"{words[0]} {text}") if good else ("failed", f"{words[1]} {text}")
        )

    def _status(self, document: Document) -> None:
        """Every status entry (R6); the worst that one says of a purpose counts."""
        said: dict[str, list[tuple[Status, str]]] = {"revocation": [], "suspension": []}
        for entry in as_list(document.get("credentialStatus")):
            purpose = "revocation"
            if not isinstance(entry, dict):
                answer: tuple[Status, str] = ("failed", "the status entry is not an object")
            elif entry.get("type") != "BitstringStatusListEntry":
                answer = ("not-reached", f"this verifier does not know {entry.get('type')!r}")
            elif entry.get("statusPurpose") in ("revocation", "suspension"):
                purpose = str(entry["statusPurpose"])
                answer = self._status_of(document, entry, purpose)
            else:
                continue  # "message" and "refresh" put nothing out of force
            said[purpose].append(answer)
        for purpose, answers in said.items():
            nothing: tuple[Status, str] = ("passed", f"the badge has no {purpose} status")
            worst = sorted(answers, key=lambda found: _BAD_FIRST.index(found[0]))
            self._found[f"status.{purpose}"] = [*worst, nothing][0]

    def _status_of(self, document: Document, entry: Document, purpose: str) -> tuple[Status, str]:
        url = entry.get("statusListCredential")
        if not isinstance(url, str):
            return "failed", "the status entry names no list"
        try:
            status_list = self._verifier.loader.load(url)
            self._refuse_foreign_list(document, status_list)
            is_set = status_bit(entry, status_list)
        except UnreachableDocument as error:
            return "not-reached", f"STATUS_RETRIEVAL_ERROR: {error}"
        except StatusListError as error:
            return "failed", f"{error.code}: {error}"
        except (BadgesError, KeysError) as error:
            return "failed", f"STATUS_VERIFICATION_ERROR: {error}"
        if is_set:
            return "failed", "revoked" if purpose == "revocation" else "suspended"
        return "passed", f"bit {entry['statusListIndex']} of {url} is not set"

    def _refuse_foreign_list(self, document: Document, status_list: Document) -> None:
        """The list must be the issuer's own, signed and in force (R6, R7)."""
        problems = [*context_problems(status_list), *shape_problems(status_list)]
        if "BitstringStatusListCredential" not in as_list(status_list.get("type")):
            problems.append("it is not a BitstringStatusListCredential")
        if issuer_id(status_list) != issuer_id(document):
            problems.append("the list is another issuer's")
        if problems:
            raise MalformedDocument("; ".join(problems))
        proof = supported_proof(status_list)
        method = resolve_method(proof.get("verificationMethod"), self._verifier.loader)
        if method.controller != issuer_id(status_list) or not method.asserts:
            raise MalformedProof("the list is signed with another's key")
        if not verify_proof(status_list, proof, method.key):
            raise MalformedProof("the list's signature does not fit")
        if problems := key_problems(proof, method, self._verifier.now):
            raise MalformedProof("; ".join(problems))
        until = status_list.get("validUntil")
        if until is not None and parse_time(until) <= self._verifier.now:
            raise UnreachableDocument("the list at hand is out of date")

    def _recipient(self, document: Document, recipient: str) -> None:
        """A mismatch says nothing about the credential's validity (A15): so it warns."""
        subjects = as_list(document.get("credentialSubject"))
        matches = [recipient_matches(s, recipient) for s in subjects if isinstance(s, dict)]
        if True in matches:
            self._found["recipient.match"] = ("passed", "the e-mail address fits")
        elif False in matches:
            self._found["recipient.match"] = ("warning", "awarded to somebody else")
        else:
            detail = "the badge names no recipient by e-mail address"
            self._found["recipient.match"] = ("warning", detail)
