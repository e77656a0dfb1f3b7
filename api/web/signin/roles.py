"""/me/role: in which of one's roles one acts."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.http.auth import App
from api.web.cookies import SESSION, set_cookie
from api.web.forms import FromForm, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.signin.arriving import Next
from api.web.signin.steps import home_of
from api.web.visitor import SignInFirst, Visitor, own_address, visitor_of

router = APIRouter()


@router.get("/me/role")
def choose(request: Request, next_: Next = "/") -> Response:
    """One's roles."""
    return _page(request, _somebody(request), own_address(next_))


@router.post("/me/role")
def change(app: App, request: Request, form: FromForm) -> Response:
    """Act in another role from now on; the browser gets a new secret."""
    visitor = _somebody(request)
    role, _, unit = form.text("role").partition("@")
    held = [each for each in visitor.roles if (each.role, str(each.unit)) == (role, unit)]
    next_ = own_address(form.text("next"))
    if not held or visitor.session is None:
        problems = Problems()
        problems.add("role", say(request, _CHOOSE))
        return _page(request, visitor, next_, problems)
    secret = app.accounts.sessions.act_as(visitor.session, role, UUID(unit))
    if secret is None:
        raise SignInFirst("/sign-in")
    set_cookie(request, SESSION, secret)
    return see_other(request, next_ if next_ != "/" else home_of(role))


_CHOOSE = message("Choose one of your roles.")


def _somebody(request: Request) -> Visitor:
    """Signed in; whether in a role that they hold still is what this page is about."""
    visitor = visitor_of(request)
    if visitor.session is None:
        raise SignInFirst("/sign-in")
    return visitor


def _page(
    request: Request, visitor: Visitor, next_: str, problems: Problems | None = None
) -> Response:
    values = {"roles": visitor.roles, "next": next_, "problems": problems or Problems()}
    return page(request, "signin/roles.html", values, problems.status if problems else 200)
