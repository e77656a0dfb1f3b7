"""/sign-in/recover: who lost their way in gets a link to their own address."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, BackgroundTasks, Request, Response

from api.access import send_invitation
from api.accounts.signing_in import TooMany, key_of
from api.http.auth import App
from api.web.forms import FromForm, Problems
from api.web.pages import page
from api.web.signin.steps import may_try
from api.wiring import Testamur
from ledger.bus import Request as CommandRequest
from ledger.context import SYSTEM
from ledger.errors import LedgerError
from ledger.people import Person

router = APIRouter(prefix="/sign-in/recover")

_LIFE = timedelta(hours=1)


@router.get("")
def ask(app: App, request: Request) -> Response:
    """Where the link is to go."""
    return _page(app, request)


@router.post("")
def asked(app: App, request: Request, form: FromForm, afterwards: BackgroundTasks) -> Response:
    """Answered alike for an address that nobody has. What follows is done once that was said, so
    that it takes as long."""
    try:
        may_try(request, app)
    except TooMany as error:
        return _page(app, request, Problems.from_error(request, error))
    afterwards.add_task(send_link, app, form.text("address"))
    return page(request, "signin/recovery_asked.html", {"address": form.text("address")})


def send_link(app: Testamur, address: str) -> None:
    """An invitation that lets somebody in again, by mail only; nothing for nobody."""
    person = app.vault.holder_of(address) if "@" in address else None
    if person is None or not app.letters.can_send:
        return
    if not app.accounts.failures.may_write_to(key_of(app, address)):
        return
    try:
        if app.store.read(Person, person, "person").grants:
            send_invitation(app, CommandRequest(SYSTEM), person, _LIFE)
    except LedgerError:
        return  # whoever asks learns nothing


def _page(app: Testamur, request: Request, problems: Problems | None = None) -> Response:
    values = {"by_mail": app.letters.can_send, "problems": problems or Problems()}
    return page(request, "signin/recover.html", values, problems.status if problems else 200)
