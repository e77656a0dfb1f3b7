"""/v1/micro-credentials: define, revise, publish, retire; the catalogue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from api.http.auth import App, Ordered, Who
from api.http.v1.answers import After, Body, Number, Paged, Raw, done
from ledger.achievements import Definition
from ledger.errors import NotFound
from projections import achievements

router = APIRouter(prefix="/micro-credentials", tags=["micro-credentials"])


class NewMicroCredential(Body):
    owner: UUID
    definition: Definition


class Revision(Body):
    definition: Definition


@router.post("", status_code=201)
def define(app: App, order: Ordered, body: NewMicroCredential) -> Response:
    """Write the first draft."""
    answer = app.commands.micro_credentials.define(order, body.owner, body.definition)
    return done(app, answer, 201)


_PICTURE = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/png", "image/jpeg", "image/webp", "image/svg+xml")
        },
    }
}


@router.post("/images", status_code=201, openapi_extra=_PICTURE)
def keep_image(app: App, who: Who, data: Raw, owner: UUID) -> dict[str, str]:
    """Keep a picture; a definition names it by the answer's ``image``."""
    return {"image": app.commands.micro_credentials.keep_image(who, owner, data)}


@router.put("/{micro}/draft")
def revise(app: App, order: Ordered, micro: UUID, body: Revision) -> Response:
    """Write the draft of the next version."""
    return done(app, app.commands.micro_credentials.revise(order, micro, body.definition))


@router.post("/{micro}/versions", status_code=201)
def publish(app: App, order: Ordered, micro: UUID) -> Response:
    """Publish the draft as the next version."""
    return done(app, app.commands.micro_credentials.publish(order, micro), 201)


@router.post("/{micro}/versions/{number}/retire")
def retire(app: App, order: Ordered, micro: UUID, number: Number) -> Response:
    """Take no more submissions on a version."""
    return done(app, app.commands.micro_credentials.retire(order, micro, number))


@router.get("")
def listing(app: App, _who: Who, pages: Paged, after: After = "") -> dict[str, Any]:
    """The catalogue of published micro-credentials."""
    with app.views.reading() as connection:
        rows = achievements.page(connection, after, pages.limit)

    def show(row: Any) -> dict[str, Any]:
        return {"id": row.id, "name": row.name, "roleCard": row.role_card, "latest": row.latest}

    return pages.show(rows, lambda row: row.id, show)


@router.get("/{micro}/versions/{number}")
def version(app: App, _who: Who, micro: UUID, number: Number) -> dict[str, Any]:
    """A published version as it was defined."""
    with app.views.reading() as connection:
        row = achievements.version(connection, str(micro), number)
    if row is None:
        raise NotFound("version")
    return {
        "id": str(micro),
        "number": row.number,
        "published": row.published,
        "retired": row.is_retired,
        "definition": achievements.definition_of(row).model_dump(mode="json", by_alias=True),
    }
