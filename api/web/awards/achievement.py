"""The page of an achievement: one version of a micro-credential, its holders and endorsements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from api.web.awards.badge import shown_endorsements
from api.web.pages import page
from api.web.schema_org import schema_org
from api.wiring import Testamur
from ledger.catalogue import Criterion
from projections.awards import counts, endorsements
from projections.catalogue import micro_credentials


def achievement_page(app: Testamur, request: Request, row: Any) -> Response:
    """The page of a published version, a row of its read model."""
    now, micro = app.clock(), UUID(row.micro_credential)
    with app.views.reading(
        "awards", "endorsements", "organizations", "micro-credentials"
    ) as connection:
        holders, _ = counts.in_force(connection, "micro-credential", str(micro), now.date())
        given = [
            found
            for site in app.site.every
            for found in endorsements.of_target(
                connection, site.achievement(micro, row.number), now
            )
        ]
        endorsed = shown_endorsements(app, connection, given)
        latest = micro_credentials.version(connection, row.micro_credential, None)
    definition = micro_credentials.definition_of(row)
    issuer = app.publishing.issuer_name()
    address = app.site.achievement(micro, row.number)
    return page(
        request,
        "awards/achievement.html",
        {
            "row": row,
            "definition": definition,
            "rubric": [_levels(criterion) for criterion in definition.rubric],
            "newer": latest is not None and latest.number > row.number,
            "holders": holders,
            "issuer": issuer,
            "schema": schema_org(
                {
                    "@type": "EducationalOccupationalCredential",
                    "@id": address,
                    "url": address,
                    "name": definition.name,
                    "description": definition.description,
                    "credentialCategory": "micro-credential",
                    "competencyRequired": [item.name for item in definition.alignments],
                    "recognizedBy": {
                        "@type": "Organization",
                        "name": issuer,
                        "url": app.site.base_url,
                    },
                }
            ),
            "endorsements": endorsed,
        },
        headers={"Vary": "Accept"},
    )


def _levels(criterion: Criterion) -> dict[str, Any]:
    """A criterion as the rubric's macro takes it: nothing is reached yet."""
    return {
        "name": criterion.name,
        "levels": [
            {
                "name": level.name,
                "description": level.description,
                "reached": False,
                "required": level.id == criterion.required_level,
            }
            for level in criterion.levels
        ],
    }
