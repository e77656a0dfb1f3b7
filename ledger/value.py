"""Frozen values with typed fields: commands, answers, definitions, policies.

Python names inside and in events, camelCase names outside. Text is checked once, here, alike for
every engine: no NUL, no lone surrogate, no control character, NFC.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from ledger.errors import Invalid

_REFUSED = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")


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
        """The value whose parts an event vouches for: nothing is checked a second time."""
        return cast(Self, cls.model_construct(**values))

    @model_validator(mode="before")
    @classmethod
    def _clean_text(cls, given: Any) -> Any:
        return clean(given)


def clean(given: Any) -> Any:
    """``given`` with every text in it in NFC. Raises Invalid for text that no field may hold."""
    if isinstance(given, str):
        return _clean(given)
    if isinstance(given, dict):
        return {clean(name): clean(item) for name, item in given.items()}
    if isinstance(given, list | tuple):
        return type(given)(clean(item) for item in given)
    return given


def _clean(text: str) -> str:
    refused = _REFUSED.search(text)
    if refused:
        raise Invalid("bad-text", f"U+{ord(refused[0]):04X} cannot stand in a text")
    return unicodedata.normalize("NFC", text)
