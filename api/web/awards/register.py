"""/awards: the register with its chart, and one award with what may be done to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from api.http.auth import App
from api.http.v1.registers import (
    AwardFilter,
    awards_table,
    awards_within,
    counted,
    number_within,
)
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.lists import Turned, asked_for, csv_address
from api.web.pages import page, see_other
from api.web.visitor import SignedIn, SignedInVisitor, acting_as, freshly
from api.wiring import Testamur
from ledger.awards import (
    Award,
    ReinstateAward,
    RenewAward,
    RevokeAward,
    SuspendAward,
)
from ledger.awards import Reason as PublicReason
from ledger.catalogue import MicroCredential
from ledger.command import Answer, Command
from ledger.errors import LedgerError, NotFound
from projections.awards import register
from projections.catalogue import micro_credentials
from projections.people import organizations

router = APIRouter()

Overseer = Annotated[SignedInVisitor, acting_as("programme-manager", "administrator", "auditor")]

REASONS = get_args(PublicReason)


@router.get("/awards")
def listing(request: Request, app: App, visitor: Overseer) -> Response:
    """A sentence, a chart and the table, newest first."""
    asking, turned = asked_for(AwardFilter, request), Turned.by(request)
    caller, unit = visitor.caller, visitor.unit
    rows = awards_within(app, caller, unit, asking, turned.offset, turned.limit)
    years = counted(app, caller, unit)
    with app.views.reading("organizations", "micro-credentials") as connection:
        units = organizations.tree(connection)
        micros = micro_credentials.owned(connection, list(units), 0, 500)
        names = micro_credentials.names_of(connection, (str(r.micro_credential) for r in rows))
    return page(
        request,
        "awards/register/list.html",
        {
            "rows": rows,
            "asking": asking,
            "years": years,
            "chart": [(y.school_year, y.active + y.expired + y.suspended) for y in years],
            "total": number_within(app, caller, unit, asking),
            "turned": turned,
            "csv": csv_address(request, "/awards.csv"),
            "micros": [(row.id, row.name) for row in micros if row.latest],
            "campuses": [(u.id, u.name) for u in organizations.campuses(units, str(unit))],
            "units": units,
            "names": names,
        },
    )


@router.get("/awards.csv")
def table(request: Request, app: App, visitor: Overseer) -> Response:
    """The same as a spreadsheet, with the holders' names."""
    asking = asked_for(AwardFilter, request)
    data = awards_table(app, visitor.caller, visitor.unit, asking)
    headers = {"Content-Disposition": 'attachment; filename="awards.csv"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/awards/{award}")
def one(request: Request, app: App, visitor: Overseer, award: UUID) -> Response:
    """One award: in force or not, of whom, since when, and what may be done."""
    return page(request, "awards/register/one.html", _values(app, visitor, award))


_COMMANDS: dict[str, Any] = {
    "revoke": RevokeAward,
    "suspend": SuspendAward,
    "reinstate": ReinstateAward,
    "renew": RenewAward,
}
_DONE = {
    "revoke": message("The badge is revoked. Whoever checks it learns that from now on."),
    "suspend": message("The badge is on hold. Whoever checks it learns that from now on."),
    "reinstate": message("The badge is in force again."),
    "renew": message("The badge holds for a further period. Its address is the same."),
}


def fresh_if_grave(app: App, visitor: SignedIn, action: str) -> None:
    """To revoke, somebody shows first that it is them. Raises SignInFirst."""
    if action == "revoke":
        freshly(app, visitor)


@router.get("/awards/{award}/{action}", dependencies=[Depends(fresh_if_grave)])
def form_of(request: Request, app: App, visitor: Overseer, award: UUID, action: str) -> Response:
    """Why, before it is done."""
    return _form(request, app, visitor, award, action, Problems(), None)


@router.post("/awards/{award}/{action}", dependencies=[Depends(fresh_if_grave)])
def act(
    request: Request,
    app: App,
    visitor: Overseer,
    form: FromForm,
    award: UUID,
    action: str,
) -> Response:
    """First the answers once more, then it is done."""
    values = {"award": award, "note": form.text("note")}
    if action in ("revoke", "suspend"):
        values["reason"] = form.text("reason")
    problems, command = Problems(), None
    try:
        command = _command(action).model_validate(values)
    except (LedgerError, ValidationError) as error:
        problems = Problems.from_error(request, error, {"reason-missing": "note"})
    if command is None or form.text("do") == "change":
        return _form(request, app, visitor, award, action, problems, form)
    if form.text("do") != "confirm":
        shown = _values(app, visitor, award) | {"action": action, "kept": form}
        return page(request, "awards/register/check.html", shown)
    try:
        app.bus.execute(form.asked, command)
    except LedgerError as error:
        refused = Problems.from_error(request, error, {"reason-missing": "note"})
        return _form(request, app, visitor, award, action, refused, form)
    return see_other(request, f"/awards/{award}", say(request, _DONE[action]))


def _command(action: str) -> type[Command[Any, Answer]]:
    if action not in _COMMANDS:
        raise NotFound("page")
    command: type[Command[Any, Answer]] = _COMMANDS[action]
    return command


def _form(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    award: UUID,
    action: str,
    problems: Problems,
    kept: Posted | None,
) -> Response:
    _command(action)
    values = _values(app, visitor, award)
    values |= {"action": action, "reasons": REASONS, "problems": problems, "kept": kept}
    return page(request, "awards/register/action.html", values, problems.status)


def _values(app: Testamur, visitor: SignedInVisitor, award_id: UUID) -> dict[str, Any]:
    """Raises NotFound, also for an award of another part of the organization."""
    award = app.store.find(Award, award_id)
    may = app.bus.policy().may(visitor.caller.role, "register.read")
    if award is None or not may or visitor.unit not in app.authority.path(award.campus):
        raise NotFound("award")
    with app.views.reading("awards", "organizations") as connection:
        row = register.by_id(connection, str(award_id))
        units = organizations.tree(connection)
    if row is None:
        raise NotFound("award")
    micro = app.store.read(MicroCredential, award.micro_credential, "micro-credential")
    happened = list(_happened(app, award_id))
    people = [str(award.person), *(str(item["who"]) for item in happened)]
    role = visitor.caller.role
    return {
        "award": row,
        "status": register.status_now(row, app.clock()),
        "version": award.version,
        "definition": micro.published(award.number),
        "campus": units[str(award.campus)],
        "people": app.directory.names(people),
        "happened": happened,
        "may": [action for action in _possible(award) if _may(app, role, action)],
        "badge": app.site.badge(award_id),
    }


def _possible(award: Award) -> Iterator[str]:
    """What the award's state allows, the likely one first."""
    if award.status == "active" and award.valid_until is not None:
        yield "renew"
    if award.status == "suspended":
        yield "reinstate"
    if award.status == "active" and award.status_purpose == "suspension":
        yield "suspend"
    if award.status != "revoked":
        yield "revoke"


def _may(app: Testamur, role: str, action: str) -> bool:
    return app.bus.policy().may(role, _command(action).NAME)


def _happened(app: Testamur, award: UUID) -> Iterator[dict[str, Any]]:
    """Its events, newest first, with the words that were kept sealed."""
    events: list[Any] = list(app.store.events.get(award))
    for event in reversed(events):
        note = getattr(event, "note", None)
        words = None if note is None else app.vault.open(note)
        yield {
            "when": event.timestamp,
            "what": type(event).__name__,
            "who": event.actor,
            "reason": getattr(event, "reason", None),
            "note": None if words is None else words.decode(),
        }
