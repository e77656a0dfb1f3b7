"""The recipient of a badge as an IdentityObject, plain or hashed, and whether it is who was asked.

Source: Open Badges 3.0 §B.6 IdentityObject; requirements A13–A15. A salted hash hides an
e-mail address from a casual look only: whoever guesses the address can confirm it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import idna

from badges.document import as_list
from badges.names import ascii_host

EMAIL = "emailAddress"
ID = "id"
ANY = "any"
_ALGORITHMS = {"sha256": hashlib.sha256, "md5": hashlib.md5}
_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)


def identity_hash(identifier: str, salt: str, algorithm: str = "sha256") -> str:
    """``algorithm$`` + hex of hash(identifier ‖ salt), both UTF-8."""
    data = (identifier + salt).encode(errors="surrogatepass")
    return f"{algorithm}${_ALGORITHMS[algorithm](data).hexdigest()}"


@dataclass(frozen=True)
class Person:
    """Whom the asker means. ``kind`` is an ``identityType`` of the standard, ``"id"`` for a
    subject's id (a DID, an address), or ``"any"`` for any identifier that is no e-mail address."""

    kind: str
    text: str


def person_asked(text: str, kind: str | None = None) -> Person:
    """What people enter, with its kind told by its form unless ``kind`` names it."""
    text = unicodedata.normalize("NFC", text.strip())
    if text[:7].lower() == "mailto:":
        text, kind = text[7:], kind or EMAIL
    if kind is None:
        kind = ID if _URI.fullmatch(text) else EMAIL if "@" in text else ANY
    return Person(kind, text)


@dataclass(frozen=True)
class Recipient:
    """One identity that a badge states: plain, or as ``algorithm$`` and a hex digest."""

    kind: str
    stated: str
    hashed: bool = False
    salt: str = ""

    def matches(self, person: Person, any_case: bool) -> bool | None:
        """Whether this is ``person``; None where the two cannot be compared.

        ``any_case``: whether capitals in front of an address's @ make no difference. Of a hash
        only spellings can be tried: as it was entered, and in small letters.
        """
        if not _is_same_kind(self, person):
            return None
        if not self.hashed:
            return _normal(self.kind, self.stated, any_case) == _normal(
                self.kind, person.text, any_case
            )
        algorithm, dollar, digest = self.stated.partition("$")
        if algorithm not in _ALGORITHMS or not dollar:
            return None
        stated = f"{algorithm}${digest.lower()}".encode(errors="surrogatepass")
        return any(
            hmac.compare_digest(stated, identity_hash(text, self.salt, algorithm).encode())
            for text in _spellings(self.kind, person.text, any_case)
        )


def recipients_of(subject: dict[str, Any]) -> Iterator[Recipient]:
    """Every identity that a credential's subject has: its identifiers, and its id."""
    for identity in as_list(subject.get("identifier")):
        if isinstance(identity, dict):
            kind, stated = identity.get("identityType"), identity.get("identityHash")
            hashed, salt = identity.get("hashed", False), identity.get("salt", "")
            if (
                isinstance(kind, str)
                and isinstance(stated, str)
                and isinstance(hashed, bool)
                and isinstance(salt, str)
            ):
                yield Recipient(kind, stated, hashed, salt)
    identifier = subject.get("id")
    if isinstance(identifier, str):
        if identifier[:7].lower() == "mailto:":
            yield Recipient(EMAIL, unquote(identifier[7:].partition("?")[0]))
        else:
            yield Recipient(ID, identifier)


def assertion_recipient(stated: dict[str, Any]) -> Recipient | None:
    """The recipient of an Open Badges 2.0 assertion ("IdentityObject": type, identity, hashed)."""
    kind, identity, salt = stated.get("type"), stated.get("identity"), stated.get("salt", "")
    if not isinstance(kind, str) or not isinstance(identity, str) or not isinstance(salt, str):
        return None
    kind = {"email": EMAIL, "url": ID, "id": ID}.get(kind, kind)
    return Recipient(kind, identity, stated.get("hashed") is True, salt)


def is_awarded_to(
    recipients: Iterator[Recipient], person: Person, any_case: bool = True
) -> bool | None:
    """Whether one of ``recipients`` is ``person``; None when none can be compared."""
    answers = {recipient.matches(person, any_case) for recipient in recipients}
    return True if True in answers else False if False in answers else None


def _is_same_kind(recipient: Recipient, person: Person) -> bool:
    if person.kind == ANY:
        return recipient.kind not in (EMAIL, ID)
    if recipient.kind != person.kind:
        return False
    return recipient.kind != ID or recipient.hashed or _scheme(recipient) == _scheme(person)


def _scheme(named: Recipient | Person) -> str:
    """Ids of one scheme can be told apart; a DID may be whoever an address stands for."""
    text = named.text if isinstance(named, Person) else named.stated
    return text.strip().partition(":")[0].lower()


def _normal(kind: str, text: str, any_case: bool) -> str:
    """A plain identity in the one spelling in which two are compared."""
    text = unicodedata.normalize("NFC", text.strip())
    if kind == EMAIL:
        local, at, domain = text.rpartition("@")
        return (local.lower() if any_case else local) + at + _domains(domain)[-1]
    if kind == ID and _scheme(Person(kind, text)) in ("http", "https"):
        return _normal_address(text)
    return text


def _normal_address(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    host, colon, port = parts.netloc.partition(":")
    netloc = (ascii_host(host) or host) + colon + port
    return parts._replace(
        scheme=parts.scheme.lower(), netloc=netloc, path=parts.path or "/"
    ).geturl()


def _spellings(kind: str, text: str, any_case: bool) -> Iterator[str]:
    """What may have been hashed, for what was entered."""
    yield text
    if kind == EMAIL:
        local, at, domain = text.rpartition("@")
        for front in [local, local.lower()] if any_case else [local]:
            for back in _domains(domain):
                yield front + at + back


def _domains(domain: str) -> list[str]:
    """A domain as it was written, in small letters, in its own script, and in ASCII (UTS 46)."""
    ascii_form = ascii_host(domain.rstrip(".")) or domain.lower()
    try:
        own = idna.decode(ascii_form)
    except (idna.IDNAError, UnicodeError):
        own = ascii_form
    return [domain, domain.lower(), own, ascii_form]
