"""/v1/micro-credentials: define, revise, publish, retire; the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.http.auth import App, Asked, Who
from api.http.v1.answers import LARGEST, After, Body, Items, Limit, Number, Offset, Paged, Raw, done
from api.wiring import Testamur
from badges.artwork import clean_picture
from badges.errors import MalformedDocument
from ledger.catalogue import (
    DefineMicroCredential,
    Definition,
    Difference,
    MicroCredential,
    PublishMicroCredential,
    RetireMicroCredential,
    ReviseMicroCredential,
    VersionPublished,
    differences,
)
from ledger.command import Answer
from ledger.context import Caller
from ledger.errors import Invalid, NotFound
from ledger.value import Value
from projections.catalogue import micro_credentials
from projections.people import organizations

_micro_credentials = APIRouter(prefix="/micro-credentials", tags=["micro-credentials"])


class Revision(Body):
    definition: Definition


@_micro_credentials.post("", status_code=201)
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


@_micro_credentials.post("/images", status_code=201, openapi_extra=_PICTURE)
def keep_image(app: App, who: Who, data: Raw, owner: UUID) -> ImageKept:
    """Keep a picture, drawn anew or stripped of all but its shapes; a definition names it by the
    answer's ``image``. No event: until a definition names it, nothing has happened."""
    app.bus.require(who, "image.keep", owner)
    try:
        return ImageKept(image=app.images.put(clean_picture(data)))
    except MalformedDocument as error:
        raise Invalid("bad-image", str(error)) from None


@_micro_credentials.put("/{micro}/draft")
def revise(app: App, asked: Asked, response: Response, micro: UUID, body: Revision) -> Answer:
    """Write the draft of the next version."""
    command = ReviseMicroCredential(micro_credential=micro, definition=body.definition)
    return done(response, app.bus.execute(asked, command))


@_micro_credentials.post("/{micro}/versions", status_code=201)
def publish(app: App, asked: Asked, response: Response, micro: UUID) -> VersionPublished:
    """Publish the draft as the next version."""
    command = PublishMicroCredential(micro_credential=micro)
    return done(response, app.bus.execute(asked, command))


@_micro_credentials.post("/{micro}/versions/{number}/retire")
def retire(app: App, asked: Asked, response: Response, micro: UUID, number: Number) -> Answer:
    """Take no more submissions on a version."""
    command = RetireMicroCredential(micro_credential=micro, number=number)
    return done(response, app.bus.execute(asked, command))


class MicroCredentialShown(Value):
    id: UUID
    name: str
    role_card: str | None
    latest: int


@_micro_credentials.get("")
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


@_micro_credentials.get("/{micro}/versions/{number}")
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


@_micro_credentials.get("/{micro}/draft")
def draft(app: App, who: Who, response: Response, micro: UUID) -> DraftShown:
    """The draft of the next version, for those who write it."""
    found = app.store.read(MicroCredential, micro, "micro-credential")
    app.bus.require(who, "micro-credential.revise", found.owner)
    if found.draft is None:
        raise NotFound("draft")
    shown = DraftShown(id=micro, version=found.version, owner=found.owner, definition=found.draft)
    return done(response, shown)


@_micro_credentials.get("/{micro}/differences")
def compare(
    app: App,
    who: Who,
    micro: UUID,
    before: Annotated[int, Query(ge=1, le=LARGEST, description="A published version.")],
    after: Annotated[
        int | None, Query(ge=1, le=LARGEST, description="Another; without it, the draft.")
    ] = None,
) -> Items[Difference]:
    """What a later version, or the draft, says otherwise than an earlier one."""
    found = app.store.read(MicroCredential, micro, "micro-credential")
    if after is None:
        app.bus.require(who, "micro-credential.revise", found.owner)
    later = found.draft if after is None else found.published(after)
    if later is None:
        raise NotFound("draft")
    return Items[Difference](items=differences(found.published(before), later))


class MicroCredentialOwned(Value):
    """``latest`` is the number of the newest version, 0 before the first."""

    id: UUID
    name: str
    role_card: str | None
    owner: UUID
    latest: int
    has_draft: bool
    retired: bool


_of_units = APIRouter(tags=["micro-credentials"])


@_of_units.get("/organizations/{unit}/micro-credentials")
def owned(
    app: App,
    who: Who,
    unit: UUID,
    state: Literal["draft", "published", "retired"] | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Items[MicroCredentialOwned]:
    """Micro-credentials of a unit and those below it, drafts among them, for those who write
    them."""
    return Items[MicroCredentialOwned](items=owned_by(app, who, unit, state, offset, limit))


def owned_by(
    app: Testamur, who: Caller, unit: UUID, state: str | None, offset: int, limit: int
) -> list[MicroCredentialOwned]:
    """A page of them, by name. Raises NotPermitted."""
    app.bus.require(who, "micro-credential.revise", unit)
    with app.views.reading("organizations", "micro-credentials") as connection:
        owners = organizations.units_within(connection, str(unit))
        rows = micro_credentials.owned(connection, owners, offset, limit, state=state or "")
    return [
        MicroCredentialOwned(
            id=row.id,
            name=row.name,
            role_card=row.role_card,
            owner=row.owner,
            latest=row.latest,
            has_draft=row.has_draft,
            retired=bool(row.is_retired),
        )
        for row in rows
    ]


router = APIRouter()
for part in (_micro_credentials, _of_units):
    router.include_router(part)
