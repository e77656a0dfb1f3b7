"""What the badges of one published version have in common, and the slots in which they differ.

Requirements E1–E9, A1–A17; design §4. Every node that may have an ``id`` has one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from badges.contexts import CREDENTIALS_V2, OPEN_BADGES_3, OPEN_BADGES_3_EXTENSIONS
from badges.document import Document
from badges.model import (
    Achievement,
    Alignment,
    Criteria,
    Image,
    Profile,
    Related,
    ResultDescription,
    RubricCriterionLevel,
)
from badges.proofs.jws import is_compact_jws
from badges.status_list import Purpose
from ledger.catalogue import Definition
from ledger.site import Site


@dataclass(frozen=True)
class BadgeForm:
    """All that the badges of one published version share, and which parts they have.

    A version never changes, so its id and number stand for its definition.
    """

    site: Site
    issuer_name: str
    micro_credential: UUID
    number: int
    definition: Definition = field(compare=False)
    purpose: Purpose
    ends: bool
    parts: tuple[str, ...]
    has_statement: bool
    endorsements: tuple[str, ...] = ()

    def slots(self) -> list[str]:
        """The names of the words that differ from badge to badge."""
        names = ["award", "subject", "identity", "salt", "list", "index"]
        names += ["began", "ended", "awarded", "validFrom"]
        names += ["validUntil"] * self.ends + ["statement"] * self.has_statement
        names += [f"level:{criterion.id}" for criterion in self.definition.rubric]
        return names + [f"{kind}:{part}" for part in self.parts for kind in ("digest", "media")]


_SCHEMA = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)


def badge_document(form: BadgeForm, words: Mapping[str, str]) -> Document:
    """The badge without its proof, with ``words`` in its slots."""
    site = form.site
    badge = site.badge(words["award"])
    status = site.status_list(words["list"])
    shown = _achievement(form)
    levels = {criterion.id: words[f"level:{criterion.id}"] for criterion in form.definition.rubric}
    ends = {"validUntil": words["validUntil"]} if form.ends else {}
    refresh = {"id": f"{badge}/refresh", "type": "1EdTechCredentialRefresh"}
    return {
        "@context": list(CONTEXTS),
        "id": badge,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": form.definition.name,
        "issuer": {
            "id": site.issuer,
            "type": ["Profile"],
            "name": form.issuer_name,
            "url": site.base_url,
        },
        "validFrom": words["validFrom"],
        **ends,
        "awardedDate": words["awarded"],
        "credentialSubject": {
            "id": f"urn:uuid:{words['subject']}",
            "type": ["AchievementSubject"],
            "activityStartDate": words["began"],
            "activityEndDate": words["ended"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": words["identity"],
                    "identityType": "emailAddress",
                    "salt": words["salt"],
                }
            ],
            "achievement": shown,
            "result": [
                {
                    "id": f"{badge}#result-{criterion.id}",
                    "type": ["Result"],
                    "resultDescription": f"{shown['id']}#{criterion.id}",
                    "achievedLevel": f"{shown['id']}#{criterion.id}.{levels[criterion.id]}",
                }
                for criterion in form.definition.rubric
            ],
        },
        "evidence": _evidence(form, badge, words),
        "credentialStatus": {
            "id": f"{status}#{words['index']}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": form.purpose,
            "statusListIndex": words["index"],
            "statusListCredential": status,
        },
        "credentialSchema": [{"id": _SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        **({"refreshService": refresh} if form.ends else {}),
    }


CONTEXTS = (CREDENTIALS_V2, OPEN_BADGES_3, OPEN_BADGES_3_EXTENSIONS)
"""The extensions define the types of ``credentialSchema`` and ``refreshService`` (E2)."""


@lru_cache(maxsize=256)
def _achievement(form: BadgeForm) -> Document:
    shown = achievement(
        form.site, form.micro_credential, form.number, form.definition, form.endorsements
    )
    return shown.model_dump(mode="json", by_alias=True, exclude_none=True)


def achievement(
    site: Site,
    micro: UUID,
    number: int,
    definition: Definition,
    endorsements: tuple[str, ...] = (),
) -> Achievement:
    """One published version as an Open Badges Achievement; ``endorsements`` are credentials of
    others, each JSON or a JWT."""
    base = site.achievement(micro, number)
    jwts = tuple(text for text in endorsements if is_compact_jws(text))
    embedded = tuple(json.loads(text) for text in endorsements if text not in jwts)
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
        field_of_study=definition.field_of_study,
        specialization=definition.specialization,
        human_code=definition.human_code,
        image=Image(id=f"{base}/image", caption=f"The seal of {definition.name}"),
        in_language=definition.language,
        related=_earlier(site, micro, number),
        endorsement=embedded or None,
        endorsement_jwt=jwts or None,
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


def _earlier(site: Site, micro: UUID, number: int) -> tuple[Related, ...] | None:
    """The version before this one."""
    if number == 1:
        return None
    return (Related(id=site.achievement(micro, number - 1), version=str(number - 1)),)


def _evidence(form: BadgeForm, badge: str, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Descriptions and hashes; the files themselves stay private."""
    pieces = [
        {
            "id": f"{badge}#evidence-{part}",
            "type": ["Evidence"],
            "name": form.definition.part(part).name,
            "description": "Assessed and kept by the issuer. SHA-256 " + words[f"digest:{part}"],
            "genre": words[f"media:{part}"],
        }
        for part in form.parts
    ]
    if form.has_statement:
        statement = {
            "id": f"{badge}#statement",
            "type": ["Evidence"],
            "name": "In my words",
            "narrative": words["statement"],
        }
        pieces.insert(0, statement)
    return pieces


def reached_level(badge: Document) -> str:
    """The name of the lowest level that a badge reached on any criterion."""
    subject: dict[str, Any] = badge["credentialSubject"]
    names: dict[str, tuple[int, str]] = {
        level["id"]: (rank, level["name"])
        for description in subject["achievement"]["resultDescription"]
        for rank, level in enumerate(description["rubricCriterionLevel"])
    }
    return min(names[result["achievedLevel"]] for result in subject["result"])[1]
