"""The case study's facts, and its micro-credentials as definitions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from ledger.catalogue import Creator, Criterion, Definition, FrameworkAlignment, Level, Part

_LEVELS = (
    Level(id="emerging", name="Emerging", description="Not shown yet, or only described", points=0),
    Level(
        id="demonstrated",
        name="Demonstrated",
        description="Shown in practice, with evidence that others can follow",
        points=1,
    ),
    Level(
        id="exemplary",
        name="Exemplary",
        description="Shown so well that colleagues can learn from it",
        points=2,
    ),
)


@dataclass(frozen=True)
class RoleCard:
    """A role, the school year in which it came, and its micro-credentials."""

    role: str
    school_year: str
    micro_credentials: tuple[Definition, ...]


def case_study() -> dict[str, Any]:
    """The published figures."""
    text = files(__package__).joinpath("case_study.json").read_text(encoding="utf-8")
    facts: dict[str, Any] = json.loads(text)
    return facts


def role_cards(facts: dict[str, Any]) -> list[RoleCard]:
    """The 17 role cards; every third micro-credential is assessed by two, and the first of all is
    awarded by itself."""
    cards = []
    for number, card in enumerate(facts["role_cards"], 1):
        definitions = tuple(
            _definition(
                title,
                card["role"],
                f"{number}.{place}",
                reviews=2 if place == 3 else 1,
                by_itself=number == place == 1,
            )
            for place, title in enumerate(card["shows"], 1)
        )
        cards.append(RoleCard(card["role"], card["school_year"], definitions))
    return cards


def _definition(title: str, role: str, code: str, *, reviews: int, by_itself: bool) -> Definition:
    practice = title.lower()
    return Definition(
        name=title,
        description=f"Shows the competency “{title}” that the role card {role} asks for.",
        criteria=(
            f"The educator has put **{practice}** to work in their own school, on a challenge of "
            "their own, and shows:\n\n"
            "- the context and why it mattered;\n"
            "- what they did, with artifacts from practice;\n"
            "- what changed for students, and what they would do next.\n\n"
            "Hours attended do not count; evidence does."
        ),
        parts=(
            Part(
                id="context",
                name="Context",
                instruction="Describe your setting and the challenge, in 300 to 500 words.",
                kind="text",
            ),
            Part(
                id="artifact",
                name="Artifact from practice",
                instruction="Add a plan, recording or work sample. Show no student's name or face.",
                kind="file",
            ),
            Part(
                id="reflection",
                name="Reflection",
                instruction="Say what changed, how you know, and what you would do next.",
                kind="text",
            ),
        ),
        rubric=(
            _criterion("context", "Context and need"),
            _criterion("practice", "Competency in practice"),
            _criterion("impact", "Impact on students"),
        ),
        alignments=(
            FrameworkAlignment(
                name=title,
                url=f"https://framework.example.org/competencies/{code}",
                code=code,
                framework=f"Role card: {role}",
            ),
        ),
        tags=(role, "H-STEP"),
        role_card=role,
        creator=Creator(name="BloomBoard", url="https://bloomboard.com"),
        reviews_required=2 if reviews == 2 else 1,
        awarded_by="itself" if by_itself else "a-person",
    )


def _criterion(criterion_id: str, name: str) -> Criterion:
    return Criterion(id=criterion_id, name=name, levels=_LEVELS, required_level="demonstrated")
