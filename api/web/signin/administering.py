"""/people/{person}/sign-in: what an administrator does for somebody who lost every way in, or whose
browser is in other hands. Who may is decided by the command."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.access import send_invitation
from api.accounts.credentials import listed
from api.accounts.signing_in import account_of
from api.http.auth import App
from api.web.forms import FromForm, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import Freshly, SignedInVisitor, acting_as
from api.wiring import Testamur
from ledger.bus import Request as CommandRequest
from ledger.context import SYSTEM
from ledger.errors import LedgerError
from ledger.people import Account, Person, ResetAccount

router = APIRouter(prefix="/people/{person}/sign-in")
Administrator = Annotated[SignedInVisitor, acting_as("administrator")]

_LIFE = timedelta(days=1)
_KEPT = ("password", "one-time-codes", "recovery-codes")


@router.get("")
def look(app: App, request: Request, visitor: Administrator, person: UUID) -> Response:
    """By what kinds of credentials they sign in; never the credentials."""
    return _page(app, request, visitor, person, Problems())


@router.post("")
def reset(
    app: App,
    request: Request,
    visitor: Administrator,
    _fresh: Freshly,
    person: UUID,
    form: FromForm,
) -> Response:
    """Let everything go by which they signed in, end their sessions, and send them, never the
    administrator, a link to begin anew."""
    try:
        app.bus.execute(form.asked, ResetAccount(account=Account.id_for(person)))
    except LedgerError as error:
        return _page(app, request, visitor, person, Problems.from_error(request, error))
    app.accounts.sessions.end_all(person)
    for kind in _KEPT:
        app.vault.drop(person, kind)
    if app.letters.can_send:
        send_invitation(app, CommandRequest(SYSTEM), person, _LIFE)
        return see_other(request, f"/people/{person}/sign-in", say(request, _SENT))
    return see_other(request, f"/people/{person}/sign-in", say(request, _ASK))


_SENT = message("Reset. A link to begin anew is on its way to their own address.")
_ASK = message(
    "Reset. Nothing is sent by mail here: the operator makes a link with testamur invitation send."
)


def _page(
    app: Testamur, request: Request, visitor: SignedInVisitor, person: UUID, problems: Problems
) -> Response:
    """Raises NotFound, NotPermitted."""
    found = app.store.read(Person, person, "person")
    app.bus.require(visitor.caller, "people.read", found.home)
    name = app.vault.open(found.name)
    account = account_of(app, person)
    values = {
        "person": person,
        "name": name.decode() if name else "",
        "kinds": sorted({each.kind for each in listed(app, person)}),
        "locked_until": account.locked_until.isoformat()
        if account and account.locked_until and account.locked_until > app.clock()
        else "",
        "sessions": len(app.accounts.sessions.of(person, app.clock())),
        "problems": problems,
    }
    return page(request, "signin/administering.html", values, problems.status)
