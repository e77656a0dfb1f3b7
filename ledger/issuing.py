"""From an accepted submission to a signed Open Badge.

Requirements E1–E9, A1–A14; design §4. Every node that may have an ``id`` has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from badges.document import Document
from badges.errors import MalformedDocument
from badges.identity import identity_hash
from badges.model import (
    Achievement,
    AchievementCredential,
    AchievementSubject,
    Alignment,
    CredentialStatus,
    Criteria,
    Evidence,
    IdentityObject,
    Profile,
    Result,
    ResultDescription,
    RubricCriterionLevel,
)
from badges.proofs.data_integrity import add_proof
from badges.status_list import StatusEntry
from badges.verification.schema import context_problems, shape_problems
from keys.keystore import KeyStore
from ledger.achievements import Definition
from ledger.site import Site


class IssuerSigner:
    """Signs with the key that is active now, for as long as this object lives."""

    def __init__(self, keys: KeyStore, issuer: str) -> None:
        self._keys = keys
        self.key_id = keys.active().id
        self.verification_method = f"{issuer}#{self.key_id}"

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
    """What an award says: which version, at which levels, on what evidence, by whom."""

    award: UUID
    micro_credential: UUID
    number: int
    definition: Definition
    levels: Mapping[str, str]
    evidence: tuple[Shown, ...]
    statement: str | None
    recipient: Recipient
    valid_from: datetime
    valid_until: datetime | None
    status: StatusEntry


def achievement(site: Site, micro: UUID, number: int, definition: Definition) -> Achievement:
    """One published version as an Open Badges Achievement."""
    base = site.achievement(micro, number)
    creator = definition.creator
    return Achievement(
        id=base,
        name=definition.name,
        description=definition.description,
        criteria=Criteria(id=f"{base}#criteria", narrative=definition.criteria),
        alignment=tuple(
            Alignment(
                id=f"{base}#alignment-{place}",
                target_name=alignment.name,
                target_url=alignment.url,
                target_code=alignment.code,
                target_framework=alignment.framework,
                target_type="CFItem",
            )
            for place, alignment in enumerate(definition.alignments, 1)
        )
        or None,
        creator=Profile(id=creator.url, name=creator.name, url=creator.url) if creator else None,
        in_language=definition.language,
        tag=definition.tags or None,
        version=str(number),
        result_description=tuple(
            ResultDescription(
                id=f"{base}#{criterion.id}",
                name=criterion.name,
                rubric_criterion_level=tuple(
                    RubricCriterionLevel(
                        id=f"{base}#{criterion.id}.{level.id}",
                        name=level.name,
                        description=level.description,
                        level=str(rank),
                        points=None if level.points is None else str(level.points),
                    )
                    for rank, level in enumerate(criterion.levels, 1)
                ),
                required_level=f"{base}#{criterion.id}.{criterion.required_level}",
            )
            for criterion in definition.rubric
        ),
    )


def credential(site: Site, issuer_name: str, earned: Earned) -> AchievementCredential:
    """The badge that says what was earned, before its proof."""
    badge = site.badge(earned.award)
    shown = achievement(site, earned.micro_credential, earned.number, earned.definition)
    recipient = earned.recipient
    return AchievementCredential(
        id=badge,
        name=earned.definition.name,
        issuer=Profile(id=site.issuer, name=issuer_name, url=site.base_url),
        valid_from=earned.valid_from,
        valid_until=earned.valid_until,
        awarded_date=earned.valid_from,
        credential_subject=AchievementSubject(
            id=f"urn:uuid:{recipient.subject}",
            identifier=(
                IdentityObject(
                    hashed=True,
                    identity_hash=identity_hash(recipient.email, recipient.salt),
                    salt=recipient.salt,
                ),
            ),
            achievement=shown,
            result=tuple(
                Result(
                    id=f"{badge}#result-{criterion}",
                    result_description=f"{shown.id}#{criterion}",
                    achieved_level=f"{shown.id}#{criterion}.{level}",
                )
                for criterion, level in earned.levels.items()
            ),
        ),
        evidence=_evidence(badge, earned),
        credential_status=CredentialStatus.model_validate(earned.status.document()),
    )


def sign_badge(site: Site, issuer_name: str, earned: Earned, signer: IssuerSigner) -> Document:
    """The signed badge. Raises BadgesError rather than sign what would not verify."""
    document = credential(site, issuer_name, earned).document()
    problems = [*context_problems(document), *shape_problems(document)]
    if problems:
        raise MalformedDocument("; ".join(problems))
    return add_proof(document, signer, earned.valid_from)


def _evidence(badge: str, earned: Earned) -> tuple[Evidence, ...]:
    """Descriptions and hashes; the files themselves stay private."""
    pieces = [
        Evidence(
            id=f"{badge}#evidence-{piece.part}",
            name=earned.definition.part(piece.part).name,
            genre=piece.media_type,
            description=f"Assessed and kept by the issuer. SHA-256 {piece.digest}",
        )
        for piece in earned.evidence
    ]
    if earned.statement:
        words = Evidence(id=f"{badge}#statement", name="In my words", narrative=earned.statement)
        pieces.insert(0, words)
    return tuple(pieces)
