"""The few words by which people know a credential, and who issued it, whatever its version."""

from __future__ import annotations

from badges.document import Document, as_list
from badges.errors import MalformedDocument
from badges.identity import ID, Recipient, recipients_of

_OF_THINGS = {
    "EndorsementCredential",
    "BitstringStatusListCredential",
    "StatusList2021Credential",
}
"""Credentials whose subject is no person: nobody was awarded them."""


def badge_summary(document: Document) -> dict[str, str]:
    """The few words by which people know a credential, whoever issued it."""
    issuer = document.get("issuer")
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict):
        subject = {}
    achievement = subject.get("achievement", document.get("badge"))
    words = {
        "id": document.get("id"),
        "name": document.get("name"),
        "achievement": achievement.get("name") if isinstance(achievement, dict) else None,
        "issuer": issuer.get("name") if isinstance(issuer, dict) else None,
        "issuerId": issuer.get("id") if isinstance(issuer, dict) else issuer,
        "validFrom": document.get(
            "validFrom", document.get("issuanceDate", document.get("issuedOn"))
        ),
        "validUntil": document.get(
            "validUntil", document.get("expirationDate", document.get("expires"))
        ),
    }
    known = {key: word for key, word in words.items() if isinstance(word, str)}
    if not _OF_THINGS.isdisjoint(
        kind for kind in as_list(document.get("type")) if type(kind) is str
    ):
        return known
    return known | recipient_summary(list(recipients_of(subject)))


def recipient_summary(recipients: list[Recipient]) -> dict[str, str]:
    """For whom it is, as far as it says: ``recipientType``, and ``recipient`` unless that is
    hashed. What is plain comes first, then what can be asked about, then an id."""
    plain = [r for r in recipients if not r.hashed and r.kind != ID]
    for recipient in [*plain, *(r for r in recipients if r.hashed), *recipients]:
        shown = {} if recipient.hashed else {"recipient": recipient.stated}
        return {"recipientType": recipient.kind, **shown}
    return {}


def issuer_id(document: Document) -> str:
    """The issuer's id, given as text or as an object. Raises MalformedDocument."""
    issuer = document.get("issuer")
    identifier = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(identifier, str) or ":" not in identifier:
        raise MalformedDocument("the credential names no issuer")
    return identifier
