"""/v1: the award register of a unit, searched, counted, and as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api import spreadsheet
from api.http.auth import App, Who
from api.http.v1.answers import Body, Items, Limit, Offset
from api.wiring import Testamur
from ledger.context import Caller
from ledger.value import Value
from projections.awards import register
from projections.awards.register import Sought
from projections.catalogue import micro_credentials
from projections.people import organizations

router = APIRouter(tags=["awards"])

Status = Literal["active", "expired", "suspended", "revoked"]

_COLUMNS = (
    "name",
    "micro-credential",
    "version",
    "campus",
    "school year",
    "awarded",
    "valid until",
    "status",
    "reason",
    "badge",
)
_AT_ONCE = 500


class AwardFilter(Body):
    """Which awards; what is left out is not asked about."""

    status: Status | None = None
    micro_credential: UUID | None = None
    campus: UUID | None = None
    school_year: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}$")] | None = None


class AwardListed(Value):
    """``name`` is the holder's, null once they were erased."""

    id: UUID
    badge: str
    person: UUID
    name: str | None
    campus: UUID
    micro_credential: UUID
    number: int
    school_year: str
    awarded: datetime
    valid_until: datetime | None
    status: Status
    reason: str | None


@router.get("/organizations/{unit}/awards")
def listing(
    app: App,
    who: Who,
    unit: UUID,
    asking: Annotated[AwardFilter, Query()],
    offset: Offset = 0,
    limit: Limit = 50,
) -> Items[AwardListed]:
    """Awards made at the campuses of a unit, newest first."""
    return Items[AwardListed](items=awards_within(app, who, unit, asking, offset, limit))


def awards_within(
    app: Testamur, who: Caller, unit: UUID, asking: AwardFilter, offset: int, limit: int
) -> list[AwardListed]:
    """A page of them. Raises NotPermitted."""
    which = sought(app, who, unit, asking)
    now = app.clock()
    with app.views.reading("awards") as connection:
        rows = register.sought(connection, which, now, offset, limit)
    names = app.directory.names(row.person for row in rows)
    return [
        AwardListed(
            id=row.id,
            badge=app.site.badge(row.id),
            person=row.person,
            name=names.get(row.person),
            campus=row.campus,
            micro_credential=row.micro_credential,
            number=row.number,
            school_year=row.school_year,
            awarded=row.awarded,
            valid_until=row.valid_until,
            status=register.status_now(row, now),
            reason=row.reason,
        )
        for row in rows
    ]


def number_within(app: Testamur, who: Caller, unit: UUID, asking: AwardFilter) -> int:
    """How many there are. Raises NotPermitted."""
    which = sought(app, who, unit, asking)
    with app.views.reading("awards") as connection:
        return register.count(connection, which, app.clock())


def sought(app: Testamur, who: Caller, unit: UUID, asking: AwardFilter) -> Sought:
    """The question as the read model takes it, of that unit only. Raises NotPermitted."""
    app.bus.require(who, "register.read", unit)
    with app.views.reading("organizations") as connection:
        within = organizations.units_within(connection, str(unit))
    campus = None if asking.campus is None else str(asking.campus)
    return Sought(
        within if campus is None else [each for each in within if each == campus],
        status=asking.status,
        micro_credential=None if asking.micro_credential is None else str(asking.micro_credential),
        school_year=asking.school_year,
    )


class YearCounted(Value):
    school_year: str
    active: int
    expired: int
    suspended: int
    revoked: int


@router.get("/organizations/{unit}/awards/counts")
def counts(app: App, who: Who, unit: UUID) -> Items[YearCounted]:
    """How the awards of each school year stand today."""
    return Items[YearCounted](items=counted(app, who, unit))


def counted(app: Testamur, who: Caller, unit: UUID) -> list[YearCounted]:
    """The same. Raises NotPermitted."""
    which = sought(app, who, unit, AwardFilter())
    with app.views.reading("awards") as connection:
        by_year = register.by_school_year(connection, which.campuses, app.clock().date())
    return [YearCounted(school_year=year, **numbers) for year, numbers in by_year.items()]


@router.get(
    "/organizations/{unit}/awards.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def table(app: App, who: Who, unit: UUID, asking: Annotated[AwardFilter, Query()]) -> Response:
    """The same awards as a spreadsheet, with the holders' names."""
    return Response(awards_table(app, who, unit, asking), media_type="text/csv; charset=utf-8")


def awards_table(app: Testamur, who: Caller, unit: UUID, asking: AwardFilter) -> bytes:
    """The same. Raises NotPermitted."""
    which = sought(app, who, unit, asking)
    return b"".join(spreadsheet.write(_COLUMNS, _lines(app, which)))


def _lines(app: Testamur, which: Sought) -> Iterator[tuple[object, ...]]:
    now, after = app.clock(), 0
    with app.views.reading("awards", "organizations", "micro-credentials") as found:
        tree = organizations.tree(found)
        while rows := register.sought(found, which, now, after, _AT_ONCE):
            names = app.directory.names(row.person for row in rows)
            micros = micro_credentials.names_of(found, [row.micro_credential for row in rows])
            for row in rows:
                yield (
                    names.get(row.person, ""),
                    micros[row.micro_credential],
                    row.number,
                    tree[row.campus].name,
                    row.school_year,
                    row.awarded[:10],
                    (row.valid_until or "")[:10],
                    register.status_now(row, now),
                    row.reason,
                    app.site.badge(UUID(row.id)),
                )
            after += len(rows)
