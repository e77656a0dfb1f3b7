"""/people: who works here, in which roles. Units and roles are filters in the address; words of
names and addresses are posted, and stand in none."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field, ValidationError

from api.http.auth import App
from api.http.v1.answers import Body
from api.http.v1.directory import found_within, people_shown, people_table
from api.web.forms import FromForm, Problems
from api.web.language import message, say
from api.web.lists import ON_A_PAGE, Turned, asked_for, csv_address
from api.web.pages import page, see_other
from api.web.people.whose import Administrator, Reader
from api.web.visitor import SignedInVisitor
from api.wiring import Testamur
from ledger.errors import LedgerError
from ledger.people import RegisterPerson
from ledger.policy import ROLES, Role
from projections.people import organizations

router = APIRouter()


class Filter(Body):
    """Whom to show."""

    unit: UUID | None = None
    role: Role | None = None
    words: str = Field(default="", max_length=200)


@router.get("/people")
def listing(request: Request, app: App, visitor: Reader) -> Response:
    """Everybody at a unit, by name."""
    asking = asked_for(Filter, request).model_copy(update={"words": ""})
    return _listed(request, app, visitor, asking, Turned.by(request))


@router.post("/people")
def search(request: Request, app: App, visitor: Reader, form: FromForm) -> Response:
    """Those in whose name or address some words occur; the first of them."""
    given = {name: form.text(name) for name in ("unit", "role", "words") if form.text(name)}
    try:
        asking = Filter.model_validate(given)
    except ValidationError:
        asking = Filter(words=form.text("words")[:200])
    return _listed(request, app, visitor, asking, Turned(request, 1))


@router.get("/people.csv")
def table(request: Request, app: App, visitor: Reader) -> Response:
    """The people of a unit as a spreadsheet that can be sent back."""
    unit = asked_for(Filter, request).unit or visitor.unit
    headers = {"Content-Disposition": 'attachment; filename="people.csv"'}
    data = people_table(app, visitor.caller, unit)
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


def _listed(
    request: Request, app: Testamur, visitor: SignedInVisitor, asking: Filter, turned: Turned
) -> Response:
    unit = asking.unit or visitor.unit
    found = found_within(app, visitor.caller, unit, asking.words, asking.role)
    with app.views.reading("organizations") as connection:
        units = organizations.tree(connection)
    return page(
        request,
        "people/list.html",
        {
            "asking": asking,
            "rows": people_shown(app, found[turned.offset : turned.offset + turned.limit]),
            "total": len(found),
            "turned": turned,
            "on_a_page": ON_A_PAGE,
            "csv": csv_address(request, "/people.csv"),
            "units": units,
            "within": organizations.within(units, str(visitor.unit)),
            "roles": ROLES,
        },
    )


@router.get("/people/new")
def new(request: Request, app: App, visitor: Administrator) -> Response:
    """Somebody who is to take part."""
    return page(request, "people/new.html", _choices(app, visitor))


@router.post("/people/new")
def register(request: Request, app: App, visitor: Administrator, form: FromForm) -> Response:
    """Register them; the next page invites them."""
    home = form.text("home")
    values = {
        "name": form.text("name"),
        "email": form.text("email"),
        "home": home,
        "roles": [{"role": role, "unit": home} for role in form.all("role")],
    }
    try:
        made = app.bus.execute(form.asked, RegisterPerson.model_validate(values))
    except (LedgerError, ValidationError) as error:
        named = {"bad-name": "name", "bad-email": "email", "email-taken": "email", "roles": "role"}
        problems = Problems.from_error(request, error, named)
        shown = _choices(app, visitor) | {"problems": problems, "kept": form}
        return page(request, "people/new.html", shown, problems.status)
    return see_other(request, f"/people/by-id/{made.id}", say(request, _REGISTERED))


def _choices(app: Testamur, visitor: SignedInVisitor) -> dict[str, object]:
    with app.views.reading("organizations") as connection:
        units = organizations.tree(connection)
    return {"units": organizations.within(units, str(visitor.unit)), "roles": ROLES}


_REGISTERED = message("They are registered. Invite them, so that they can begin.")
