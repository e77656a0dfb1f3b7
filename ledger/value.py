"""Frozen values with typed fields: commands, answers, definitions, policies.

Python names inside and in events, camelCase names outside. Text is checked here, alike for every
engine (``text.py``), and what private text it holds is sealed before it goes any further.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from ledger.errors import Breach
from ledger.text import Form, fitted, form_of


class Value(BaseModel):
    """Base of all of them. Unknown members are refused."""

    STORED_AS: ClassVar[str] = ""
    """For a value that events hold: how they name its type, whatever the class is called."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        ser_json_bytes="base64",
    )

    @classmethod
    def rebuilt(cls, **values: Any) -> Self:
        """The value whose parts an event vouches for: of what is checked when a value comes from
        outside, only the closed lists are checked again. Raises Breach."""
        for name, words in _closed_lists(cls).items():
            if name in values and values[name] not in words:
                raise Breach(f"{values[name]!r} is no {name}")
        made = cls.__new__(cls)
        fill = object.__setattr__  # what ``model_construct`` does with three times the work
        fill(made, "__dict__", _defaults(cls) | values)
        fill(made, "__pydantic_fields_set__", set(values))
        fill(made, "__pydantic_extra__", None)
        fill(made, "__pydantic_private__", None)
        return made

    @field_validator("*", mode="before")
    @classmethod
    def _fit_texts(cls, given: Any, info: ValidationInfo) -> Any:
        name = info.field_name or ""
        return fitted(given, _forms(cls)[name], f"/{to_camel(name)}")


@cache
def _defaults(kind: type[Value]) -> dict[str, Any]:
    """What the fields hold that are not given; what is mutable is nobody's default here."""
    fields = kind.model_fields.items()
    return {name: info.get_default() for name, info in fields if not info.is_required()}


@cache
def _closed_lists(kind: type[Value]) -> dict[str, tuple[Any, ...]]:
    """The fields that hold one word of a list."""
    found = {}
    for name, info in kind.model_fields.items():
        if get_origin(info.annotation) is Literal:
            found[name] = get_args(info.annotation)
    return found


@cache
def _forms(kind: type[Value]) -> dict[str, Form]:
    hints = get_type_hints(kind, include_extras=True)
    return {name: form_of(hints[name]) for name in kind.model_fields}
