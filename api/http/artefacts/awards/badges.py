"""/badges/{id}: an award as a page for people and as a credential for software."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.artefacts import MEDIA_TYPES, Form, Proof
from api.certifying import Speech
from api.http.artefacts.negotiation import wants_page
from api.http.auth import App, Lines
from api.web.awards.badge import badge_page
from api.web.awards.sharing import speech_of
from api.wiring import Testamur
from ledger.errors import NotFound

router = APIRouter(prefix="/badges")

CREDENTIAL_TYPE = MEDIA_TYPES["json"]
JsonProof = Literal["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019"]
JwtProof = Literal["ES256", "EdDSA"]


@router.get("/{award}.json")
def credential(app: App, award: str, proof: JsonProof = "eddsa-rdfc-2022") -> Response:
    """The signed badge, byte for byte as it was issued; or with another proof."""
    return _artefact(app, award, "json", proof)


@router.get("/{award}/refresh")
def refresh(app: App, award: str) -> Response:
    """The badge's current version, for verifiers that hold an earlier one (refreshService)."""
    return _artefact(app, award, "json", "eddsa-rdfc-2022")


@router.get("/{award}/receipt")
def receipt(app: App, award: str) -> Response:
    """That the award is in the log: a C2SP tlog-proof, with the event's canonical record in it."""
    found = str(app.publishing.receipt(award_id(award)))
    headers = {
        "Content-Disposition": f'attachment; filename="{award}.tlog-proof"',
        "Cache-Control": "no-cache",
        "Access-Control-Allow-Origin": "*",
    }
    return Response(found, media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/{award}.jwt")
def jwt(app: App, award: str, proof: JwtProof = "ES256") -> Response:
    """The badge as a VC-JWT."""
    return _artefact(app, award, "jwt", proof)


@router.get("/{award}.svg")
def svg(app: App, award: str, proof: Proof = "eddsa-rdfc-2022") -> Response:
    """The badge's picture as SVG, with the signed badge baked into it."""
    return _artefact(app, award, "svg", proof)


@router.get("/{award}.png")
def png(app: App, award: str, proof: Proof = "eddsa-rdfc-2022") -> Response:
    """The badge's picture as PNG, with the signed badge baked into it."""
    return _artefact(app, award, "png", proof)


@router.get("/{award}.pdf")
def pdf(app: App, request: Request, award: str, proof: Proof = "eddsa-rdfc-2022") -> Response:
    """A certificate to print, in the reader's language: the seal, what was shown, a QR code; the
    signed badge attached."""
    answer = _artefact(app, award, "pdf", proof, speech_of(request))
    answer.headers["Vary"] = "Accept-Language, Cookie"
    return answer


@router.get("/{award}")
async def badge(
    app: App, lines: Lines, request: Request, award: str, accept: Annotated[str, Header()] = "*/*"
) -> Response:
    """A page for a browser, the credential for whoever asks for one."""
    if not wants_page(accept):
        return await run_in_threadpool(credential, app, award)
    return await lines.pages.take(lambda: badge_page(app, request, award_id(award)))


def _artefact(
    app: Testamur, award: str, form: Form, proof: Proof, speech: Speech | None = None
) -> Response:
    data = existing(
        app.publishing.artefact(award_id(award), form, proof, speech=speech or Speech())
    )
    disposition = "inline" if form in ("json", "jwt") else "attachment"
    return Response(
        data,
        media_type=MEDIA_TYPES[form],
        headers={
            "Access-Control-Allow-Origin": "*",
            "Content-Disposition": f'{disposition}; filename="badge-{award}.{form}"',
            "Vary": "Accept",
        },
    )


def award_id(text: str) -> UUID:
    """The award of an address. Raises NotFound."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("badge") from None


def existing(data: bytes | None) -> bytes:
    """What an erased person left. Raises HTTPException (410)."""
    if data is None:
        raise HTTPException(410, "this person's data was erased, and the badge with it")
    return data
