"""The forms that requests and answers of the API share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Protocol, TypeVar

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from ledger.errors import Invalid

LARGEST = 2**31 - 1
"""The largest number that every database keeps in a column of numbers."""

T = TypeVar("T")


class Versioned(Protocol):
    """What has a version."""

    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Versioned)

Limit = Annotated[int, Query(ge=1, le=200, description="Items on a page.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Items to leave out.")]
After = Annotated[
    str, Query(pattern="^[0-9a-f-]{0,36}$", description="Cursor from the Link header.")
]
AfterPosition = Annotated[int, Query(ge=0, le=LARGEST, description="Cursor from the Link header.")]
Number = Annotated[int, Path(ge=1, le=LARGEST, description="The number of a version.")]


class Body(BaseModel):
    """A request's JSON: names in camelCase, unknown members refused."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


async def raw_body(request: Request) -> bytes:
    """The body as it came, whatever its type."""
    return await request.body()


Raw = Annotated[bytes, Depends(raw_body)]


async def no_query(request: Request) -> None:
    """What would name people comes in headers or the body; a query is refused rather than ignored.

    Raises Invalid.
    """
    if request.query_params:
        raise Invalid("invalid-request", "this takes no query: what is asked comes in headers")


def done(response: Response, answer: V) -> V:
    """An answer about one thing, with the thing's version as ETag."""
    response.headers["ETag"] = f'"{answer.version}"'
    return answer


class Items(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]


class Pages:
    """A list's pages: how many items on each, and the link to the next."""

    def __init__(self, request: Request, response: Response, limit: Limit = 50) -> None:
        self.limit = limit
        self._request = request
        self._response = response

    def show(
        self,
        rows: Sequence[Any],
        cursor: Callable[[Any], Any],
        item: Callable[[Any], T],
    ) -> Items[T]:
        """A page of items, with ``Link: rel="next"`` when there may be more."""
        if len(rows) == self.limit:
            url = self._request.url.include_query_params(after=cursor(rows[-1]), limit=self.limit)
            base = self._request.app.state.testamur.site.base_url
            self._response.headers["Link"] = f'<{base}{url.path}?{url.query}>; rel="next"'
        return Items[T](items=[item(row) for row in rows])


Paged = Annotated[Pages, Depends()]
