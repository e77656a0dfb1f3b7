"""/endorsements/{id}: our endorsements, as credentials that anyone can verify."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response
from sqlalchemy import Connection

from api.artefacts import MEDIA_TYPES, proven
from api.http.auth import App
from api.wiring import Testamur
from ledger.site import Site
from projections import endorsements
from projections.organizations import name_of

router = APIRouter(prefix="/endorsements")


@router.get("/{endorsement}.jwt")
def jwt(app: App, endorsement: UUID) -> Response:
    """The EndorsementCredential as a VC-JWT (``endorsementJwt``)."""
    data = app.publishing.endorsement(endorsement)
    if data is not None:
        data = proven(data, "ES256", app.publishing.signer_of(data), app.clock())
    return _shown(data, MEDIA_TYPES["jwt"])


@router.get("/{endorsement}")
@router.get("/{endorsement}.json")
def credential(app: App, endorsement: UUID) -> Response:
    """The EndorsementCredential, byte for byte as it was signed."""
    return _shown(app.publishing.endorsement(endorsement), MEDIA_TYPES["json"])


def given_to(
    app: Testamur, connection: Connection, named: Callable[[Site], str]
) -> list[dict[str, str]]:
    """Our endorsements that are in force, as a page shows them, of what is ``named`` so at an
    address of ours."""
    return [
        {
            "by": name_of(connection, row.unit) or app.site.base_url,
            "url": app.site.endorsement(UUID(row.id)),
            "given": row.given,
        }
        for site in app.site.every
        for row in endorsements.of(connection, named(site), app.clock().isoformat())
    ]


def _shown(data: bytes | None, kind: str) -> Response:
    if data is None:
        raise HTTPException(410, "this person's data was erased, and the endorsement with it")
    return Response(data, media_type=kind, headers={"Access-Control-Allow-Origin": "*"})
