"""What is told of the difference between two versions."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.catalogue import Definition, differences
from ledger.catalogue.definition import Creator, FrameworkAlignment
from tests.world import definition


def told(before: Definition, after: Definition) -> list[tuple[Any, ...]]:
    return [
        (d.kind, d.change, d.of, d.name, d.field, d.before, d.after)
        for d in differences(before, after)
    ]


def test_nothing_is_told_of_the_same() -> None:
    assert told(definition(), definition()) == []


def test_fields_and_rules() -> None:
    after = definition(
        name="Checking again",
        valid_months=12,
        suspendable=True,
        creator=Creator(name="Ana", url="https://ana.example.org"),
    )
    assert told(definition(), after) == [
        ("field", "changed", "", "", "name", "Checking for Understanding", "Checking again"),
        ("field", "changed", "", "", "creator", None, "Ana, https://ana.example.org"),
        ("field", "changed", "", "", "valid_months", None, "12"),
        ("field", "changed", "", "", "suspendable", "false", "true"),
    ]


def test_parts_by_their_ids() -> None:
    reflection, plan = definition().parts
    video = plan.model_copy(update={"id": "video", "name": "Video"})
    longer = reflection.model_copy(update={"name": "Long reflection", "required": False})
    assert told(definition(), definition(parts=(video, longer))) == [
        ("part", "changed", "", "Reflection", "name", "Reflection", "Long reflection"),
        ("part", "changed", "", "Reflection", "required", "true", "false"),
        ("part", "removed", "", "Plan", "", None, None),
        ("part", "added", "", "Video", "", None, None),
    ]
    assert told(definition(), definition(parts=(plan, reflection))) == [
        ("part", "moved", "", "Reflection", "", "1", "2"),
        ("part", "moved", "", "Plan", "", "2", "1"),
    ]


def test_criteria_with_their_levels() -> None:
    practice, impact = definition().rubric
    emerging, shown = practice.levels
    best = shown.model_copy(update={"id": "best", "name": "Best"})
    higher = practice.model_copy(
        update={"levels": (emerging, shown, best), "required_level": "best"}
    )
    assert told(definition(), definition(rubric=(higher,))) == [
        ("criterion", "changed", "", "Practice", "required_level", "Shown", "Best"),
        ("level", "added", "Practice", "Best", "", None, None),
        ("criterion", "removed", "", "Impact", "", None, None),
    ]
    points = shown.model_copy(update={"points": 3})
    scored = impact.model_copy(update={"levels": (emerging, points)})
    assert told(definition(), definition(rubric=(practice, scored))) == [
        ("level", "changed", "Impact", "Shown", "points", None, "3"),
    ]


def test_alignments_and_tags() -> None:
    other = FrameworkAlignment(name="Assess", url="https://case.example.org/items/2")
    assert told(definition(), definition(alignments=(other,), tags=("assessment", "new"))) == [
        ("alignment", "removed", "", "Assess", "", None, None),
        ("alignment", "added", "", "Assess", "", None, None),
        ("tag", "added", "", "new", "", None, None),
    ]


CHANGES: dict[str, list[Any]] = {
    "name": ["A", "B"],
    "tags": [(), ("x",), ("x", "y")],
    "parts": [definition().parts, definition().parts[:1], definition().parts[::-1]],
    "rubric": [definition().rubric, definition().rubric[:1], definition().rubric[::-1]],
    "reviews_required": [1, 2],
    "valid_months": [None, 3],
    "alignments": [(), definition().alignments],
}
_some = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in CHANGES.items()})


@given(_some, _some)
def test_something_is_told_whenever_anything_differs(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    before, after = definition(**one), definition(**other)
    assert bool(differences(before, after)) == (before != after)
    assert len(differences(before, after)) == len(differences(after, before))
