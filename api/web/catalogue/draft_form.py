"""A definition as a form, and back. Parts, criteria, levels and alignments are rows, which are
added, taken away and moved by buttons of the same form: no script is needed, and nothing that was
typed is lost.

A row's fields are called ``part.0.name`` or ``criterion.1.level.0.name``. A row keeps the id that
it has; a new one gets it from its name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from api.web.forms import Posted
from ledger.catalogue import Criterion, Definition, Part

MOST = {"part": 20, "criterion": 30, "level": 10, "alignment": 30}
_LINES = ("name", "field_of_study", "specialization", "human_code", "role_card", "language")
_RULES = ("reviews_required", "rounds_allowed", "valid_months", "awarded_by")
_CREATOR = ("creator_name", "creator_url")
_FIELDS = (*_LINES, *_RULES, *_CREATOR, "description", "criteria", "tags", "suspendable")
_IN_A_ROW = (
    *("id", "name", "instruction", "kind", "required", "description", "points"),
    *("url", "code", "framework"),
)

Row = dict[str, Any]


@dataclass
class DraftForm:
    """What stands in the form: ``fields`` by name; rows of ``parts``, ``criteria`` (each with its
    ``levels``) and ``alignments``."""

    fields: dict[str, str] = field(default_factory=dict)
    parts: list[Row] = field(default_factory=list)
    criteria: list[Row] = field(default_factory=list)
    alignments: list[Row] = field(default_factory=list)

    @classmethod
    def empty(cls) -> Self:
        """A new micro-credential: one part, one criterion of three levels."""
        fields = {"reviews_required": "1", "rounds_allowed": "3", "awarded_by": "a-person"}
        made = cls(dict.fromkeys(_FIELDS, "") | fields | {"language": "en"})
        made.parts = [_new("part")]
        made.criteria = [_new("criterion")]
        return made

    @classmethod
    def of(cls, definition: Definition) -> Self:
        """The form that holds a definition."""
        names = (*_LINES, *_RULES, "description", "criteria")
        fields = dict.fromkeys(_FIELDS, "")
        fields |= {name: _text(getattr(definition, name)) for name in names}
        fields["tags"] = ", ".join(definition.tags)
        fields["suspendable"] = "yes" if definition.suspendable else ""
        if definition.creator:
            fields["creator_name"] = definition.creator.name
            fields["creator_url"] = definition.creator.url
        return cls(
            fields,
            [_part(part) for part in definition.parts],
            [_criterion(criterion) for criterion in definition.rubric],
            [_row(**each.model_dump()) for each in definition.alignments],
        )

    @classmethod
    def sent(cls, form: Posted) -> Self:
        """What was sent, as it stands; rows in their order."""
        given = {k: v for k, v in form.data.multi_items() if isinstance(v, str)}
        made = cls({name: form.text(name) for name in _FIELDS})
        made.parts = _rows(given, "part")
        made.criteria = _rows(given, "criterion")
        for number, criterion in zip(_numbers(given, "criterion"), made.criteria, strict=True):
            criterion["levels"] = _rows(given, f"criterion.{number}.level")
        made.alignments = _rows(given, "alignment")
        return made

    def act(self, button: str) -> bool:
        """Add, take away or move a row, as a button says: ``add part``, ``remove level 0 2``,
        ``up criterion 1``. False for a button that is none of these."""
        match = re.fullmatch(
            r"(add|remove|up) (part|criterion|alignment|level)( \d{1,3})?( \d{1,3})?",
            button,
            re.ASCII,
        )
        if match is None:
            return False
        deed, kind = match[1], match[2]
        numbers = [int(text) for text in match.groups()[2:] if text]
        rows = {"part": self.parts, "criterion": self.criteria, "alignment": self.alignments}
        if kind == "level":
            if not numbers or numbers[0] >= len(self.criteria):
                return True
            here = self.criteria[numbers.pop(0)]["levels"]
        else:
            here = rows[kind]
        if deed == "add":
            if len(here) < MOST[kind]:
                here.append(_new(kind))
        elif numbers and numbers[0] < len(here):
            moved = here.pop(numbers[0])
            if deed == "up":
                here.insert(max(numbers[0] - 1, 0), moved)
        return True

    def values(self, before: Definition | None) -> dict[str, Any]:
        """The definition's members, with what the form does not show as it was ``before``. What is
        wrong with them, the definition says itself."""
        kept = before.model_dump() if before else {}
        texts = {name: self.fields.get(name) or None for name in _LINES}
        known = {part.id: part for part in before.parts} if before else {}
        creator = {"name": self.fields.get("creator_name"), "url": self.fields.get("creator_url")}
        return {
            **kept,
            **texts,
            "name": self.fields.get("name", ""),
            "language": texts["language"] or "en",
            "description": self.fields.get("description", ""),
            "criteria": self.fields.get("criteria", ""),
            "tags": [t.strip() for t in self.fields.get("tags", "").split(",") if t.strip()],
            "creator": creator if any(creator.values()) else None,
            "reviews_required": _number(self.fields.get("reviews_required")) or 1,
            "rounds_allowed": _number(self.fields.get("rounds_allowed")),
            "valid_months": _number(self.fields.get("valid_months")),
            "suspendable": self.fields.get("suspendable") == "yes",
            "awarded_by": self.fields.get("awarded_by") or "a-person",
            "parts": [
                {
                    **(known[row["id"]].model_dump() if row["id"] in known else {}),
                    "id": row["id"],
                    "name": row.get("name", ""),
                    "instruction": row.get("instruction", ""),
                    "kind": row.get("kind", ""),
                    "required": row.get("required") == "yes",
                }
                for row in _with_ids(self.parts)
            ],
            "rubric": [_rubric(row) for row in _with_ids(self.criteria)],
            "alignments": [
                {k: row.get(k) or None for k in ("name", "url", "code", "framework")}
                for row in self.alignments
                if any(row.get(k) for k in ("name", "url", "code", "framework"))
            ],
        }


def field_of(place: tuple[int | str, ...]) -> str:
    """The form's field for a place in a definition's members, such as ``("rubric", 0, "levels", 1,
    "name")``: ``criterion.0.level.1.name``."""
    names = {"parts": "part", "rubric": "criterion", "levels": "level", "alignments": "alignment"}
    steps = [names.get(str(step), str(step)) for step in place if step != "definition"]
    if not steps:
        return ""
    if steps[:1] == ["creator"]:
        return "_".join(steps) if len(steps) > 1 else "creator_name"
    if len(steps) > 1 and steps[-1] in ("id", "part", "criterion", "level", "alignment"):
        steps[-1] = "name"
    if steps[-1].isdigit():
        steps.append("name")
    if steps[-1] == "required_level":
        steps[-1] = "required"
    return ".".join(steps)


def _rubric(row: Row) -> dict[str, Any]:
    levels = _with_ids(row.get("levels", []))
    chosen = _number(row.get("required"))
    required = levels[chosen]["id"] if chosen is not None and chosen < len(levels) else ""
    return {
        "id": row["id"],
        "name": row.get("name", ""),
        "required_level": required,
        "levels": [
            {
                "id": level["id"],
                "name": level.get("name", ""),
                "description": level.get("description") or None,
                "points": _number(level.get("points")),
            }
            for level in levels
        ],
    }


def _part(part: Part) -> Row:
    return _row(
        id=part.id,
        name=part.name,
        instruction=part.instruction,
        kind=part.kind,
        required="yes" if part.required else "",
    )


def _criterion(criterion: Criterion) -> Row:
    return {
        "id": criterion.id,
        "name": criterion.name,
        "required": str(criterion.rank(criterion.required_level)),
        "levels": [
            {k: _text(v) for k, v in each.model_dump().items()} for each in criterion.levels
        ],
    }


def _new(kind: str) -> Row:
    if kind == "criterion":
        return _row(required="1") | {"levels": [_row() for _ in range(3)]}
    return _row(kind="text", required="yes") if kind == "part" else _row()


def _row(**values: Any) -> Row:
    """A row with all that any kind of row has."""
    return dict.fromkeys(_IN_A_ROW, "") | {name: _text(value) for name, value in values.items()}


def _rows(given: Mapping[str, str], prefix: str) -> list[Row]:
    return [
        {
            name: given.get(f"{prefix}.{number}.{name}", "").replace("\r\n", "\n").strip()
            for name in _IN_A_ROW
        }
        for number in _numbers(given, prefix)
    ]


def _numbers(given: Mapping[str, str], prefix: str) -> list[int]:
    """The numbers of the rows that were sent, in order; a row is there by its ``id``."""
    pattern = re.compile(re.escape(prefix) + r"\.(\d{1,3})\.id", re.ASCII)
    found = {int(match[1]) for name in given if (match := pattern.fullmatch(name))}
    return sorted(found)[:100]


def _with_ids(rows: list[Row]) -> list[Row]:
    """Each with an id of its own: what it has, or one made of its name."""
    taken = {row["id"] for row in rows if row.get("id")}
    named = []
    for row in rows:
        own = row.get("id") or ""
        if not own:
            own = _free(_slug(row.get("name", "")), taken)
            taken.add(own)
        named.append({**row, "id": own})
    return named


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall("[a-z0-9]+", plain))[:50].strip("-") or "new"


def _free(slug: str, taken: set[str]) -> str:
    number, found = 1, slug
    while found in taken:
        number += 1
        found = f"{slug}-{number}"
    return found


def _number(text: str | None) -> Any:
    """A number where it is one; the text, which the definition then refuses."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else text


def _text(value: Any) -> str:
    return "" if value is None else str(value)
