"""/sign-in/oidc: by the account that one has at a district's own provider."""

from __future__ import annotations

import hmac
import json
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from api.access import send_invitation
from api.accounts.credentials import guest_of
from api.accounts.oidc import Identity, Provider
from api.accounts.signing_in import Shown, account_of, first_role
from api.accounts.stamps import A_WHILE
from api.http.auth import App
from api.web.cookies import cookie, drop_cookie, set_cookie
from api.web.csrf import form_token
from api.web.forms import Problems
from api.web.signin.arriving import Next
from api.web.signin.steps import arrive, may_try, sign_in_page
from api.web.visitor import is_fresh, own_address, visitor_of
from api.wiring import Testamur
from ledger.bus import Request as CommandRequest
from ledger.context import SYSTEM
from ledger.errors import Invalid, LedgerError, NotFound, RuleBroken
from ledger.people import AddCredential, FollowGroups, Person

router = APIRouter(prefix="/sign-in/oidc")

_COOKIE = "testamur-oidc"
_GONE = "provider.gone-to"


@router.get("")
def go(
    app: App,
    request: Request,
    next_: Next = "/",
    invitation: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """To the provider. ``invitation`` is a link's secret that is used when its person comes back;
    whoever is signed in freshly links their account, or shows again that it is them."""
    provider = _provider(app)
    visitor = visitor_of(request)
    try:
        may_try(request, app)
        begun = provider.begin(again=visitor.session is not None)
    except LedgerError as error:
        return _refused(request, app, next_, error)
    values = {
        "state": begun.state,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "next": own_address(next_),
        "invitation": invitation,
        "person": str(visitor.person or ""),
    }
    ends = app.clock() + A_WHILE
    set_cookie(request, _COOKIE, app.accounts.stamps.make(_GONE, values, ends, _COOKIE))
    return RedirectResponse(begun.address, 303)


@router.get("/callback")
def back(
    app: App,
    request: Request,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=400)] = "",
    iss: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """From the provider, in the browser that went there."""
    provider, stamps, now = _provider(app), app.accounts.stamps, app.clock()
    kept = cookie(request, _COOKIE) or ""
    drop_cookie(request, _COOKIE)
    said = stamps.read(_GONE, kept, now, _COOKIE)
    try:
        if (
            said is None
            or not hmac.compare_digest(said["state"].encode(), state.encode())
            or iss not in ("", provider.issuer)
            or not code
            or not stamps.use(kept, now, now + A_WHILE)
        ):
            raise Invalid("provider-refused", "that took too long, or began elsewhere; try again")
        identity = provider.end(code, said["nonce"], said["verifier"])
        person = _whose(app, request, provider, identity, said)
        _follow(app, provider, person, identity)
        credential = _held(app, person, identity)
        return arrive(request, app, Shown(person, credential, "identity", ""), said["next"])
    except LedgerError as error:
        return _refused(request, app, said["next"] if said else "/", error)


@router.post("/logout")
def logout(app: App, logout_token: Annotated[str, Form(max_length=20_000)] = "") -> Response:
    """The provider says that somebody signed out there: their sessions that began there end. From
    server to server, so by its signature and not by a form's token."""
    provider, now = _provider(app), app.clock()
    kept = {"Cache-Control": "no-store"}
    try:
        subject, jti = provider.ended(logout_token)
    except LedgerError as error:
        return JSONResponse(
            {"error": "invalid_request", "error_description": str(error)}, 400, kept
        )
    if not app.accounts.stamps.use(f"logout:{provider.issuer}:{jti}", now, now + A_WHILE * 6):
        return JSONResponse({"error": "invalid_request"}, 400, kept)
    person = app.vault.holder_of_identity(provider.issuer, subject)
    if person is not None:
        app.accounts.sessions.end_all(person, how="identity")
    return Response(status_code=200, headers=kept)


def _provider(app: Testamur) -> Provider:
    """Raises NotFound where none is set."""
    if app.provider is None:
        raise NotFound("provider")
    return app.provider


def _whose(
    app: Testamur, request: Request, provider: Provider, identity: Identity, said: dict[str, Any]
) -> UUID:
    """The person whose identity it is, or who links it now. Raises LedgerError.

    By issuer and subject alone; an address only where the operator lets it link (ASVS 10.5.2)."""
    person = app.vault.holder_of_identity(identity.issuer, identity.subject)
    visitor = visitor_of(request)
    if visitor.person is not None and said["person"] == str(visitor.person):
        if person not in (None, visitor.person):
            raise RuleBroken("not-linked", "that account belongs to somebody else here")
        if person is None and visitor.caller is not None:
            if visitor.session is None or not is_fresh(visitor.session, app.clock()):
                raise RuleBroken("not-linked", "show first that it is you, then link it")
            _link(app, CommandRequest(visitor.caller), identity, None)
        return visitor.person
    if person is not None:
        return person
    if said["invitation"]:
        guest = guest_of(app, said["invitation"])
        if guest.has_begun:
            raise RuleBroken("not-linked", "sign in first, and link that account then")
        _link(app, CommandRequest(guest.caller), identity, guest.invitation)
        return guest.person
    found = app.vault.holder_of(identity.address) if identity.address else None
    if found is None or not provider.links_by_address:
        raise RuleBroken("not-linked", "open your invitation first, or sign in and link it")
    _follow(app, provider, found, identity)
    trusted = send_invitation(app, CommandRequest(SYSTEM), found, A_WHILE, by_mail=False)
    _link(app, CommandRequest(first_role(app, found)), identity, trusted.id)
    return found


def _link(
    app: Testamur, asked: CommandRequest, identity: Identity, invitation: UUID | None
) -> None:
    person = asked.caller.person
    assert person is not None
    command = AddCredential(
        credential=uuid4(),
        kind="identity",
        label=identity.issuer[:100],
        value=json.dumps([identity.issuer, identity.subject]),
        invitation=invitation,
    )
    app.bus.execute(asked, command)
    app.vault.claim_identity(identity.issuer, identity.subject, person)


def _held(app: Testamur, person: UUID, identity: Identity) -> UUID:
    """The credential of a person's identity. Raises RuleBroken where it was let go."""
    account = account_of(app, person)
    wanted = json.dumps([identity.issuer, identity.subject]).encode()
    for key, held in (account.credentials if account else {}).items():
        if held.kind == "identity" and held.value and app.vault.open(held.value) == wanted:
            return key
    app.vault.drop_identity(identity.issuer, identity.subject)
    raise RuleBroken("not-linked", "that account is no longer linked; sign in and link it again")


def _follow(app: Testamur, provider: Provider, person: UUID, identity: Identity) -> None:
    """Roles as the operator's rule says. Raises LedgerError."""
    if not provider.rule:
        return
    roles, ruled = provider.roles_for(identity.groups), tuple(set(provider.rule.values()))
    held = app.store.read(Person, person, "person").grants
    missing = any((each.role, each.unit) not in held for each in roles)
    surplus = any((r.role, r.unit) in held for r in ruled if r not in roles)
    if missing or surplus:
        command = FollowGroups(person=person, roles=roles, ruled=ruled)
        app.bus.execute(CommandRequest(SYSTEM), command)


def _refused(request: Request, app: Testamur, next_: str, error: LedgerError) -> Response:
    form_token(request)
    values = {"problems": Problems.from_error(request, error)}
    return sign_in_page(request, app, own_address(next_), values, 422)
