"""The Open Badges 3.0 model, as far as we issue it.

Source: Open Badges 3.0 §B Data models; requirements E1–E9 and A1–A14. Models are frozen, refuse
unknown members and write the standard's names; cross-references that the published JSON Schema
cannot express (A1, A8, A9) are checked here, before anything is signed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, model_validator
from pydantic.alias_generators import to_camel

from badges.contexts import CREDENTIALS_V2, OPEN_BADGES_3
from badges.document import Document


@lru_cache(maxsize=1024)
def utc_text(time: datetime) -> str:
    """RFC 3339 text in UTC, to the second, ended by ``Z``."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _absolute(uri: str) -> str:
    parts = urlsplit(uri)
    if not parts.scheme or not (parts.netloc or parts.path) or any(c.isspace() for c in uri):
        raise ValueError(f"{uri!r} is not an absolute URI")
    return uri


URI = Annotated[str, AfterValidator(_absolute)]
Time = Annotated[datetime, PlainSerializer(utc_text, return_type=str)]


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Image(_Model):
    id: URI
    type: Literal["Image"] = "Image"
    caption: str | None = None


class Profile(_Model):
    """Who issues or creates (A5)."""

    id: URI
    type: tuple[Literal["Profile"]] = ("Profile",)
    name: str | None = None
    url: URI | None = None
    email: str | None = None
    description: str | None = None
    image: Image | None = None


class Criteria(_Model):
    """What had to be shown (A2); ``narrative`` may be Markdown."""

    id: URI | None = None
    narrative: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.id is None and self.narrative is None:
            raise ValueError("criteria need an id or a narrative")
        return self


class Alignment(_Model):
    """To an item of a competency framework (A10)."""

    id: URI
    type: tuple[Literal["Alignment"]] = ("Alignment",)
    target_name: str
    target_url: URI
    target_description: str | None = None
    target_framework: str | None = None
    target_code: str | None = None
    target_type: str | None = None


class Related(_Model):
    """Another achievement, such as an earlier version (A3)."""

    id: URI
    type: tuple[Literal["Related"]] = ("Related",)
    version: str | None = None


class RubricCriterionLevel(_Model):
    """A level of a rubric criterion (A7); ``points`` is text."""

    id: URI
    type: tuple[Literal["RubricCriterionLevel"]] = ("RubricCriterionLevel",)
    name: str
    description: str | None = None
    level: str | None = None
    points: str | None = None


class ResultDescription(_Model):
    """A rubric criterion with its levels from low to high (A6, A7, A9)."""

    id: URI
    type: tuple[Literal["ResultDescription"]] = ("ResultDescription",)
    name: str
    result_type: Literal["RubricCriterionLevel"] = "RubricCriterionLevel"
    rubric_criterion_level: tuple[RubricCriterionLevel, ...]
    required_level: URI

    @model_validator(mode="after")
    def _required_level_is_here(self) -> Self:
        if self.required_level not in {level.id for level in self.rubric_criterion_level}:
            raise ValueError(f"required level {self.required_level} is not of this criterion")
        return self


class Achievement(_Model):
    """What the badge stands for (A2, A3): one published version of a micro-credential."""

    id: URI
    type: tuple[Literal["Achievement"]] = ("Achievement",)
    name: str
    description: str
    criteria: Criteria
    achievement_type: str = "MicroCredential"
    alignment: tuple[Alignment, ...] | None = None
    creator: Profile | None = None
    endorsement: tuple[dict[str, Any], ...] | None = None
    endorsement_jwt: tuple[str, ...] | None = None
    field_of_study: str | None = None
    human_code: str | None = None
    image: Image | None = None
    in_language: str | None = None
    related: tuple[Related, ...] | None = None
    specialization: str | None = None
    result_description: tuple[ResultDescription, ...] | None = None
    tag: tuple[str, ...] | None = None
    version: str | None = None


