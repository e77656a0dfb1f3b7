"""Lists whose filters and place stand in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

T = TypeVar("T", bound=BaseModel)

ON_A_PAGE = 50
_LAST = 20_000


def asked_for(kind: type[T], request: Request) -> T:
    """What an address asks for. What it leaves empty, or fills with what is none, is not asked
    about: a form sends each of its fields."""
    known = {info.alias or name for name, info in kind.model_fields.items()}
    given = {k: v for k, v in request.query_params.items() if v and k in known}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = {str(item["loc"][0]) for item in error.errors()}
        return kind.model_validate({k: v for k, v in given.items() if k not in wrong})


@dataclass(frozen=True)
class Turned:
    """The page of a list that an address names with ``page``, counted from 1."""

    request: Request
    number: int
    limit: int = ON_A_PAGE

    @classmethod
    def by(cls, request: Request) -> Turned:
        text = request.query_params.get("page", "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
        return cls(request, min(max(number, 1), _LAST))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.limit

    @property
    def first(self) -> int:
        return self.offset + 1

    def last(self, total: int) -> int:
        """The number of the last item on the page."""
        return min(self.offset + self.limit, total)

    @property
    def previous(self) -> str:
        """The address of the page before; empty for none."""
        return self._at(self.number - 1) if self.number > 1 else ""

    def next(self, total: int) -> str:
        """The address of the page after; empty for none."""
        return self._at(self.number + 1) if self.last(total) < total else ""

    def _at(self, number: int) -> str:
        url = self.request.url.include_query_params(page=number)
        return f"{url.path}?{url.query}"


def csv_address(request: Request, path: str) -> str:
    """The same list as a spreadsheet."""
    query = request.url.remove_query_params("page").query
    return f"{path}?{query}" if query else path
