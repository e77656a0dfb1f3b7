"""The page of a badge with its verdict, and who endorses it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import HTTPException, Request, Response
from sqlalchemy import Connection

from api.deadline import Deadline
from api.publishing import Dated
from api.web.awards.sharing import ways
from api.web.language import message, say
from api.web.pages import day_in, page
from api.wiring import Testamur
from badges.document import parse_document
from badges.verification import Told, Verdict, VerificationReport
from badges.verification.verdict import ENGLISH
from ledger.awards import Award, badge_bytes
from projections import unseal
from projections.awards import endorsements, register
from projections.people import persons
from projections.people.organizations import name_of

PATIENCE = 5.0
"""Seconds that a page waits for others' endorsements of the badge to be checked."""


def badge_page(app: Testamur, request: Request, award_id: UUID) -> Response:
    """The page of a badge. Raises NotFound, HTTPException (410) for an erased person's."""
    award = app.store.read(Award, award_id, "award")
    data = badge_bytes(app.vault, award.document)
    if data is None:
        raise HTTPException(410, "this person's data was erased, and the badge with it")
    with app.views.reading("awards", "endorsements", "persons", "organizations") as connection:
        row = register.by_id(connection, str(award_id))
        given = endorsements.of_award(connection, str(award_id), app.clock())
        endorsed = shown_endorsements(app, connection, given)
        holder = persons.by_id(connection, str(award.person))
    checked = verdict_of(app, award, data, Deadline.after(PATIENCE))
    document = parse_document(data)
    name = unseal(app.vault, holder.name) if holder is not None and holder.is_public else None
    return page(
        request,
        "awards/badge.html",
        {
            "award": row,
            "badge": document,
            "achievement": document["credentialSubject"]["achievement"],
            "criteria": _reached(document),
            "withdrawn": _withdrawn(request, row),
            "holder": {"name": name, "handle": holder.handle} if holder and name else None,
            "report": checked.report,
            "checked": checked.made.isoformat(timespec="seconds"),
            "endorsements": endorsed,
            "ways": ways(app, request, document),
        },
        headers={"Vary": "Accept", "X-Robots-Tag": "noindex"},
    )


def verdict_of(app: Testamur, award: Award, data: bytes, deadline: Deadline) -> Dated:
    """The report on a badge of ours, kept with all of ours that it rests on; made anew when any of
    that changed, and as often as others' endorsements inside are to be asked about: until
    ``deadline``."""
    now = app.clock()
    rests_on = (
        award.digest,
        award.status,
        award.valid_until is not None and award.valid_until <= now,
        tuple((key.id, key.compromised_from) for key in app.keys.issuer_keys()),
        app.publishing.issuer_name(),
        _changed(app.settings.issuers_file),
    )
    return app.publishing.verdicts.get(
        award.id,
        rests_on,
        now,
        lambda: app.verifying.verifier(deadline=deadline).verify(data),
    )


@dataclass(frozen=True)
class Withdrawn:
    """That a badge is not in force by its issuer's will: stamped on its seal, and in words."""

    said: Verdict
    """What the register says: a list of suspensions calls what was revoked suspended, too."""

    word: str
    since: str
    sentence: str


_REASONS: dict[str, str] = {
    "issued-in-error": message("it was issued in error"),
    "evidence-not-authentic": message("its evidence was not authentic"),
    "integrity": message("a matter of integrity"),
    "under-investigation": message("it is being looked into"),
    "requested-by-holder": message("its holder asked for it"),
}
_REVOKED = message("Revoked on %(day)s: %(reason)s.")
_SUSPENDED = message("On hold since %(day)s: %(reason)s.")


def _withdrawn(request: Request, row: Any) -> Withdrawn | None:
    """Of a row of the register; None for one that stands."""
    if row.status not in ("revoked", "suspended"):
        return None
    is_revoked = row.status == "revoked"
    told = {"day": day_in(request, row.changed), "reason": say(request, _REASONS[row.reason])}
    return Withdrawn(
        said=_words_of(row.status),
        word=say(request, message("Revoked") if is_revoked else message("On hold")),
        since=row.changed,
        sentence=say(request, _REVOKED if is_revoked else _SUSPENDED) % told,
    )


def said_of(app: Testamur, report: VerificationReport) -> Verdict:
    """What to say first of a badge: of one of ours that is withdrawn, what the register says."""
    award = app.site.badge_id(report.summary.get("id", ""))
    if award is None or report.outcome not in ("revoked", "suspended"):
        return report.verdict
    with app.views.reading("awards") as connection:
        row = register.by_id(connection, str(award))
    is_withdrawn = row is not None and row.status in ("revoked", "suspended")
    return _words_of(row.status) if row is not None and is_withdrawn else report.verdict


def _words_of(status: str) -> Verdict:
    words = ENGLISH[status]
    said = Told(words.headline), Told(words.sentence, {"reason": ""})
    return Verdict(status, words.band, words.mark, *said)


def _changed(file: Path) -> int:
    """When whom we know was written last; 0 while that is nobody."""
    return file.stat().st_mtime_ns if file.is_file() else 0


def shown_endorsements(
    app: Testamur, connection: Connection, rows: Iterable[Any]
) -> list[dict[str, str]]:
    """Endorsements of ours as a page shows them."""
    return [
        {
            "by": name_of(connection, row.unit) or app.site.base_url,
            "url": app.site.endorsement(UUID(row.id)),
            "given": row.given,
        }
        for row in rows
    ]


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
