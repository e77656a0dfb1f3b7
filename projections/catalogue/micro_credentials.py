"""Micro-credentials with their published versions, and which of them have a draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    String,
    Table,
    Text,
    func,
    select,
)

from ledger.catalogue import Definition, MicroCredential
from ledger.text import folded
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, tables

micro_credentials = Table(
    "view_micro_credentials",
    tables,
    Column("id", String(36), primary_key=True),
    Column("owner", String(36), nullable=False),
    Column("name", Text, nullable=False),  # of the latest version; before the first, of the draft
    Column("role_card", Text, nullable=True),
    Column("latest", Integer, nullable=False),
    Column("has_draft", Boolean, nullable=False),
    Column("words", Text, nullable=False),  # what is searched of the latest version, folded
    Column("is_open", Boolean, nullable=False),  # the latest version takes submissions
)
versions = Table(
    "view_versions",
    tables,
    Column("micro_credential", String(36), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("definition", Text, nullable=False),
    Column("published", String(40), nullable=False),
    Column("is_retired", Boolean, nullable=False),
)


def _defined(batch: Batch, event: MicroCredential.Defined, _position: int) -> None:
    batch.add(
        micro_credentials,
        id=str(event.originator_id),
        owner=str(event.owner),
        name=event.definition.name,
        role_card=event.definition.role_card,
        latest=0,
        has_draft=True,
        words="",
        is_open=False,
    )


def _revised(batch: Batch, event: MicroCredential.Revised, _position: int) -> None:
    micro = batch.one(micro_credentials, str(event.originator_id))
    micro["has_draft"] = True
    if not micro["latest"]:
        micro.update(name=event.definition.name, role_card=event.definition.role_card)


def _published(batch: Batch, event: MicroCredential.VersionPublished, _position: int) -> None:
    micro = str(event.originator_id)
    definition = event.definition
    batch.add(
        versions,
        micro_credential=micro,
        number=event.number,
        definition=definition.model_dump_json(),
        published=moment(event.timestamp),
        is_retired=False,
    )
    batch.one(micro_credentials, micro).update(
        latest=event.number,
        name=definition.name,
        role_card=definition.role_card,
        has_draft=False,
        words=_searched(definition),
        is_open=True,
    )


def _retired(batch: Batch, event: MicroCredential.VersionRetired, _position: int) -> None:
    micro = str(event.originator_id)
    batch.one(versions, micro, event.number)["is_retired"] = True
    if batch.one(micro_credentials, micro)["latest"] == event.number:
        batch.one(micro_credentials, micro)["is_open"] = False


def _searched(definition: Definition) -> str:
    said = (definition.name, definition.description, definition.role_card or "", *definition.tags)
    return folded(" ".join(said))


PROJECTION = Projection(
    "micro-credentials",
    [micro_credentials, versions],
    {
        MicroCredential.Defined: _defined,
        MicroCredential.Revised: _revised,
        MicroCredential.VersionPublished: _published,
        MicroCredential.VersionRetired: _retired,
    },
)


def page(connection: Connection, after: str, limit: int) -> list[Row[Any]]:
    """Published micro-credentials by id, after ``after``."""
    query = select(micro_credentials).where(
        micro_credentials.c.id > after, micro_credentials.c.latest > 0
    )
    return list(connection.execute(query.order_by(micro_credentials.c.id).limit(limit)))


@dataclass(frozen=True)
class Wanted:
    """What a reader of the catalogue looks for: every one of ``words``, a role card; empty for all.
    ``retired`` are those whose latest version takes no submissions."""

    words: str = ""
    role_card: str = ""
    retired: bool = False

    @property
    def _conditions(self) -> list[ColumnElement[bool]]:
        c = micro_credentials.c
        found = [c.latest > 0, c.is_open.is_(not self.retired)]
        found += [c.words.contains(word, autoescape=True) for word in folded(self.words).split()]
        if self.role_card:
            found.append(c.role_card == self.role_card)
        return found


def search(connection: Connection, wanted: Wanted, after: int, limit: int) -> list[Row[Any]]:
    """Published micro-credentials by name, but the first ``after`` of them, with the
    ``definition`` of the latest version."""
    c, v = micro_credentials.c, versions.c
    latest = (v.micro_credential == c.id) & (v.number == c.latest)
    query = select(micro_credentials, v.definition).join(versions, latest)
    query = query.where(*wanted._conditions).order_by(c.name, c.id)
    return list(connection.execute(query.offset(after).limit(limit)))


def count(connection: Connection, wanted: Wanted) -> int:
    """How many there are."""
    query = select(func.count()).select_from(micro_credentials).where(*wanted._conditions)
    return int(connection.execute(query).scalar_one())


def role_cards(connection: Connection) -> list[tuple[str, int]]:
    """Each role card with how many open micro-credentials it has, by name."""
    c = micro_credentials.c
    query = select(c.role_card, func.count()).where(c.latest > 0, c.is_open.is_(True))
    query = query.where(c.role_card.is_not(None)).group_by(c.role_card).order_by(c.role_card)
    return [(row[0], row[1]) for row in connection.execute(query)]


def owned(
    connection: Connection, owners: Sequence[str], after: int, limit: int, *, state: str = ""
) -> list[Row[Any]]:
    """Micro-credentials of those units by name, but the first ``after`` of them, with
    ``is_retired`` of the latest version. ``state``: draft (there is one), published or retired;
    empty for all."""
    c, v = micro_credentials.c, versions.c
    latest = (v.micro_credential == c.id) & (v.number == c.latest)
    query = select(micro_credentials, v.is_retired).outerjoin(versions, latest)
    query = query.where(c.owner.in_(owners))
    if state == "draft":
        query = query.where(c.has_draft)
    elif state == "published":
        query = query.where(c.latest > 0, v.is_retired.is_(False))
    elif state == "retired":
        query = query.where(v.is_retired.is_(True))
    return list(connection.execute(query.order_by(c.name, c.id).offset(after).limit(limit)))


def names_of(connection: Connection, micros: Iterable[str]) -> dict[str, str]:
    """What these micro-credentials are called."""
    c = micro_credentials.c
    query = select(c.id, c.name).where(c.id.in_(set(micros)))
    return {row.id: row.name for row in connection.execute(query)}


def versions_of(connection: Connection, micro: str) -> list[Row[Any]]:
    """The published versions of a micro-credential, newest first."""
    query = select(versions).where(versions.c.micro_credential == micro)
    return list(connection.execute(query.order_by(versions.c.number.desc())))


def version(connection: Connection, micro: str, number: int | None) -> Row[Any] | None:
    """A published version, or the latest one for None."""
    query = select(versions).where(versions.c.micro_credential == micro)
    if number is not None:
        query = query.where(versions.c.number == number)
    return connection.execute(query.order_by(versions.c.number.desc()).limit(1)).one_or_none()


def definition_of(row: Row[Any]) -> Definition:
    """What a row of ``versions`` defines."""
    return Definition.model_validate_json(row.definition)
