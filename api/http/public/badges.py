"""/badges/{id}: an award as a page for people and as a credential for software."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.artefacts import MEDIA_TYPES, Form, Proof
from api.deadline import Deadline
from api.http.auth import App, Lines
from api.http.public.endorsements import given_to
from api.http.public.negotiation import wants_page
from api.wiring import Testamur
from badges.document import parse_document
from ledger.errors import NotFound
from projections import awards, people, unseal

router = APIRouter(prefix="/badges")
_PATIENCE = 5.0
"""Seconds that a page waits for others' endorsements of the badge to be checked."""

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
    found = str(app.receipt(_award(award)))
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


@router.get("/{award}")
async def badge(
    app: App, lines: Lines, request: Request, award: str, accept: Annotated[str, Header()] = "*/*"
) -> Response:
    """A page for a browser, the credential for whoever asks for one."""
    if not wants_page(accept):
        return await run_in_threadpool(credential, app, award)
    return await lines.pages.take(lambda: _page(app, request, award))


def _page(app: Testamur, request: Request, award: str) -> Response:
    data = _existing(app.badge(_award(award)))
    report = app.verifier(deadline=Deadline.after(_PATIENCE)).verify(data)
    with app.views.reading() as connection:
        row = awards.by_id(connection, award)
        endorsed = given_to(app, connection, lambda site: site.badge(award))
        holder = people.by_id(connection, row.person) if row is not None else None
    if row is None:  # recorded a moment ago, not yet projected
        raise HTTPException(503, "this badge is being prepared; try again in a second")
    document = parse_document(data)
    name = unseal(app.vault, holder.name) if holder is not None and holder.is_public else None
    page: Response = request.app.state.pages.TemplateResponse(
        request,
        "badge.html",
        {
            "award": row,
            "badge": document,
            "achievement": document["credentialSubject"]["achievement"],
            "criteria": _reached(document),
            "holder": {"name": name, "handle": holder.handle} if holder and name else None,
            "report": report,
            "endorsements": endorsed,
        },
        headers={"Vary": "Accept", "X-Robots-Tag": "noindex"},
    )
    return page


def _artefact(app: Testamur, award: str, form: Form, proof: Proof) -> Response:
    data = _existing(app.artefact(_award(award), form, proof))
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


def _award(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("badge") from None


def _existing(data: bytes | None) -> bytes:
    if data is None:
        raise HTTPException(410, "this person's data was erased, and the badge with it")
    return data


def _reached(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Each criterion with its levels, the one that was reached and the one that was asked for."""
    subject = document["credentialSubject"]
    reached = {r["resultDescription"]: r["achievedLevel"] for r in subject.get("result", [])}
    return [
        {
            "name": description["name"],
            "levels": [
                {
                    "name": level["name"],
                    "description": level.get("description", ""),
                    "reached": reached.get(description["id"]) == level["id"],
                    "required": description["requiredLevel"] == level["id"],
                }
                for level in description["rubricCriterionLevel"]
            ],
        }
        for description in subject["achievement"].get("resultDescription", [])
    ]
