"""Results against their descriptions: what is reached has to be among what could be reached.

Source: Open Badges 3.0 §B.1 Result and ResultDescription; requirements A8 and A9. No JSON Schema
can say it, since one part of the document speaks of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from badges.document import as_list, shortened

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?%?")


def result_problems(achievement: dict[str, Any], results: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with the results of an achievement, and with their descriptions.

    Both have the shape that the schema asks.
    """
    listed = [_Description(each) for each in as_list(achievement.get("resultDescription"))]
    described = {description.id: description for description in listed}
    if len(described) < len(listed):
        yield "two resultDescriptions have one id"
    for description in listed:
        yield from description.problems()
    # The specification's own complete example names a level of another criterion.
    levels = {level for description in listed for level in description.levels}
    for result in results:
        level, about = result.get("achievedLevel"), result.get("resultDescription")
        if level is not None and level not in levels:
            yield f"achievedLevel {shortened(level)} is not described"
        if about in described:
            yield from described[about].problems_of(result)
        elif about is not None:
            yield f"result refers to {shortened(about)}, which this achievement does not describe"


class _Description:
    """A ResultDescription: which levels and values it knows."""

    def __init__(self, members: dict[str, Any]) -> None:
        self.id: str = members["id"]
        self.levels = {level["id"] for level in as_list(members.get("rubricCriterionLevel"))}
        self._members = members
        self._allowed = {_value(each) for each in as_list(members.get("allowedValue"))}
        self._least, self._most = (_value(members.get(name)) for name in ("valueMin", "valueMax"))

    def problems(self) -> Iterator[str]:
        """What it requires has to be what it describes (A9)."""
        level = self._members.get("requiredLevel")
        if level is not None and level not in self.levels:
            yield f"requiredLevel {shortened(level)} is not of its criterion"
        yield from self._value_problems("requiredValue", self._members)

    def problems_of(self, result: dict[str, Any]) -> Iterator[str]:
        """What a result says of it has to be possible (A8)."""
        if self._members["resultType"] == "Status" and "status" not in result:
            yield "a result of type Status has no status"
        yield from self._value_problems("value", result)

    def _value_problems(self, name: str, members: dict[str, Any]) -> Iterator[str]:
        """A value is one of those allowed, or else lies between the bounds; all are texts."""
        value = _value(members.get(name))
        if value is None:
            return
        said = f"{name} {shortened(members[name])}"
        if self._allowed:
            if value not in self._allowed:
                yield f"{said} is not an allowedValue"
            return
        for bound, limit in (("valueMin", self._least), ("valueMax", self._most)):
            if not isinstance(limit, Decimal):
                continue  # of grades we do not know the order
            if not isinstance(value, Decimal):
                yield f"{said} is no number, and {bound} is one"
            elif value < limit if bound == "valueMin" else value > limit:
                yield f"{said} is beyond {bound} {shortened(self._members[bound])}"


def _value(text: str | None) -> Decimal | str | None:
    """The number that a text is, such as "3.50" or "95%"; any other text as it stands."""
    if text is None or not _NUMBER.fullmatch(text):
        return text
    return Decimal(text.removesuffix("%"))
