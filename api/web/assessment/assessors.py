"""/assessors: who may assess what, and how much they have open; qualifications given and ended."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.http.auth import App
from api.http.v1.overview import assessors_within
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import SignedInVisitor, acting_as
from api.wiring import Testamur
from ledger.assessment import DisqualifyAssessor, QualifyAssessor
from ledger.errors import LedgerError
from projections.catalogue import micro_credentials
from projections.people import organizations

router = APIRouter()

Manager = Annotated[SignedInVisitor, acting_as("programme-manager")]

_MOST = 500


@router.get("/assessors")
def listing(request: Request, app: App, visitor: Manager) -> Response:
    """By name, each with what they are qualified for."""
    return _shown(request, app, visitor, Problems(), None)


@router.post("/assessors")
def qualify(request: Request, app: App, visitor: Manager, form: FromForm) -> Response:
    """Qualify an assessor; or end that, where ``end`` names the micro-credential."""
    ended = form.text("end")
    micro = ended or form.text("micro_credential")
    values = {"person": form.text("person"), "micro_credential": micro}
    try:
        if ended:
            app.bus.execute(form.asked, DisqualifyAssessor.model_validate(values))
        else:
            app.bus.execute(form.asked, QualifyAssessor.model_validate(values))
    except (LedgerError, ValidationError) as error:
        named = {"microCredential": "micro_credential", "not-an-assessor": "person"}
        return _shown(request, app, visitor, Problems.from_error(request, error, named), form)
    return see_other(request, "/assessors", say(request, _ENDED if ended else _QUALIFIED))


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    problems: Problems,
    kept: Posted | None,
) -> Response:
    found = assessors_within(app, visitor.caller, visitor.unit)
    names = app.directory.names(str(each.person) for each in found)
    with app.views.reading("organizations", "micro-credentials") as connection:
        owners = organizations.units_within(connection, str(visitor.unit))
        own = micro_credentials.owned(connection, owners, 0, _MOST)
        wanted = [str(micro) for each in found for micro in each.qualified_for]
        called = micro_credentials.names_of(connection, wanted)
    offered = [(UUID(row.id), row.name) for row in own if row.latest]
    return page(
        request,
        "assessment/overseen/assessors.html",
        {
            "assessors": found,
            "names": names,
            "called": called,
            "micros": offered,
            "own": {micro for micro, _ in offered},
            "problems": problems,
            "kept": kept,
        },
        problems.status,
    )


_QUALIFIED = message("They may assess it from now on.")
_ENDED = message("They are given no more of these; what they have begun they finish.")
