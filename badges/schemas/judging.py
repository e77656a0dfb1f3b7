"""Holding a document to a schema, and saying what is wrong in few words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from jsonschema_rs import Draft201909Validator, RegexOptions, ValidationError, ValidationErrorKind

from badges.document import TIME, Document
from badges.schemas.forms import Judging
from badges.schemas.tables import schema_of

_LONGEST = 120


def schema_problems(document: Document, name: str, before: bool = False) -> Iterator[str]:
    """The first place where ``document`` is not the object ``name`` of the tables, if there is one:
    a JSON pointer with a few words, and nothing of what stands there.

    ``before``: in the form for VC Data Model 1.1. The document's own contexts are no concern of
    this check: ``context_problems`` looks at them.
    """
    try:
        # Not iter_errors: it keeps every error with a copy of its place, which took 112 s and
        # 12 GB for a document of 400 kB.
        validator = _validator(name, before)
        if not validator.is_valid(document):
            validator.validate(document)
    except ValidationError as error:
        yield f"{_pointer(error)}: {_words(error)}"
    except ValueError:  # text that is no Unicode, nesting past its limit
        yield "it cannot be compared with the standard's schema"


@cache
def _validator(name: str, before: bool) -> Draft201909Validator:
    schema = schema_of(name, Judging(before))
    schema["properties"].pop("@context", None)
    schema["required"] = [member for member in schema["required"] if member != "@context"]
    return Draft201909Validator(
        schema,
        validate_formats=True,
        pattern_options=RegexOptions(),  # an engine whose time is linear in the text
    )


def _pointer(error: ValidationError) -> str:
    """Where, as a JSON pointer; of a long one its end. Its names are the schema's own."""
    pointer = "".join(f"/{step}" for step in error.instance_path)
    return pointer if len(pointer) <= _LONGEST else f"…{pointer[-_LONGEST:]}"


def _words(error: ValidationError) -> str:
    kind = error.kind
    if isinstance(kind, ValidationErrorKind.Required):
        return f"has no {kind.property}"
    if isinstance(kind, ValidationErrorKind.Type):
        return f"is not of type {' or '.join(kind.types)}"
    if kind.name == "format" or getattr(kind, "pattern", None) == TIME:
        return "is no date or time as the standard writes it"
    return _WORDS.get(kind.name, "is not what the standard allows there")


_WORDS = {
    "contains": "does not contain the word that the standard asks for",
    "additionalProperties": "has a member that the standard does not allow there",
    "minItems": "has too few items",
}
