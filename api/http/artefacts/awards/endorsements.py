"""/endorsements/{id}: our endorsements, as credentials that anyone can verify."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from api.artefacts import MEDIA_TYPES, proven
from api.http.auth import App

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


def _shown(data: bytes | None, kind: str) -> Response:
    if data is None:
        raise HTTPException(410, "this person's data was erased, and the endorsement with it")
    return Response(data, media_type=kind, headers={"Access-Control-Allow-Origin": "*"})
