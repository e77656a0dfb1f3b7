"""When two JSON-LD contexts define the same terms."""

from __future__ import annotations

from typing import Any


def same_terms(ours: Any, official: Any) -> bool:
    """Whether both define the same terms alike, however they are spelled."""
    return bool(_spelled_out(ours) == _spelled_out(official))


def _spelled_out(context: Any) -> Any:
    """A term given as text means the same as an object with that @id, and no prefix is meant
    where the text does not end as a prefix would."""
    if not isinstance(context, dict):
        return context
    return {
        name: {"@id": value}
        if isinstance(value, str) and not name.startswith("@") and value[-1] not in ":/?#[]@"
        else _spelled_out(value)
        for name, value in context.items()
    }
