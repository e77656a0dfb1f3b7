"""Invitations, access tokens, and what is held about somebody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.access import Secret, invitation_link, issue_token, send_invitation, use_invitation
from api.cli.acting import Token, request_of, request_or_operator
from api.cli.naming import person_named
from api.cli.program import command as typed
from api.cli.terminal import AsJson, Home, print_answer, print_json
from api.disclosure import disclose
from api.settings import load_settings
from api.wiring import Testamur
from ledger.errors import RuleBroken
from ledger.people import (
    EndToken,
    Invitation,
    Person,
    RoleWithin,
    WithdrawInvitation,
    secret_id,
)
from projections import unseal
from projections.people import access_tokens

_LISTED = 1000

invitations = typer.Typer(
    help="Invitations: how a person comes to a first token.", no_args_is_help=True
)
tokens = typer.Typer(help="Access tokens: one's own, for one role.", no_args_is_help=True)


@invitations.command(name="send")
def send(
    person: Annotated[str, typer.Argument(help="The person to invite; their id or handle.")],
    days: Annotated[int, typer.Option(min=1, max=10_000, help="How long it can be used.")] = 7,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Invite a person, as an administrator; without a token, as the operator."""
    with Testamur.open(load_settings(home)) as app:
        made = send_invitation(
            app, request_or_operator(app, token), person_named(app, person), days
        )
        told = invitation_told(app, made)
    if as_json:
        print_json(told)
    else:
        print_invitation(told)


@invitations.command(name="accept")
def accept(
    secret: Annotated[str, typer.Argument(help="The invitation's secret, or its link.")],
    role: Annotated[str, typer.Option(help="The role that the token is to act in.")],
    unit: Annotated[
        UUID | None, typer.Option(help="The unit of that role; needed where there are several.")
    ] = None,
    label: Annotated[str, typer.Option(help="What the token is for; kept sealed.")] = "first",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Use an invitation, once, and get the person's first token."""
    secret = secret.rpartition("/")[2]
    with Testamur.open(load_settings(home)) as app:
        within = _role_of(app, secret, role, unit)
        made = use_invitation(app, secret, within, label)
    _tell_token(made, as_json)


@invitations.command(name="withdraw")
def withdraw(
    invitation: Annotated[UUID, typer.Argument(help="The invitation's id.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let an invitation be used no more."""
    with Testamur.open(load_settings(home)) as app:
        command = WithdrawInvitation(invitation=invitation)
        answer = app.bus.execute(request_of(app, token), command)
    print_answer(answer, as_json, "Withdrawn.")


@tokens.command(name="issue")
def issue(
    label: Annotated[str, typer.Option(help="What the token is for; kept sealed.")],
    days: Annotated[
        int | None, typer.Option(min=1, help="How long it lives; else 90 days, or as yours.")
    ] = None,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a further token for oneself, for the same role; it does not outlive the one used."""
    with Testamur.open(load_settings(home)) as app:
        expires = None if days is None else app.clock() + timedelta(days=days)
        made = issue_token(app, request_of(app, token), label, expires)
    _tell_token(made, as_json)


@tokens.command(name="list")
def list_tokens(token: Token = "", home: Home = None, as_json: AsJson = False) -> None:
    """List one's tokens in force."""
    with Testamur.open(load_settings(home)) as app:
        person = str(request_of(app, token).caller.person)
        with app.views.reading("access-tokens") as connection:
            rows = access_tokens.page(connection, person, app.clock(), "", _LISTED)
        found = [
            {
                "id": row.id,
                "role": row.role,
                "unit": row.unit,
                "label": unseal(app.vault, row.label),
                "issued": row.issued,
                "expires": row.expires,
            }
            for row in rows
        ]
    if as_json:
        print_json(found)
    else:
        for row in found:
            print(f"{row['id']}  {row['role']:18} until {row['expires'][:10]}  {row['label']}")


@tokens.command(name="end")
def end(
    which: Annotated[UUID, typer.Argument(help="The id of the token to end.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """End a token: one's own, or as an administrator anybody's of one's part."""
    with Testamur.open(load_settings(home)) as app:
        answer = app.bus.execute(request_of(app, token), EndToken(token=which))
    print_answer(answer, as_json, "Ended.")


def disclose_command(
    person: Annotated[str, typer.Argument(help="The person who asks; their id or handle.")],
    file: Annotated[Path, typer.Argument(help="The ZIP file to write.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write all that is held about a person, readable: events, badges and evidence."""
    with Testamur.open(load_settings(home)) as app:
        events = disclose(app, person_named(app, person), file)
    if as_json:
        print_json({"file": str(file), "events": events})
    else:
        print(f"{events} events are in {file}.")


def invitation_told(app: Testamur, made: Secret) -> dict[str, str]:
    """An invitation as JSON members, with the link that its person follows."""
    return {
        "invitation": str(made.id),
        "secret": made.secret,
        "url": invitation_link(app, made.secret),
        "expires": made.expires.isoformat(),
    }


def print_invitation(told: dict[str, str]) -> None:
    """The same for people, shown this once."""
    print(f"The invitation can be used once, until {told['expires'][:10]}, and is shown this once:")
    print(f"  {told['url']}")
    print(f"or here: {typed('invitation accept ' + told['secret'] + ' --role ROLE')}")


def _role_of(app: Testamur, secret: str, role: str, unit: UUID | None) -> RoleWithin:
    """The invited person's role, in the unit that is named or else the only one. Raises NotFound,
    RuleBroken."""
    invitation = app.store.read(Invitation, secret_id(secret), "invitation")
    person = app.store.read(Person, invitation.person, "person")
    units = [unit] if unit else [where for held, where in person.grants if held == role]
    if len(units) != 1:
        held = "in no unit" if not units else "in several units: name one with --unit"
        raise RuleBroken("role-not-held", f"the person is {role} {held}")
    return RoleWithin.model_validate({"role": role, "unit": units[0]})


def _tell_token(made: Secret, as_json: bool) -> None:
    if as_json:
        print_json({"id": str(made.id), "token": made.secret, "expires": made.expires.isoformat()})
    else:
        print(f"API token until {made.expires:%Y-%m-%d}, shown this once:")
        print(made.secret)
