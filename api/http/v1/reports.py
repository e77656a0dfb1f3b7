"""A verification's report as the API answers it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from badges.verification.checks import Answer, Outcome, Status


class CheckShown(BaseModel):
    """One question that was put to the credential. ``id`` is stable; the words are for people."""

    id: str
    status: Status
    title: str
    detail: str


class Report(BaseModel):
    """``possession`` is there for a presentation, ``inside`` where credentials lie inside."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    verified: bool
    answer: Answer
    outcome: Outcome
    verdict: str
    headline: str
    sentence: str
    issued_by: str | None
    awarded_to: str | None
    identity: str
    credential: dict[str, str]
    checks: list[CheckShown]
    possession: Literal["proven", "not-proven"] | None = None
    inside: list[ReportInside] = []


class ReportInside(Report):
    """The report on what was found ``at`` a place in the credential."""

    at: str
