"""From what was earned to a signed Open Badge. What we sign, we check first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from pydantic import ValidationError

from badges.canonical import generic_nquads
from badges.document import Document
from badges.errors import MalformedDocument
from badges.identity import identity_hash
from badges.model import (
    AchievementCredential,
    utc_text,
)
from badges.proofs.data_integrity import add_proof
from badges.template import Template, sign_template
from badges.verification.schema import context_problems, shape_problems
from keys.did import jwk_url
from keys.keystore import KeyStore
from keys.lifecycle import Kind
from ledger.awards.badge_form import CONTEXTS, BadgeForm, badge_document


class IssuerSigner:
    """Signs with the key of its kind that is active now, for as long as this object lives."""

    def __init__(self, keys: KeyStore, issuer: str, kind: Kind = "Ed25519") -> None:
        """Raises KeyNotFound without an active key of that kind."""
        self._keys = keys
        key = keys.active(kind)
        self.key_id = key.id
        self.verification_method = f"{issuer}#{self.key_id}"
        self.algorithm = "EdDSA" if kind == "Ed25519" else "ES256"
        has_jwk = kind == "P-256"
        self.key_url = jwk_url(issuer, key.public_key) if has_jwk else self.verification_method

    def sign(self, data: bytes) -> bytes:
        """Raises KeyNotFound if the key was retired meanwhile."""
        return self._keys.sign(self.key_id, data)


@dataclass(frozen=True)
class Recipient:
    """To whom, by an e-mail address that only its salted hash gives away."""

    email: str
    salt: str
    subject: UUID


@dataclass(frozen=True)
class Shown:
    """One piece of evidence as the public may know it."""

    part: str
    media_type: str
    digest: str


@dataclass(frozen=True)
class Earned:
    """What an award says: at which levels, on what evidence, when, and where its status stands.

    ``awarded`` is when it was first awarded, which a renewal keeps; ``began`` and ``ended`` bound
    the work that it stands for.
    """

    award: UUID
    recipient: Recipient
    levels: Mapping[str, str]
    evidence: tuple[Shown, ...]
    statement: str | None
    began: datetime
    ended: datetime
    awarded: datetime
    valid_from: datetime
    valid_until: datetime | None
    status_list: str
    status_index: int


def sign_badge(form: BadgeForm, earned: Earned, signer: IssuerSigner) -> bytes:
    """The signed badge as JSON. Raises BadgesError rather than sign what would not verify."""
    words = words_of(form, earned)
    template = _template(form)
    if template is not None:
        return sign_template(template, words, CONTEXTS, signer, earned.valid_from)
    document = _checked(badge_document(form, words))
    return json.dumps(add_proof(document, signer, earned.valid_from)).encode()


@lru_cache(maxsize=256)
def _template(form: BadgeForm) -> Template | None:
    """The form's template, tried on a specimen against the generic way; None for a form that has
    to go that way. Raises MalformedDocument for one that makes no badge at all."""
    words = words_of(form, _specimen(form))
    document = _checked(badge_document(form, words))
    try:
        template = Template(lambda given: badge_document(form, given), form.slots())
    except MalformedDocument:
        return None
    return template if template.fill(words)[0] == generic_nquads(document) else None


def _specimen(form: BadgeForm) -> Earned:
    """A badge of this form that nobody earned."""
    nobody = UUID(int=0)
    then = datetime(2000, 1, 1, tzinfo=UTC)
    return Earned(
        award=nobody,
        recipient=Recipient("", "00", nobody),
        levels={criterion.id: criterion.required_level for criterion in form.definition.rubric},
        evidence=tuple(Shown(part, "text/plain", "00") for part in form.parts),
        statement="–" if form.has_statement else None,
        began=then,
        ended=then,
        awarded=then,
        valid_from=then,
        valid_until=then + timedelta(days=1) if form.ends else None,
        status_list="list-0",
        status_index=0,
    )


def _checked(document: Document) -> Document:
    """The document, if the model and our own checks of other people's badges accept it."""
    problems = [*context_problems(document), *shape_problems(document)]
    if problems:
        raise MalformedDocument("; ".join(problems))
    try:
        AchievementCredential.model_validate({k: v for k, v in document.items() if k[0] != "@"})
    except ValidationError as error:
        raise MalformedDocument(str(error.errors()[0]["msg"])) from None
    return document


def words_of(form: BadgeForm, earned: Earned) -> dict[str, str]:
    """What a badge says in the slots of its form. Raises ValueError for an unknown level."""
    recipient = earned.recipient
    words = {
        "award": str(earned.award),
        "subject": str(recipient.subject),
        # In small letters: of a hash, verifiers can try no more than that and what was entered.
        "identity": identity_hash(recipient.email.lower(), recipient.salt),
        "salt": recipient.salt,
        "list": earned.status_list,
        "index": str(earned.status_index),
        "began": utc_text(earned.began),
        "ended": utc_text(earned.ended),
        "awarded": utc_text(earned.awarded),
        "validFrom": utc_text(earned.valid_from),
    }
    if earned.valid_until is not None:
        words["validUntil"] = utc_text(earned.valid_until)
    if earned.statement is not None:
        words["statement"] = earned.statement
    for criterion in form.definition.rubric:
        level = earned.levels[criterion.id]
        criterion.rank(level)  # refuses a level that the rubric does not have
        words[f"level:{criterion.id}"] = level
    for piece in earned.evidence:
        words[f"digest:{piece.part}"] = piece.digest
        words[f"media:{piece.part}"] = piece.media_type
    return words
