"""/v1/micro-credentials: define, revise, publish, retire; the catalogue."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response

from api.http.auth import App, Asked, Who
from api.http.v1.answers import After, Body, Items, Number, Paged, Raw, done
from badges.artwork import clean_picture
from badges.errors import MalformedDocument
from ledger.catalogue import (
    DefineMicroCredential,
    Definition,
    MicroCredential,
    PublishMicroCredential,
    RetireMicroCredential,
    ReviseMicroCredential,
    VersionPublished,
)
from ledger.command import Answer
from ledger.errors import Invalid, NotFound
from ledger.value import Value
from projections.catalogue import micro_credentials

router = APIRouter(prefix="/micro-credentials", tags=["micro-credentials"])


class Revision(Body):
    definition: Definition


@router.post("", status_code=201)
def define(app: App, asked: Asked, response: Response, body: DefineMicroCredential) -> Answer:
    """Write the first draft."""
    return done(response, app.bus.execute(asked, body))


_PICTURE = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/png", "image/jpeg", "image/webp", "image/svg+xml")
        },
    }
}


class ImageKept(Value):
    image: str


@router.post("/images", status_code=201, openapi_extra=_PICTURE)
def keep_image(app: App, who: Who, data: Raw, owner: UUID) -> ImageKept:
    """Keep a picture, drawn anew or stripped of all but its shapes; a definition names it by the
    answer's ``image``. No event: until a definition names it, nothing has happened."""
    app.bus.require(who, "image.keep", owner)
    try:
        return ImageKept(image=app.images.put(clean_picture(data)))
    except MalformedDocument as error:
        raise Invalid("bad-image", str(error)) from None


@router.put("/{micro}/draft")
def revise(app: App, asked: Asked, response: Response, micro: UUID, body: Revision) -> Answer:
    """Write the draft of the next version."""
    command = ReviseMicroCredential(micro_credential=micro, definition=body.definition)
    return done(response, app.bus.execute(asked, command))


@router.post("/{micro}/versions", status_code=201)
def publish(app: App, asked: Asked, response: Response, micro: UUID) -> VersionPublished:
    """Publish the draft as the next version."""
    command = PublishMicroCredential(micro_credential=micro)
    return done(response, app.bus.execute(asked, command))


@router.post("/{micro}/versions/{number}/retire")
def retire(app: App, asked: Asked, response: Response, micro: UUID, number: Number) -> Answer:
    """Take no more submissions on a version."""
    command = RetireMicroCredential(micro_credential=micro, number=number)
    return done(response, app.bus.execute(asked, command))


class MicroCredentialShown(Value):
    id: UUID
    name: str
    role_card: str | None
    latest: int


@router.get("")
def listing(app: App, _who: Who, pages: Paged, after: After = "") -> Items[MicroCredentialShown]:
    """The catalogue of published micro-credentials."""
    with app.views.reading("micro-credentials") as connection:
        rows = micro_credentials.page(connection, after, pages.limit)
    return pages.show(
        rows,
        lambda row: row.id,
        lambda row: MicroCredentialShown(
            id=row.id, name=row.name, role_card=row.role_card, latest=row.latest
        ),
    )


class VersionShown(Value):
    id: UUID
    number: int
    published: datetime
    retired: bool
    definition: Definition


@router.get("/{micro}/versions/{number}")
def version(app: App, _who: Who, micro: UUID, number: Number) -> VersionShown:
    """A published version as it was defined."""
    with app.views.reading("micro-credentials") as connection:
        row = micro_credentials.version(connection, str(micro), number)
    if row is None:
        raise NotFound("version")
    return VersionShown(
        id=micro,
        number=row.number,
        published=row.published,
        retired=row.is_retired,
        definition=micro_credentials.definition_of(row),
    )


class DraftShown(Value):
    id: UUID
    version: int
    owner: UUID
    definition: Definition


@router.get("/{micro}/draft")
def draft(app: App, who: Who, response: Response, micro: UUID) -> DraftShown:
    """The draft of the next version, for those who write it."""
    found = app.store.read(MicroCredential, micro, "micro-credential")
    app.bus.require(who, "micro-credential.revise", found.owner)
    if found.draft is None:
        raise NotFound("draft")
    shown = DraftShown(id=micro, version=found.version, owner=found.owner, definition=found.draft)
    return done(response, shown)
