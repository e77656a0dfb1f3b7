"""Definition: all that one version of a micro-credential says, with its parts and its rubric."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from badges.image import DesignName
from badges.schemas import LANGUAGE_TAG
from ledger.errors import NotFound
from ledger.text import Words
from ledger.value import Value

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[Words, Field(min_length=1, max_length=8000)]
WebAddress = Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500)]


Media = Literal["text", "document", "image", "audio", "video", "other"]
"""Families of media types (``media.py``); ``other`` is whatever we do not know."""


_LONGEST_LINK = 2000


class Part(Value):
    """One thing that a submission holds. ``media`` are the families that a file may be of, and
    ``most_bytes`` how large it may be where that is less than the policy allows."""

    id: Slug
    name: Line
    instruction: Text
    kind: Literal["text", "file", "link"]
    required: bool = True
    media: Annotated[tuple[Media, ...], Field(max_length=6)] = ()
    most_bytes: int | None = Field(default=None, ge=1)

    @property
    def takes(self) -> tuple[Media, ...]:
        """The families that it takes: those named, or what its kind usually holds."""
        if self.kind == "link":
            return ("text",)
        usual: tuple[Media, ...] = ("text", "document")
        if self.kind == "file":
            usual = (*usual, "image", "audio", "video")
        return self.media or usual

    def limit(self, most: int) -> int:
        """Its largest size in bytes, where the policy allows ``most``."""
        usual = _LONGEST_LINK if self.kind == "link" else most
        return min(most, self.most_bytes or usual)


class Level(Value):
    """One level of a criterion; the levels stand in order from low to high."""

    id: Slug
    name: Line
    description: Text | None = None
    points: int | None = Field(default=None, ge=0, le=1000)


class Criterion(Value):
    """What an assessor looks at, and the level at which it is demonstrated."""

    id: Slug
    name: Line
    levels: Annotated[tuple[Level, ...], Field(min_length=2, max_length=10)]
    required_level: Slug

    @model_validator(mode="after")
    def _levels_fit(self) -> Self:
        _refuse_twins("level", [level.id for level in self.levels])
        if self.required_level not in {level.id for level in self.levels}:
            raise ValueError(f"required level {self.required_level!r} is not a level")
        return self

    def rank(self, level: str) -> int:
        """Place of ``level`` from low (0) to high. Raises ValueError for an unknown one."""
        return [known.id for known in self.levels].index(level)

    def is_met_at(self, level: str) -> bool:
        """Whether ``level`` is the required one or higher."""
        return self.rank(level) >= self.rank(self.required_level)


class FrameworkAlignment(Value):
    """An item of a competency framework (1EdTech CASE) that this shows."""

    name: Line
    url: WebAddress
    code: Line | None = None
    framework: Line | None = None


class Creator(Value):
    """Who wrote the micro-credential, when not the issuer."""

    name: Line
    url: WebAddress


class Definition(Value):
    """All that a version of a micro-credential says. Events hold it whole."""

    STORED_AS: ClassVar[str] = "definition"

    name: Line
    description: Text
    criteria: Text
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=20)]
    rubric: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=30)]
    alignments: Annotated[tuple[FrameworkAlignment, ...], Field(max_length=30)] = ()
    tags: Annotated[tuple[Line, ...], Field(max_length=30)] = ()
    field_of_study: Line | None = None
    specialization: Line | None = None
    human_code: Line | None = None
    role_card: Line | None = None
    creator: Creator | None = None
    image: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """A picture that was brought; else its seal is drawn in the ``design``."""

    design: DesignName = "panel"
    language: Annotated[str, Field(pattern=LANGUAGE_TAG)] = "en"
    reviews_required: Literal[1, 2] = 1
    rounds_allowed: int = Field(default=3, ge=1, le=10)
    valid_months: int | None = Field(default=None, ge=1, le=240)
    suspendable: bool = False
    awarded_by: Literal["a-person", "itself"] = "a-person"

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        _refuse_twins("part", [part.id for part in self.parts])
        _refuse_twins("criterion", [criterion.id for criterion in self.rubric])
        return self

    @property
    def asked_level(self) -> str:
        """The name of the level that the rubric asks for: the lowest where they differ."""
        asked = [(c.rank(c.required_level), c.levels) for c in self.rubric]
        rank, levels = min(asked, key=lambda found: found[0])
        return levels[rank].name

    def part(self, part_id: str) -> Part:
        """Raises NotFound."""
        for part in self.parts:
            if part.id == part_id:
                return part
        raise NotFound("part of this micro-credential")


def _refuse_twins(what: str, ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise ValueError(f"two of the same {what} id")
