"""Private text: whatever a person wrote or is called by.

A command takes it as text, checked when the command is made; before anything is decided it is
sealed under a person's data key, and decisions, events and the audit know it only so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, InstanceOf, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from keys.vault import Sealed
from ledger.errors import Breach, Invalid
from ledger.text import Words

Box = SkipJsonSchema[InstanceOf[Sealed]]
"""A text that is sealed already; nothing that comes from outside can be one."""


@dataclass(frozen=True)
class SealedAs:
    """Marks a command's private field: ``field`` is authenticated with the sealed value."""

    field: str


def _reason(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= 4000:
        raise Invalid("reason-missing", "say why, in 1 to 4000 characters")
    return text


Reason = Annotated[Words, AfterValidator(_reason)]
"""Free text that a rule asks for: 1 to 4,000 characters."""

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
"""What somebody calls a thing of theirs: 1 to 100 characters."""


def closed(value: object) -> Sealed:
    """A private field once the command is prepared. Raises TypeError before."""
    if not isinstance(value, Sealed):
        raise TypeError("a private text reached a decision before it was sealed")
    return value


def must_be_sealed(box: Sealed, person: UUID, field: str) -> None:
    """The check of a sealed finding. Raises Breach."""
    if (box.subject, box.field) != (person, field):
        raise Breach(f"the {field} is sealed for somebody, or as something, else")
