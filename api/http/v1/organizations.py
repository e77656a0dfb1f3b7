"""/v1/organizations: the tree of units."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from api.http.auth import App, Ordered, Who
from api.http.v1.answers import After, Body, Paged, done
from projections import organizations

router = APIRouter(tags=["organizations"])


class NewOrganization(Body):
    name: str = Field(min_length=1, max_length=200)
    kind: Literal["district", "campus"]
    parent: UUID


@router.post("/organizations", status_code=201)
def register(app: App, order: Ordered, body: NewOrganization) -> Response:
    """Register a district or a campus."""
    answer = app.commands.organizations.register(order, body.name, body.kind, body.parent)
    return done(app, answer, 201)


@router.get("/organizations")
def listing(
    app: App,
    _who: Who,
    pages: Paged,
    after: After = "",
    kind: Literal["network", "district", "campus"] | None = None,
) -> dict[str, Any]:
    """Organizations, a page at a time."""
    with app.views.reading() as connection:
        rows = organizations.page(connection, after, pages.limit, kind)

    def show(row: Any) -> dict[str, Any]:
        return {"id": row.id, "name": row.name, "kind": row.kind, "parent": row.parent}

    return pages.show(rows, lambda row: row.id, show)
