"""/units: the organization as a tree, and a further unit in it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.http.auth import App
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.people.whose import Administrator
from api.web.visitor import SignedInVisitor
from api.wiring import Testamur
from ledger.errors import LedgerError
from ledger.people import RegisterOrganization
from projections.people import organizations, persons

router = APIRouter()

_BELOW = {"network": "district", "district": "campus"}


@router.get("/units")
def tree(request: Request, app: App, visitor: Administrator) -> Response:
    """Each unit with how many people work there."""
    return _shown(request, app, visitor, Problems(), None)


@router.post("/units")
def register(request: Request, app: App, visitor: Administrator, form: FromForm) -> Response:
    """A district below the network, or a campus below a district."""
    with app.views.reading("organizations") as connection:
        units = organizations.tree(connection)
    above = units.get(form.text("parent"))
    kind = _BELOW.get(above.kind) if above else None
    values = {"name": form.text("name"), "kind": kind or "campus", "parent": form.text("parent")}
    try:
        app.bus.execute(form.asked, RegisterOrganization.model_validate(values))
    except (LedgerError, ValidationError) as error:
        problems = Problems.from_error(request, error, {"bad-name": "name"})
        return _shown(request, app, visitor, problems, form)
    return see_other(request, "/units", say(request, _REGISTERED))


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    problems: Problems,
    kept: Posted | None,
) -> Response:
    with app.views.reading("organizations", "persons") as connection:
        units = organizations.tree(connection)
        people = persons.count_by_home(connection)
    own = organizations.within(units, str(visitor.unit))
    return page(
        request,
        "people/units.html",
        {
            "units": own,
            "top": own[0].id,
            "depth": {unit.id: len(unit.path) if unit.parent else 0 for unit in own},
            "people": people,
            "parents": [unit for unit in own if unit.kind in _BELOW],
            "problems": problems,
            "kept": kept,
        },
        problems.status,
    )


_REGISTERED = message("The unit is registered.")
