"""Micro-credential: an Achievement in versions, each with its parts and its rubric.

A published version never changes: submissions name it, and a rubric is fixed at submission.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from badges.schemas import LANGUAGE_TAG
from ledger.errors import NotFound, RuleBroken
from ledger.record import Act, Record
from ledger.text import Words

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[Words, Field(min_length=1, max_length=8000)]
WebAddress = Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500)]


class _Value(BaseModel):
    """Events hold these with their Python names, the API with camelCase ones."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Part(_Value):
    """One thing that a submission holds."""

    id: Slug
    name: Line
    instruction: Text
    kind: Literal["text", "file", "link"]
    required: bool = True


class Level(_Value):
    """One level of a criterion; the levels stand in order from low to high."""

    id: Slug
    name: Line
    description: Text | None = None
    points: int | None = Field(default=None, ge=0, le=1000)


class Criterion(_Value):
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


class FrameworkAlignment(_Value):
    """An item of a competency framework (1EdTech CASE) that this shows."""

    name: Line
    url: WebAddress
    code: Line | None = None
    framework: Line | None = None


class Creator(_Value):
    """Who wrote the micro-credential, when not the issuer."""

    name: Line
    url: WebAddress


class Definition(_Value):
    """All that a version of a micro-credential says."""

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
    language: Annotated[str, Field(pattern=LANGUAGE_TAG)] = "en"
    reviews_required: Literal[1, 2] = 1
    rounds_allowed: int = Field(default=3, ge=1, le=10)
    valid_months: int | None = Field(default=None, ge=1, le=240)
    suspendable: bool = False

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


class MicroCredential(Record):
    """A micro-credential through its versions: a draft, and those published."""

    class Defined(Record.Created):
        owner: UUID
        definition: Definition

    class Revised(Record.Event):
        definition: Definition

        def apply(self, micro: MicroCredential) -> None:
            micro.draft = self.definition

    class VersionPublished(Record.Event):
        number: int
        definition: Definition

        def apply(self, micro: MicroCredential) -> None:
            micro.versions[self.number] = self.definition
            micro.draft = None

    class VersionRetired(Record.Event):
        number: int

        def apply(self, micro: MicroCredential) -> None:
            micro.retired.add(self.number)

    def __init__(self, *, owner: UUID, definition: Definition) -> None:
        self.owner = owner
        self.draft: Definition | None = definition
        self.versions: dict[int, Definition] = {}
        self.retired: set[int] = set()

    @classmethod
    def define(cls, act: Act, owner: UUID, definition: Definition) -> Self:
        """A draft that belongs to the unit ``owner``."""
        return cls.begin(cls.Defined, act, act.new_id(), owner=owner, definition=definition)

    def revise(self, act: Act, definition: Definition) -> None:
        """Write the draft of the next version."""
        self.happened(self.Revised, act, definition=definition)

    def publish(self, act: Act) -> int:
        """Publish the draft; gives the version's number. Raises RuleBroken without a draft."""
        if self.draft is None:
            raise RuleBroken("nothing-to-publish", "there is no draft since the last version")
        number = len(self.versions) + 1
        self.happened(self.VersionPublished, act, number=number, definition=self.draft)
        return number

    def retire(self, act: Act, number: int) -> None:
        """Take no more submissions on a version; what it earned stays. Raises RuleBroken."""
        self.version_open_to_submissions(number)
        self.happened(self.VersionRetired, act, number=number)

    def published(self, number: int) -> Definition:
        """A version as published, retired or not. Raises RuleBroken."""
        if number not in self.versions:
            raise RuleBroken("version-not-published", f"version {number} was never published")
        return self.versions[number]

    def version_open_to_submissions(self, number: int) -> Definition:
        """Raises RuleBroken for a version that is retired or was never published."""
        definition = self.published(number)
        if number in self.retired:
            raise RuleBroken("version-retired", f"version {number} takes no more submissions")
        return definition


def _refuse_twins(what: str, ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise ValueError(f"two of the same {what} id")
