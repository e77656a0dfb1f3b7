"""Private links: their secrets are drawn here, shown once, and never in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.access import Secret, drawn_secret
from api.wiring import Testamur
from ledger.awards import MakeShareLink, ShareLink
from ledger.bus import Request
from ledger.context import Caller
from ledger.errors import NotFound
from ledger.people import Person, secret_id
from projections import unseal
from projections.awards import share_links


def make_link(
    app: Testamur,
    request: Request,
    awards: tuple[UUID, ...],
    label: str,
    days: int,
    named: bool,
) -> Secret:
    """A link to badges of the caller's. Raises LedgerError."""
    secret, expires = drawn_secret(app, "see"), app.clock() + timedelta(days=days)
    command = MakeShareLink(
        link=secret_id(secret), awards=awards, label=label, named=named, expires=expires
    )
    return Secret(app.bus.execute(request, command).id, secret, expires)


def address_of(app: Testamur, secret: str) -> str:
    """Where whoever has the secret sees the badges."""
    return f"{app.site.base_url}/shared/{secret}"


@dataclass(frozen=True)
class Shared:
    """What a link shows: badges in the order chosen, and the holder's name if they show it."""

    id: UUID
    awards: tuple[UUID, ...]
    holder: str | None
    expires: datetime


def shared(app: Testamur, secret: str) -> Shared:
    """What the link with that secret shows. Raises NotFound, alike for one that never was, one
    that is over, and that of an erased person."""
    try:
        link = app.store.read(ShareLink, secret_id(secret), "link")
        person = app.store.read(Person, link.person, "person")
    except NotFound:
        raise NotFound("link") from None
    if person.is_erased or not link.shows(app.clock()):
        raise NotFound("link")
    name = app.vault.open(person.name)
    if name is None:
        raise NotFound("link")
    holder = name.decode() if link.named else None
    return Shared(link.id, tuple(link.awards), holder, link.expires)


@dataclass(frozen=True)
class OwnLink:
    """A link as its maker sees it. ``state`` is ``open``, ``expired`` or ``ended``."""

    position: int
    id: UUID
    label: str
    awards: tuple[UUID, ...]
    named: bool
    made: datetime
    expires: datetime
    state: str
    opened: int


def own_links(app: Testamur, caller: Caller, before: int, limit: int) -> list[OwnLink]:
    """The links that the caller made, newest first."""
    with app.views.reading("share-links") as connection:
        rows = share_links.of_person(connection, str(caller.person), before, limit)
    opened, now = app.openings.of([row.id for row in rows]), app.clock()
    return [
        OwnLink(
            position=row.position,
            id=UUID(row.id),
            label=unseal(app.vault, row.label) or "",
            awards=tuple(map(UUID, share_links.awards_of(row))),
            named=row.named,
            made=datetime.fromisoformat(row.made),
            expires=datetime.fromisoformat(row.expires),
            state="ended" if row.ended else _state(datetime.fromisoformat(row.expires), now),
            opened=opened.get(row.id, 0),
        )
        for row in rows
    ]


def _state(expires: datetime, now: datetime) -> str:
    return "open" if now < expires else "expired"
