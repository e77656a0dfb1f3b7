"""Text that enters by a command: the same on every engine, whatever each of them could store.

The types below say what a parameter or a field may hold; ``fitted`` holds a command's values
against them, however deeply nested. A plain ``str`` is one line, so that whoever forgets to say
anything gets the narrowest.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from ledger.errors import UnfitText


@dataclass(frozen=True)
class Form:
    """What a text may be: at most so many characters, of one line or of many. What is ``signed``
    stays as it is, character for character."""

    most: int
    lines: bool = False
    signed: bool = False


Words = Annotated[str, Form(10_000, lines=True)]
"""Free text of several lines: a reason, a narrative, a statement."""

SignedText = Annotated[str, Form(4 << 20, lines=True, signed=True)]
"""Somebody's signed document."""

_LINE = Form(2_000)
_XML_NEVER = "\ufffe\uffff"  # XML 1.0 §2.2: such a text could be in no SVG


def fitted(function: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A function's arguments by name, with their texts normalized. Raises UnfitText."""
    hints = _hints(function)
    return {
        name: _fitted(value, hints.get(name, str), f"/{to_camel(name)}")
        for name, value in values.items()
    }


def line(text: str, place: str) -> str:
    """One line of text, normalized. Raises UnfitText."""
    return _text(text, _LINE, place)


def _fitted(value: Any, hint: Any, place: str) -> Any:
    if isinstance(value, str):
        return _text(value, _form(hint), place)
    if isinstance(value, BaseModel):
        return _model(value, place)
    if isinstance(value, Mapping):
        return {
            _text(str(key), _LINE, place): _fitted(item, hint, f"{place}/{key}")
            for key, item in value.items()
        }
    if isinstance(value, tuple | list):
        return type(value)(_fitted(item, hint, f"{place}/{at}") for at, item in enumerate(value))
    return value


def _model(value: BaseModel, place: str) -> BaseModel:
    hints = _hints(type(value))
    changed = {}
    for name in value.model_fields_set:
        old = getattr(value, name)
        new = _fitted(old, hints[name], f"{place}/{to_camel(name)}")
        if new != old:
            changed[name] = new
    return value.model_copy(update=changed) if changed else value


def _text(text: str, form: Form, place: str) -> str:
    if len(text) > form.most:
        raise UnfitText(place, f"{len(text)} characters are more than {form.most}")
    for character in text if not (text.isascii() and text.isprintable()) else "":
        kind = unicodedata.category(character)
        breaks = kind in ("Zl", "Zp") or character in "\n\r\t"
        unfit = kind in ("Cs", "Cc") or character in _XML_NEVER
        if (breaks and not form.lines) or (unfit and not breaks):
            raise UnfitText(place, f"the character U+{ord(character):04X} has no place here")
    return text if form.signed else unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def _form(hint: Any) -> Form:
    """The form that a type names, at whatever depth: of ``Words | None``, that of Words."""
    if get_origin(hint) is Annotated:
        named = next((item for item in hint.__metadata__ if isinstance(item, Form)), None)
        return named or _form(get_args(hint)[0])
    found = [form for form in map(_form, get_args(hint)) if form is not _LINE]
    return found[0] if found else _LINE


@cache
def _hints(of: Callable[..., Any] | type) -> dict[str, Any]:
    return get_type_hints(of, include_extras=True)
