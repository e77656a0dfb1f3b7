"""How a badge is handed on: its files, its link and code, and what social sites ask for.

Everything here is a link or text to copy: nothing is sent anywhere until somebody follows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request

from api.certifying import Speech
from api.web.language import language_of, message, say
from api.web.pages import day_in
from api.wiring import Testamur

EMBED_WIDTH, EMBED_HEIGHT = 480, 180
"""Pixels of the badge as other pages show it."""

_LINKEDIN = "https://www.linkedin.com/profile/add"
_CERTIFICATION = message("Certification name")
_ORGANIZATION = message("Issuing organization")
_ISSUED = message("Issue date")
_EXPIRES = message("Expiration date")
_CREDENTIAL = message("Credential ID")
_ADDRESS = message("Credential URL")
_SUBJECT = message("My badge: %(name)s")
_LETTER = message("This badge can be checked by anyone, at this address:")


@dataclass(frozen=True)
class Ways:
    """``fields`` are those of LinkedIn's form, each with what to put there."""

    address: str
    linkedin: str
    fields: tuple[tuple[str, str], ...]
    mail: str
    embed: str


def ways(app: Testamur, request: Request, badge: dict[str, Any]) -> Ways:
    """How the badge with this document is handed on, in the reader's language."""
    address, name, issuer = badge["id"], badge["name"], badge["issuer"]["name"]
    awarded = datetime.fromisoformat(badge["awardedDate"])
    until = badge.get("validUntil")
    ends = datetime.fromisoformat(until) if until else None
    asked = {
        "startTask": "CERTIFICATION_NAME",
        "name": name,
        **_organization(app, issuer),
        "issueYear": awarded.year,
        "issueMonth": awarded.month,
        **({"expirationYear": ends.year, "expirationMonth": ends.month} if ends else {}),
        "certUrl": address,
        "certId": address.rpartition("/")[2],
    }
    fields = [(_CERTIFICATION, name), (_ORGANIZATION, issuer), (_ISSUED, f"{awarded:%Y-%m}")]
    fields += [(_EXPIRES, f"{ends:%Y-%m}")] if ends else []
    fields += [(_CREDENTIAL, str(asked["certId"])), (_ADDRESS, address)]
    subject = say(request, _SUBJECT) % {"name": name}
    body = f"{name}, {issuer}\n\n{say(request, _LETTER)}\n{address}\n"
    return Ways(
        address=address,
        linkedin=f"{_LINKEDIN}?{urlencode(asked)}",
        fields=tuple((say(request, label), value) for label, value in fields),
        mail=f"mailto:?subject={quote(subject)}&body={quote(body)}",
        embed=embed_code(address, name),
    )


def speech_of(request: Request) -> Speech:
    """How a certificate speaks to the reader."""
    return Speech(
        language_of(request),
        lambda words: say(request, words),
        lambda time: day_in(request, time),
    )


def embed_code(
    address: str, name: str, width: int = EMBED_WIDTH, height: int = EMBED_HEIGHT
) -> str:
    """The HTML with which another page shows the badge."""
    return (
        f'<iframe src="{escape(address)}/embed" title="{escape(name)}" width="{width}" '
        f'height="{height}" sandbox="allow-popups allow-popups-to-escape-sandbox" '
        'loading="lazy"></iframe>'
    )


def _organization(app: Testamur, issuer: str) -> dict[str, str]:
    known = app.settings.linkedin_organization
    return {"organizationId": known} if known else {"organizationName": issuer}
