"""/v1/me/links: private links to badges of one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from api.http.auth import App, Asked, Who
from api.http.v1.answers import LARGEST, AfterPosition, Body, Items, Paged, done
from api.sharing import address_of, make_link, own_links
from ledger.awards import EndShareLink
from ledger.awards.sharing import Chosen
from ledger.command import Answer
from ledger.private import Label
from ledger.value import Value

router = APIRouter(tags=["awards"])


class NewLink(Body):
    """``named``: with the holder's name."""

    awards: Chosen
    label: Label
    days: Annotated[int, Field(ge=1, le=10_000, description="At most as the policy says.")] = 30
    named: bool = False


class LinkMade(Value):
    """``url`` holds the secret, which is in this answer only."""

    id: UUID
    url: str
    expires: datetime


@router.post("/me/links", status_code=201)
def make(app: App, asked: Asked, body: NewLink) -> LinkMade:
    """A private link to some of one's own badges. Whoever has it sees them until it ends."""
    made = make_link(app, asked, body.awards, body.label, body.days, body.named)
    return LinkMade(id=made.id, url=address_of(app, made.secret), expires=made.expires)


class LinkShown(Value):
    """``opened``: how often; by whom, nobody knows."""

    id: UUID
    label: str
    awards: tuple[UUID, ...]
    named: bool
    made: datetime
    expires: datetime
    state: Literal["open", "expired", "ended"]
    opened: int


@router.get("/me/links")
def listing(app: App, who: Who, pages: Paged, after: AfterPosition = LARGEST) -> Items[LinkShown]:
    """One's own private links, newest first."""
    return pages.show(
        own_links(app, who, after, pages.limit),
        lambda link: link.position,
        lambda link: LinkShown.model_validate(
            {name: getattr(link, name) for name in LinkShown.model_fields}
        ),
    )


@router.delete("/me/links/{link}")
def end(app: App, asked: Asked, response: Response, link: UUID) -> Answer:
    """Let a link of one's own show nothing any more."""
    return done(response, app.bus.execute(asked, EndShareLink(link=link)))