class Result(_Model):
    """The level reached on one criterion (A8)."""

    id: URI
    type: tuple[Literal["Result"]] = ("Result",)
    result_description: URI
    achieved_level: URI


class IdentityObject(_Model):
    """The recipient by a known identifier (A13)."""

    type: Literal["IdentityObject"] = "IdentityObject"
    hashed: bool
    identity_hash: str
    identity_type: Literal["emailAddress"] = "emailAddress"
    salt: str | None = None


class AchievementSubject(_Model):
    """Who achieved what, and how well (A1, A4, A8)."""

    id: URI | None = None
    type: tuple[Literal["AchievementSubject"]] = ("AchievementSubject",)
    identifier: tuple[IdentityObject, ...] | None = None
    activity_start_date: Time | None = None
    activity_end_date: Time | None = None
    achievement: Achievement
    result: tuple[Result, ...] | None = None

    @model_validator(mode="after")
    def _refers_to_its_own(self) -> Self:
        if self.id is None and not self.identifier:
            raise ValueError("a subject needs an id or an identifier")
        levels = {
            description.id: {level.id for level in description.rubric_criterion_level}
            for description in self.achievement.result_description or ()
        }
        for result in self.result or ():
            if result.achieved_level not in levels.get(result.result_description, set()):
                raise ValueError(f"{result.achieved_level} is no level of this achievement")
        return self


class Evidence(_Model):
    """What was shown (A11): a description and a hash, never a private file."""

    id: URI
    type: tuple[Literal["Evidence"]] = ("Evidence",)
    name: str
    description: str | None = None
    narrative: str | None = None
    genre: str | None = None


class CredentialStatus(_Model):
    """A ``BitstringStatusListEntry`` (R3)."""

    id: URI
    type: Literal["BitstringStatusListEntry"] = "BitstringStatusListEntry"
    status_purpose: Literal["revocation", "suspension"]
    status_list_index: str
    status_list_credential: URI


class CredentialSchema(_Model):
    """The published schema that a credential fits (A16)."""

    id: URI
    type: Literal["1EdTechJsonSchemaValidator2019"] = "1EdTechJsonSchemaValidator2019"


class RefreshService(_Model):
    """Where the current version of a credential is had (A17)."""

    id: URI
    type: Literal["1EdTechCredentialRefresh"] = "1EdTechCredentialRefresh"


class AchievementCredential(_Model):
    """An Open Badge, before its proof (E1–E9)."""

    id: URI
    type: tuple[Literal["VerifiableCredential"], Literal["OpenBadgeCredential"]] = (
        "VerifiableCredential",
        "OpenBadgeCredential",
    )
    name: str
    issuer: Profile
    valid_from: Time
    valid_until: Time | None = None
    awarded_date: Time
    credential_subject: AchievementSubject
    evidence: tuple[Evidence, ...] | None = None
    credential_status: CredentialStatus
    credential_schema: tuple[CredentialSchema, ...] | None = None
    refresh_service: RefreshService | None = None

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Self:
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise ValueError("validUntil is not after validFrom")
        return self


class EndorsementSubject(_Model):
    """What is endorsed, and why (A12)."""

    id: URI
    type: tuple[Literal["EndorsementSubject"]] = ("EndorsementSubject",)
    endorsement_comment: str | None = None


class EndorsementCredential(_Model):
    """An organization's word for an issuer, an achievement or an award (A12), unsigned."""

    id: URI
    type: tuple[Literal["VerifiableCredential"], Literal["EndorsementCredential"]] = (
        "VerifiableCredential",
        "EndorsementCredential",
    )
    name: str
    issuer: Profile
    valid_from: Time
    valid_until: Time | None = None
    credential_subject: EndorsementSubject
    credential_status: CredentialStatus

    def document(self) -> Document:
        """The credential as a JSON-LD document without a proof."""
        members = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {"@context": [CREDENTIALS_V2, OPEN_BADGES_3], **members}
