"""The issuer's DID document and its status lists, for verifiers everywhere."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Header, Request, Response

from api.http.artefacts.awards.badges import CREDENTIAL_TYPE
from api.http.auth import App, Here
from api.publishing import STATUS_TTL
from keys.did import did_web_url
from ledger.errors import NotFound

router = APIRouter()


def _could_be_one(name: str) -> str:
    """Raises NotFound of what no list was ever called."""
    if not re.fullmatch("[a-z]+-[0-9]{1,9}", name):
        raise NotFound("status list")
    return name


ListName = Annotated[str, Depends(_could_be_one)]


@router.get("/.well-known/did.json")
@router.get("/did.json")
def did_document(app: App, here: Here, request: Request) -> Response:
    """The controller document of this deployment's did:web; at a former address, of that one's.

    A base URL with a path has it under that path, which a proxy passes on as ``/did.json``.
    """
    expected = urlsplit(did_web_url(here.issuer)).path
    if not expected.endswith(request.url.path):
        raise NotFound("document")
    return _published(
        request, _json(app.publishing.did_document(here)), "application/did+json", 300
    )


@router.get("/status/{name}")
def status_list(
    app: App,
    here: Here,
    request: Request,
    name: ListName,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """A signed status list credential; a JWT for whoever asks for that and for no JSON."""
    if "jwt" in accept and "json" not in accept:
        token = app.publishing.status_list_jwt(name, here)
        if token is None:
            raise NotFound("status list")
        return _published(request, token.encode(), "application/vc+jwt", STATUS_TTL)
    document = app.publishing.status_list(name, here)
    if document is None:
        raise NotFound("status list")
    return _published(request, _json(document), CREDENTIAL_TYPE, STATUS_TTL)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _published(request: Request, data: bytes, kind: str, max_age: int) -> Response:
    """With a strong ETag, so that an unchanged document costs no transfer."""
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={max_age}",
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept",
    }
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=kind, headers=headers)
