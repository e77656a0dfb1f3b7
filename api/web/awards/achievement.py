"""The page of an achievement: one version of a micro-credential, its holders and endorsements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from api.web.awards.badge import shown_endorsements
from api.web.pages import page
from api.wiring import Testamur
from projections.awards import counts, endorsements
from projections.catalogue import micro_credentials


def achievement_page(app: Testamur, request: Request, row: Any) -> Response:
    """The page of a published version, a row of its read model."""
    now, micro = app.clock(), UUID(row.micro_credential)
    with app.views.reading("awards", "endorsements", "organizations") as connection:
        holders, _ = counts.in_force(connection, "micro-credential", str(micro), now.date())
        given = [
            found
            for site in app.site.every
            for found in endorsements.of_target(
                connection, site.achievement(micro, row.number), now
            )
        ]
        endorsed = shown_endorsements(app, connection, given)
    return page(
        request,
        "awards/achievement.html",
        {
            "row": row,
            "definition": micro_credentials.definition_of(row),
            "holders": holders,
            "issuer": app.publishing.issuer_name(),
            "endorsements": endorsed,
        },
        headers={"Vary": "Accept"},
    )
