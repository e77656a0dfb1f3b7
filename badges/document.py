"""Reading untrusted JSON into a document, strictly: as I-JSON (RFC 7493).

What a signature does not cover must not be there: a repeated member (readers differ in which
one they take), a number that no double holds (digits that a canonical form drops) and half a
character are refused.
"""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from typing import Any

from badges.errors import MalformedDocument

Document = dict[str, Any]
_DEEPEST = 64
_LARGEST = 2**53 - 1
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_LONGEST_QUOTED = 60


def parse_document(data: bytes | str) -> Document:
    """The JSON object in ``data``. Raises MalformedDocument with a reason for people."""
    try:
        text = data if isinstance(data, str) else decoded(data)
        value = _DECODER.decode(text)
        if _HALF_CHARACTER.search(text):  # or a whole one, in two escapes
            json.dumps(value, ensure_ascii=False).encode()
    except MalformedDocument:
        raise
    except RecursionError:
        raise MalformedDocument("the JSON is nested too deeply") from None
    except UnicodeEncodeError:
        raise MalformedDocument("a text holds half of a character (a lone surrogate)") from None
    except ValueError as error:
        raise MalformedDocument(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise MalformedDocument("the JSON is not an object")
    if _most_levels(data) > _DEEPEST:  # few badges have so many brackets in all
        refuse_depth(value)
    return value


def decoded(data: bytes) -> str:
    """The text in ``data``: UTF-8, or UTF-16 or -32 where its first bytes tell; without a byte
    order mark. Raises UnicodeDecodeError."""
    return data.decode(json.detect_encoding(data)).removeprefix("\ufeff")


def _most_levels(data: bytes | str) -> int:
    if isinstance(data, bytes):
        return data.count(b"{") + data.count(b"[")
    return data.count("{") + data.count("[")


def refuse_depth(value: object) -> None:
    """Raises MalformedDocument where arrays and objects nest more than 64 deep."""
    level = [value]
    for _ in range(_DEEPEST + 1):
        level = [
            item
            for holder in level
            for item in (holder.values() if isinstance(holder, dict) else as_list(holder))
            if isinstance(item, dict | list)
        ]
        if not level:
            return
    raise MalformedDocument(f"the JSON is nested more than {_DEEPEST} deep")


def without_proof(document: Document) -> Document:
    """The document that a proof is made over: all but its proofs."""
    return {name: item for name, item in document.items() if name != "proof"}


TIME = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)$"
)
"""How the standards write a time, of those days that there are; see ``parse_time``."""

_TIME = re.compile(TIME)


def parse_time(text: object) -> datetime:
    """A date and time with an offset, in the form that RFC 3339 §5.6 (the ``date-time`` of the
    JSON Schemas) and xsd:dateTimeStamp (VC Data Model 2.0 §4.9) both have. Raises
    MalformedDocument.

    Not of both are lower-case ``t`` and ``z``, a leap second, an offset beyond 14 hours (XML
    Schema has none of them), 24:00:00, and years of five digits (RFC 3339 has not). Digits
    beyond a microsecond are read and dropped.
    """
    if isinstance(text, str) and _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:  # a year, month or day that there is not
            pass
    raise MalformedDocument(f"not an RFC 3339 date and time with an offset: {shortened(text)}")


def parse_iso_time(text: object) -> datetime:
    """A date and time with an offset in any form of ISO 8601, as Open Badges 2.0 ("DateTime")
    allows. Raises MalformedDocument."""
    if isinstance(text, str) and "T" in text:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            time = None
        if time is not None and time.tzinfo is not None:
            return time
    raise MalformedDocument(f"not a date and time with an offset: {shortened(text)}")


def shortened(value: object) -> str:
    """What a stranger's document says, as a few characters for our own words."""
    text = repr(value[:_LONGEST_QUOTED]) if isinstance(value, str) else type(value).__name__
    return text if not isinstance(value, str) or len(value) <= _LONGEST_QUOTED else f"{text}…"


def as_list(value: object) -> list[Any]:
    """A JSON-LD value that may be absent, single or an array, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _members(pairs: list[tuple[str, Any]]) -> Document:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedDocument(f"member {twice!r} occurs twice in one object")
    return members


def _no_constant(name: str) -> Any:
    raise MalformedDocument(f"{name} is not JSON")


def _int(digits: str) -> int:
    """RFC 7493 §2.2: what is larger is told apart by one reader and not by another."""
    if len(digits) > 17 or abs(int(digits)) > _LARGEST:
        raise MalformedDocument(f"{digits[:20]}… is larger than JSON can say exactly")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise MalformedDocument(f"{digits[:20]} is larger than any number of JSON")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_no_constant, parse_int=_int, parse_float=_float
)
