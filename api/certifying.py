"""What stands on the certificate of a badge: the badge's own words, and ours around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from badges.certificate import Certificate, certificate_pdf
from badges.document import Document, parse_document
from badges.image import INK
from badges.proofs.jws import is_compact_jws
from badges.verification.verdict import day


@dataclass(frozen=True)
class Speech:
    """How a certificate speaks: ``say`` gives our words by the English ones, ``day`` how a day is
    written."""

    language: str = "en"
    say: Callable[[str], str] = str
    day: Callable[[str], str] = day


def certified(
    badge: bytes,
    credential: bytes,
    seal: str,
    holder: str | None,
    now: datetime,
    speech: Speech = Speech(),
) -> bytes:
    """The PDF of a badge of ours: ``credential`` is what is attached, the badge or a JWT of it;
    ``holder`` the name of whoever has it, where they show it. Raises MalformedDocument."""
    _ = speech.say
    document = parse_document(badge)
    is_jwt = is_compact_jws(credential.decode())
    certificate = Certificate(
        lang=speech.language,
        title=f"{document['name']}: {_('certificate')}",
        kind="Open Badge 3.0",
        issuer=document["issuer"]["name"],
        colour=INK,
        seal=seal,
        seal_alt=f"{_('Seal of the badge')} {document['name']}",
        lead=_("This certifies that") if holder else _("This certificate belongs to the badge"),
        holder=holder,
        bridge=_("has earned"),
        name=document["name"],
        description=_short(document["credentialSubject"]["achievement"]["description"]),
        facts=[
            (_("Awarded on"), speech.day(document["awardedDate"])),
            (_("Valid until"), _until(document, speech)),
            (_("Issued by"), document["issuer"]["name"]),
        ],
        shown_heading=_("What was shown"),
        shown=_shown(document, speech),
        check_heading=_("Check it"),
        check=_("Scan the code, or open this address. The page says whether it is in force today."),
        address=document["id"],
        qr_alt=f"{_('QR code of the address')} {document['id']}",
        attached=_("The signed Open Badge that this certificate is about"),
        attached_sentence=_(
            "The signed badge is attached to this file: any conforming software can verify the "
            "file itself."
        ),
        made=f"{_('Made on')} {speech.day(now.isoformat())}.",
        file="badge.jwt" if is_jwt else "badge.json",
        media_type="application/vc+jwt" if is_jwt else "application/vc+ld+json",
    )
    return certificate_pdf(certificate, credential, now)


def _until(document: Document, speech: Speech) -> str:
    until, _ = document.get("validUntil"), speech.say
    return speech.day(until) if isinstance(until, str) else _("No end")


def _shown(document: Document, speech: Speech) -> list[tuple[str, str, str | None]]:
    """Each criterion, the level that was reached, and the one asked for where that is another."""
    subject, _ = document["credentialSubject"], speech.say
    reached = {r["resultDescription"]: r["achievedLevel"] for r in subject.get("result", [])}
    shown = []
    for criterion in subject["achievement"].get("resultDescription", []):
        names = {level["id"]: level["name"] for level in criterion["rubricCriterionLevel"]}
        level, asked = reached.get(criterion["id"]), criterion["requiredLevel"]
        if level in names:
            more = f"({_('asked for')}: {names[asked]})" if level != asked else None
            shown.append((criterion["name"], names[level], more))
    return shown


def _short(text: Any) -> str:
    """A description that leaves room for the rest of the sheet."""
    words = str(text)
    return words if len(words) <= 300 else words[:299].rsplit(" ", 1)[0] + "…"
