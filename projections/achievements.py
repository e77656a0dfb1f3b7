"""The catalogue: micro-credentials with their published versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, Row, String, Table, Text, select

from ledger.achievements import Definition, MicroCredential
from projections.engine import Projection, tables

micro_credentials = Table(
    "view_micro_credentials",
    tables,
    Column("id", String(36), primary_key=True),
    Column("owner", String(36), nullable=False),
    Column("name", Text, nullable=False),
    Column("role_card", Text, nullable=True),
    Column("latest", Integer, nullable=False),
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


def _defined(connection: Connection, event: MicroCredential.Defined, _position: int) -> None:
    connection.execute(
        micro_credentials.insert(),
        {
            "id": str(event.originator_id),
            "owner": str(event.owner),
            "name": event.definition.name,
            "role_card": event.definition.role_card,
            "latest": 0,
        },
    )


def _published(
    connection: Connection, event: MicroCredential.VersionPublished, _position: int
) -> None:
    micro = str(event.originator_id)
    definition = event.definition
    connection.execute(
        versions.insert(),
        {
            "micro_credential": micro,
            "number": event.number,
            "definition": definition.model_dump_json(),
            "published": event.timestamp.isoformat(),
            "is_retired": False,
        },
    )
    connection.execute(
        micro_credentials.update()
        .where(micro_credentials.c.id == micro)
        .values(latest=event.number, name=definition.name, role_card=definition.role_card)
    )


def _retired(connection: Connection, event: MicroCredential.VersionRetired, _position: int) -> None:
    connection.execute(
        versions.update()
        .where(
            versions.c.micro_credential == str(event.originator_id),
            versions.c.number == event.number,
        )
        .values(is_retired=True)
    )


PROJECTION = Projection(
    "achievements",
    [micro_credentials, versions],
    {
        MicroCredential.Defined: _defined,
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


def version(connection: Connection, micro: str, number: int | None) -> Row[Any] | None:
    """A published version, or the latest one for None."""
    query = select(versions).where(versions.c.micro_credential == micro)
    if number is not None:
        query = query.where(versions.c.number == number)
    return connection.execute(query.order_by(versions.c.number.desc()).limit(1)).one_or_none()


def definition_of(row: Row[Any]) -> Definition:
    """What a row of ``versions`` defines."""
    return Definition.model_validate_json(row.definition)
