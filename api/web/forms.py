"""Forms: what was posted, from our own pages only, and what is wrong with it in words.

A GET shows a form; its POST runs a command. Success answers with ``see_other``; a refusal shows
the same page again with ``problems`` and ``kept``, the values that were typed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Annotated

from fastapi import Depends
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from api.web.csrf import FIELD, check_form, check_origin
from api.web.language import message, say
from api.web.problems import sentence
from api.web.visitor import Visitor, visitor_of
from ledger.bus import Request as CommandRequest
from ledger.errors import Invalid, LedgerError, NotPermitted, UnfitText

_FIELDS = 2000
"""As many as the largest rubric has."""

_FILES = 20


def one_time_key() -> str:
    """Drawn for each form that is shown: sent twice, the form is carried out once."""
    return token_urlsafe(16)


@dataclass(frozen=True)
class Posted:
    """What was posted by a visitor."""

    visitor: Visitor
    data: FormData

    def text(self, name: str) -> str:
        """A field's text without the space around it, lines ended by ``\\n``; empty for none."""
        found = self.data.get(name)
        return _plain(found).strip() if isinstance(found, str) else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may be given several times, such as ticked boxes."""
        return tuple(_plain(v) for v in self.data.getlist(name) if isinstance(v, str) and v)

    def file(self, name: str) -> UploadFile | None:
        """An uploaded file; None where none was chosen."""
        found = self.data.get(name)
        return found if isinstance(found, UploadFile) and found.filename else None

    def files(self, name: str) -> tuple[UploadFile, ...]:
        """Every uploaded file of a field."""
        found = self.data.getlist(name)
        return tuple(f for f in found if isinstance(f, UploadFile) and f.filename)

    @property
    def asked(self) -> CommandRequest:
        """The request for a command: whom it is from, the form's one-time key and the version
        that was seen. Raises NotPermitted for nobody, Invalid for a version that is none."""
        if self.visitor.caller is None:
            raise NotPermitted("sign in first", "unauthenticated")
        version = self.text("_version")
        if version and not re.fullmatch("[0-9]{1,9}", version, re.ASCII):
            raise Invalid("bad-header", "the version that was seen is a number")
        key = self.text("_key")[:200] or None
        return CommandRequest(self.visitor.caller, key, int(version) if version else None)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


async def posted(
    request: Request, visitor: Annotated[Visitor, Depends(visitor_of)]
) -> AsyncIterator[Posted]:
    """Reads the form. Raises ForgedForm unless it comes from a page of ours in this browser."""
    check_origin(request)
    data = await request.form(max_files=_FILES, max_fields=_FIELDS)
    token = data.get(FIELD)
    try:
        check_form(request, token if isinstance(token, str) else "")
        yield Posted(visitor, data)
    finally:
        await data.close()  # what was uploaded


FromForm = Annotated[Posted, Depends(posted)]
"""What a POST handler takes."""


@dataclass
class Problems:
    """What is wrong, as sentences: each beside a field (by its name), or of the whole form ("")."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, words: str) -> None:
        """Note a sentence, in the reader's language, beside a field."""
        self.found.append((name, words))

    def of(self, name: str) -> list[str]:
        """Those beside a field."""
        return [words for at, words in self.found if at == name]

    def __bool__(self) -> bool:
        return bool(self.found)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.found)

    @classmethod
    def from_error(
        cls,
        request: Request,
        error: LedgerError | ValidationError,
        fields: Mapping[str, str] | None = None,
        place: Callable[[tuple[int | str, ...]], str] | None = None,
    ) -> Problems:
        """What a command refused. ``fields`` names the form's field for each problem code, or for
        each of the command's members (camelCase, as in a pointer), where it is called otherwise;
        ``place`` does for a form with rows, by the whole way to a member."""
        named = fields or {}
        problems = cls()
        if isinstance(error, LedgerError):
            member = error.place.strip("/") if isinstance(error, UnfitText) else ""
            at = named.get(error.code, named.get(member, member))
            problems.add(at, sentence(request, error.code, str(error)))
            return problems
        for item in error.errors()[:20]:
            cause = item.get("ctx", {}).get("error")
            member = str(item["loc"][0]) if item["loc"] else ""
            at = place(item["loc"]) if place else named.get(member, member)
            if isinstance(cause, LedgerError):
                problems.add(at, sentence(request, cause.code, str(cause)))
            else:
                problems.add(at, say(request, _SHAPES.get(item["type"], _OTHERWISE)))
        return problems

    @property
    def status(self) -> int:
        """Of the page that shows them."""
        return 422 if self.found else 200


_OTHERWISE = message("This is not as it should be. Please look at it again.")
_SHAPES = {
    "missing": message("Please fill this in."),
    "string_too_short": message("Please fill this in."),
    "too_short": message("Please choose at least one."),
    "string_too_long": message("This is too long."),
    "too_long": message("These are too many."),
    "uuid_parsing": message("Please choose one from the list."),
    "literal_error": message("Please choose one from the list."),
    "int_parsing": message("This must be a number."),
    "greater_than_equal": message("This number is too small."),
    "less_than_equal": message("This number is too large."),
    "date_from_datetime_parsing": message("This must be a date, such as 2026-05-03."),
    "date_parsing": message("This must be a date, such as 2026-05-03."),
    "datetime_parsing": message("This must be a date and a time."),
    "extra_forbidden": message("This does not belong here."),
}
