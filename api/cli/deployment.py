"""The deployment as its operator has it: founding, the rules in force, the public address."""

from __future__ import annotations

from typing import Annotated

import typer

from api.access import send_invitation
from api.capabilities import NEWEST_POLICY
from api.cli.operate import begin
from api.cli.people.access import invitation_told, print_invitation
from api.cli.terminal import AsJson, Home, print_answer, print_json
from api.founding import at_present_address
from api.settings import load_settings, public_address
from api.wiring import Testamur
from ledger.bus import Request
from ledger.context import SYSTEM
from ledger.people import AdoptPolicy, DeploymentMoved, Founded, FoundNetwork, MoveDeployment

_DAYS = 7
"""How long the first administrator's invitation can be used."""

policy = typer.Typer(help="The rules in force, by editions.", no_args_is_help=True)


def found(
    network: Annotated[str, typer.Argument(help="The network's name.")],
    administrator: Annotated[str, typer.Argument(help="The first administrator's name.")],
    email: Annotated[str, typer.Argument(help="Their e-mail address.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Begin a ledger: its network, its first administrator and their invitation, used once."""
    command = FoundNetwork(name=network, administrator=administrator, email=email)
    with begin(load_settings(home)) as app:
        answer = app.bus.execute(Request(SYSTEM), command)
        assert isinstance(answer, Founded)
        made = send_invitation(app, Request(SYSTEM), answer.administrator, _DAYS)
        told = invitation_told(app, made)
    if as_json:
        print_json({**answer.model_dump(mode="json", by_alias=True), **told})
    else:
        print(f"{network} is founded. {administrator} ({answer.administrator}) is invited.")
        print_invitation(told)


@policy.command()
def show(home: Home = None, as_json: AsJson = False) -> None:
    """Show the rules in force: who may do what, the attestation, the limits."""
    with Testamur.open(load_settings(home)) as app:
        in_force = app.bus.policy()
    if as_json:
        print_json(
            {
                **in_force.model_dump(mode="json", by_alias=True),
                "newestKnown": NEWEST_POLICY.edition,
            }
        )
        return
    print(f"Edition {in_force.edition} is in force; this software knows {NEWEST_POLICY.edition}.")
    print(f"\nAttestation: {in_force.attestation}\n")
    for name, value in in_force.limits:
        print(f"  {name.replace('_', ' '):24} {value:,}")
    print()
    for action, roles in in_force.permissions.items():
        print(f"  {action:24} {', '.join(roles)}")


@policy.command()
def adopt(home: Home = None, as_json: AsJson = False) -> None:
    """Adopt the newest edition that this software knows; it counts from now on.

    Software that does not know it refuses to start from then on.
    """
    with Testamur.open(load_settings(home)) as app:
        answer = app.bus.execute(Request(SYSTEM), AdoptPolicy(policy=NEWEST_POLICY))
    print_answer(
        answer,
        as_json,
        f"Edition {NEWEST_POLICY.edition} is in force.",
        edition=NEWEST_POLICY.edition,
    )


def move_address(
    address: Annotated[str, typer.Argument(help="The new public address, https://…")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Move the ledger to another public address. What was issued under the old one stays there.

    New badges name the new issuer. Keep the old host pointing here: its DID document, status
    lists and badges go on being served to whoever asks there. The log keeps its name.
    """
    try:
        new = public_address(address)
    except ValueError as error:
        raise typer.BadParameter(f"{address}: {error}") from None
    settings = at_present_address(load_settings(home))
    with Testamur.open(settings) as app:
        answer = app.bus.execute(Request(SYSTEM), MoveDeployment(address=new))
    assert isinstance(answer, DeploymentMoved)
    kept = [
        f"Keep {old} pointing here: badges issued there are checked there." for old in answer.former
    ]
    moved = f"The ledger is at {new} from now on. Set TESTAMUR_BASE_URL to that, and restart."
    print_answer(answer, as_json, "\n".join([moved, *kept]))
