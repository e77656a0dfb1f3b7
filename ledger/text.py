"""Text that enters by a command: the same on every engine, whatever each of them could store.

A plain ``str`` is one line, so that whoever forgets to say anything gets the narrowest; the types
below say what else a field may hold. ``Value`` (``value.py``) holds each of its texts against them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

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

LINE = Form(2_000)
"""One line: what a ``str`` is unless its type says more."""

_XML_NEVER = "\ufffe\uffff"  # XML 1.0 §2.2: such a text could be in no SVG


def fitted(value: Any, form: Form, place: str) -> Any:
    """``value`` with the texts in it normalized. Raises UnfitText, which names ``place`` or what
    lies beneath it."""
    if isinstance(value, str):
        return _text(value, form, place)
    if isinstance(value, Mapping):
        return {
            _text(str(key), LINE, place): fitted(item, form, f"{place}/{key}")
            for key, item in value.items()
        }
    if isinstance(value, tuple | list):
        return type(value)(fitted(item, form, f"{place}/{at}") for at, item in enumerate(value))
    return value


def line(text: str, place: str) -> str:
    """One line of text, normalized. Raises UnfitText."""
    return _text(text, LINE, place)


def form_of(hint: Any) -> Form:
    """The form that a type names, at whatever depth: of ``Words | None``, that of Words."""
    if get_origin(hint) is Annotated:
        named = next((item for item in hint.__metadata__ if isinstance(item, Form)), None)
        return named or form_of(get_args(hint)[0])
    found = [form for form in map(form_of, get_args(hint)) if form is not LINE]
    return found[0] if found else LINE


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


def folded(text: str) -> str:
    """Without capitals and accents, so that "jose" finds "José"."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
