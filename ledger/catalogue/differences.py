"""What is different between two versions of a micro-credential, one thing at a time.

Parts, criteria and levels are the same where their ids are, alignments where their address is; so
that a renamed part is a part that is called otherwise, and not another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from ledger.catalogue.definition import Criterion, Definition
from ledger.text import Words
from ledger.value import Value

Kind = Literal["field", "part", "criterion", "level", "alignment", "tag"]

_FIELDS = tuple(
    name
    for name in Definition.model_fields
    if name not in ("parts", "rubric", "alignments", "tags")
)


class Difference(Value):
    """One thing that is otherwise. ``of`` names the criterion that a level belongs to and ``name``
    the thing, as it was called before where it was there; ``field`` is the member that changed,
    empty where the whole came, went or ``moved`` among its like. Values are as JSON writes them,
    texts as they are."""

    kind: Kind
    change: Literal["added", "removed", "changed", "moved"]
    of: str = ""
    name: str = ""
    field: str = ""
    before: Words | None = None
    after: Words | None = None


def differences(before: Definition, after: Definition) -> list[Difference]:
    """All that ``after`` says otherwise than ``before``, in the order of a definition."""
    return list(_differences(before, after))


def _differences(before: Definition, after: Definition) -> Iterator[Difference]:
    yield from _fields("field", before, after, _FIELDS)
    yield from _things("part", _by_id(before.parts), _by_id(after.parts))
    yield from _things("criterion", _by_id(before.rubric), _by_id(after.rubric))
    yield from _things("alignment", _by_url(before), _by_url(after))
    yield from (Difference(kind="tag", change="removed", name=t) for t in _less(before, after))
    yield from (Difference(kind="tag", change="added", name=t) for t in _less(after, before))


def _things(
    kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any], of: str = ""
) -> Iterator[Difference]:
    for key, thing in before.items():
        if key not in after:
            yield Difference(kind=kind, change="removed", of=of, name=thing.name)
            continue
        fields = [name for name in type(thing).model_fields if name not in ("id", "levels")]
        yield from _fields(kind, thing, after[key], fields, of, thing.name)
        if isinstance(thing, Criterion):
            levels = _by_id(thing.levels), _by_id(after[key].levels)
            yield from _things("level", *levels, of=thing.name)
    for key, thing in after.items():
        if key not in before:
            yield Difference(kind=kind, change="added", of=of, name=thing.name)
    yield from _moved(kind, before, after, of)


def _moved(
    kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any], of: str
) -> Iterator[Difference]:
    """Those of both that stand in another order now: what came or went moves nothing."""
    was, now = [k for k in before if k in after], [k for k in after if k in before]
    for key in was:
        places = was.index(key) + 1, now.index(key) + 1
        if places[0] != places[1]:
            yield Difference(
                kind=kind,
                change="moved",
                of=of,
                name=before[key].name,
                before=str(places[0]),
                after=str(places[1]),
            )


def _fields(
    kind: Kind, before: Value, after: Value, fields: Sequence[str], of: str = "", name: str = ""
) -> Iterator[Difference]:
    for field in fields:
        old, new = _text(before, field), _text(after, field)
        if old != new:
            yield Difference(
                kind=kind, change="changed", of=of, name=name, field=field, before=old, after=new
            )


def _text(thing: Value, field: str) -> str | None:
    """A member in words; a level by its name, not by its id."""
    value = getattr(thing, field)
    if isinstance(thing, Criterion) and field == "required_level":
        return next(level.name for level in thing.levels if level.id == value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Value):
        return ", ".join(str(part) for part in value.model_dump().values())
    return None if value is None else str(value)


def _by_id(things: Sequence[Any]) -> dict[str, Any]:
    return {thing.id: thing for thing in things}


def _by_url(definition: Definition) -> dict[str, Any]:
    return {alignment.url: alignment for alignment in definition.alignments}


def _less(one: Definition, other: Definition) -> list[str]:
    return [tag for tag in one.tags if tag not in other.tags]
