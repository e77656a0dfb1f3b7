"""How people and awards are named at the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.deadline import Deadline
from api.reading import Addresses, Credential, Reading
from api.verifying import SECONDS
from api.wiring import Testamur
from badges.errors import BadgesError
from badges.loader import NoDocuments
from badges.verification import present
from projections.people import persons

Award = Annotated[
    str, typer.Argument(help="The award: its id, its badge's address, or a file of its badge.")
]

_LARGEST = 10 * 1024 * 1024


def award_named(app: Testamur, text: str) -> UUID:
    """The award that is meant. Raises BadParameter, which says what it may be instead."""
    try:
        return UUID(text)
    except ValueError:
        address = text if "://" in text else _address_in(app, text)
    award = app.site.badge_id(address)
    if award is None:
        raise typer.BadParameter(f"{address} is not the address of a badge of this ledger")
    return award


def person_named(app: Testamur, text: str) -> UUID:
    """The person of an id or a handle. Raises BadParameter."""
    try:
        return UUID(text)
    except ValueError:
        with app.views.reading("persons") as connection:
            row = persons.by_handle(connection, text)
        if row is None:
            raise typer.BadParameter(f"nobody has the id or the handle {text!r}") from None
        return UUID(row.id)


def _address_in(app: Testamur, name: str) -> str:
    """The address that the badge in a file has. Raises BadParameter."""
    file = Path(name)
    if not file.is_file():
        raise typer.BadParameter(
            f"{name!r} is neither an award's id, nor a badge's address, nor a file"
        )
    try:
        with file.open("rb") as opened:
            found = Reading(app.bounds.readers).read(opened.read(_LARGEST), Deadline.after(SECONDS))
        if isinstance(found, Addresses) and len(found.asked) == 1:
            return found.asked[0].address
        if isinstance(found, Credential):
            return str(present(found.data, NoDocuments(), found.came).document.get("id"))
    except BadgesError as error:
        raise typer.BadParameter(f"{name}: {error}") from None
    raise typer.BadParameter(f"{name} is not one badge")
