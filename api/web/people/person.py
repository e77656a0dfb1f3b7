"""/people/by-id/{person}: somebody as those see them who look after them; their roles, and inviting
them. (Their public profile is /people/{handle}.)"""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.access import invitation_link, send_invitation
from api.http.auth import App
from api.http.v1.directory import person_seen
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.people.whose import Administrator, FreshAdministrator, Reader
from api.web.visitor import SignedInVisitor
from api.wiring import Testamur
from ledger.errors import LedgerError
from ledger.people import GrantRole, Person, RevokeRole, WithdrawInvitation
from ledger.policy import ROLES
from projections.people import access_tokens, organizations

router = APIRouter(prefix="/people/by-id/{person}")

_DAYS = 7


@router.get("")
def one(request: Request, app: App, visitor: Reader, person: UUID) -> Response:
    """Who they are, where, in which roles, and whether they have begun."""
    return _shown(request, app, visitor, person, Problems(), None)


@router.post("/roles")
def roles(
    request: Request, app: App, visitor: FreshAdministrator, form: FromForm, person: UUID
) -> Response:
    """Give them a role; or take one away, where ``end`` names it and its unit."""
    role, _, unit = form.text("end").partition(" ")
    held = {"role": role or form.text("role"), "unit": unit or form.text("unit")}
    kind = RevokeRole if role else GrantRole
    try:
        command = kind.model_validate({"person": person, "role": held})
        app.bus.execute(form.asked, command)
    except (LedgerError, ValidationError) as error:
        problems = Problems.from_error(request, error, {"role-already-held": "role"})
        return _shown(request, app, visitor, person, problems, form)
    said = say(request, _TAKEN if role else _GIVEN)
    return see_other(request, f"/people/by-id/{person}", said)


@router.post("/invitation")
def invite(
    request: Request, app: App, visitor: Administrator, form: FromForm, person: UUID
) -> Response:
    """Invite them; the link is shown this once."""
    try:
        made = send_invitation(app, form.asked, person, _DAYS)
    except LedgerError as error:
        problems = Problems.from_error(request, error)
        return _shown(request, app, visitor, person, problems, form)
    return page(
        request,
        "people/invited.html",
        {
            "person": person_seen(app, visitor.caller, person),
            "link": invitation_link(app, made.secret),
            "expires": made.expires,
        },
    )


@router.post("/invitation/withdraw")
def withdraw(
    request: Request, app: App, visitor: Administrator, form: FromForm, person: UUID
) -> Response:
    """Let an invitation be used no more."""
    try:
        command = WithdrawInvitation.model_validate({"invitation": form.text("invitation")})
        app.bus.execute(form.asked, command)
    except (LedgerError, ValidationError) as error:
        problems = Problems.from_error(request, error)
        return _shown(request, app, visitor, person, problems, form)
    return see_other(request, f"/people/by-id/{person}", say(request, _WITHDRAWN))


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    person: UUID,
    problems: Problems,
    kept: Posted | None,
) -> Response:
    found = person_seen(app, visitor.caller, person)
    may_change = visitor.caller.role == "administrator"
    with app.views.reading("organizations", "access-tokens") as connection:
        units = organizations.tree(connection)
        sent = access_tokens.open_invitations(connection, str(person), app.clock(), "", 20)
    return page(
        request,
        "people/person.html",
        {
            "person": found,
            "version": app.store.read(Person, person, "person").version,
            "units": units,
            "within": organizations.within(units, str(visitor.unit)),
            "roles": ROLES,
            "open_invitations": sent if may_change else [],
            "may_change": may_change,
            "is_oneself": visitor.caller.person == person,
            "problems": problems,
            "kept": kept,
        },
        problems.status,
    )


_GIVEN = message("They have the role from now on.")
_TAKEN = message("They have the role no more.")
_WITHDRAWN = message("The invitation can be used no more.")
