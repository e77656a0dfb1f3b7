"""What takes a second person: proposed by one, confirmed by another, carried out after a delay."""

from __future__ import annotations

from typing import Annotated, Any, get_args
from uuid import UUID

import typer

from api.cli.acting import Token, request_of
from api.cli.naming import person_named
from api.cli.program import command as typed
from api.cli.terminal import AsJson, Home, print_answer, print_json
from api.settings import load_settings
from api.wiring import Testamur
from ledger.command import Answer, Command
from ledger.errors import NotPermitted
from ledger.people import (
    ConfirmProposal,
    Ground,
    Proposal,
    ProposeErasure,
    RefuseProposal,
    StopProposal,
)
from projections.people import organizations
from projections.people import proposals as listed

_LISTED = 1000
_GROUNDS = get_args(Ground)

app = typer.Typer(help="What waits for a second person, or can be stopped.", no_args_is_help=True)

Which = Annotated[UUID, typer.Argument(help="The proposal's id.")]
Why = Annotated[str, typer.Option(help="Why, in words; kept sealed.")]


def erase(
    person: Annotated[str, typer.Argument(help="The person to forget; their id or handle.")],
    ground: Annotated[str, typer.Option(help=f"One of {', '.join(_GROUNDS)}.")],
    reason: Why,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Propose that a person is forgotten: another administrator confirms, and after a delay, in
    which it can be stopped, the data key and the evidence are destroyed for good.

    Every hash, signature and replay still checks; badges already in the world keep verifying.
    """
    if ground not in _GROUNDS:
        raise typer.BadParameter(f"{ground!r} is none of {', '.join(_GROUNDS)}")
    with Testamur.open(load_settings(home)) as opened:
        command = ProposeErasure.model_validate(
            {"person": person_named(opened, person), "ground": ground, "reason": reason}
        )
        answer = opened.bus.execute(request_of(opened, token), command)
        until = opened.store.read(Proposal, answer.id, "proposal").ends
    print_answer(
        answer,
        as_json,
        f"Proposed: {answer.id}. Until {until:%Y-%m-%d} another administrator may confirm it:\n"
        f"  {typed(f'proposal confirm {answer.id}')}",
    )


@app.command(name="list")
def list_proposals(token: Token = "", home: Home = None, as_json: AsJson = False) -> None:
    """List what can be answered or stopped in one's part of the organization."""
    with Testamur.open(load_settings(home)) as opened:
        caller = request_of(opened, token).caller
        if caller.unit is None:
            raise NotPermitted("proposals are for administrators")
        opened.bus.require(caller, ConfirmProposal.NAME, caller.unit)
        with opened.views.reading("organizations", "proposals") as connection:
            units = organizations.units_within(connection, str(caller.unit))
            rows = listed.open_within(connection, units, opened.clock(), 0, _LISTED)
    names = ("id", "what", "thing", "state", "proposer", "made", "ends", "due")
    found: list[dict[str, Any]] = [{name: getattr(row, name) for name in names} for row in rows]
    if as_json:
        print_json(found)
        return
    for each in found:
        due = each["due"]
        when = f"stoppable until {due}" if due else f"to be answered until {each['ends']}"
        print(f"{each['id']}  {each['what']} {each['thing']}  {each['state']}, {when}")


@app.command()
def confirm(proposal: Which, token: Token = "", home: Home = None, as_json: AsJson = False) -> None:
    """Agree, as a second person. It is carried out by itself once the delay is over."""
    answer, made = _carry_out(ConfirmProposal(proposal=proposal), token, home)
    print_answer(answer, as_json, f"Confirmed. It can be stopped until {made.due:%Y-%m-%d %H:%M}.")


@app.command()
def refuse(
    proposal: Which, reason: Why, token: Token = "", home: Home = None, as_json: AsJson = False
) -> None:
    """Say no to what was proposed."""
    answer, _ = _carry_out(RefuseProposal(proposal=proposal, reason=reason), token, home)
    print_answer(answer, as_json, "Refused.")


@app.command()
def stop(
    proposal: Which, reason: Why, token: Token = "", home: Home = None, as_json: AsJson = False
) -> None:
    """Stop what was confirmed, before it is carried out."""
    answer, _ = _carry_out(StopProposal(proposal=proposal, reason=reason), token, home)
    print_answer(answer, as_json, "Stopped.")


def _carry_out(command: Command[Any, Answer], token: str, home: Home) -> tuple[Answer, Proposal]:
    with Testamur.open(load_settings(home)) as opened:
        answer = opened.bus.execute(request_of(opened, token), command)
        return answer, opened.store.read(Proposal, answer.id, "proposal")
