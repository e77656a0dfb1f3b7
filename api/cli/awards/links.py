"""Private links at the command line: made, listed, ended."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from api.cli.acting import Token, request_of
from api.cli.naming import award_named
from api.cli.terminal import AsJson, Home, print_answer, print_json
from api.settings import load_settings
from api.sharing import address_of, make_link, own_links
from api.wiring import Testamur
from ledger.awards import EndShareLink

_LISTED = 1_000
_NEWEST = 2**31 - 1

app = typer.Typer(help="Private links to badges of one's own.", no_args_is_help=True)


@app.command(name="make")
def make(
    awards: Annotated[
        list[str],
        typer.Argument(help="The badges that it shows: awards' ids, addresses or files of badges."),
    ],
    label: Annotated[str, typer.Option(help="What the link is for; kept sealed.")] = "link",
    days: Annotated[int, typer.Option(min=1, max=10_000, help="How long it shows them.")] = 30,
    named: Annotated[bool, typer.Option("--named", help="With one's name.")] = False,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a link; whoever has it sees these badges."""
    with Testamur.open(load_settings(home)) as testamur:
        asked = request_of(testamur, token)
        shown = tuple(award_named(testamur, award) for award in awards)
        made = make_link(testamur, asked, shown, label, days, named)
        address = address_of(testamur, made.secret)
    if as_json:
        print_json({"id": str(made.id), "url": address, "expires": made.expires.isoformat()})
    else:
        print(f"Shows them until {made.expires:%Y-%m-%d}. The address is told this once:")
        print(address)


@app.command(name="list")
def list_links(token: Token = "", home: Home = None, as_json: AsJson = False) -> None:
    """List one's links, newest first."""
    with Testamur.open(load_settings(home)) as testamur:
        caller = request_of(testamur, token).caller
        found = own_links(testamur, caller, _NEWEST, _LISTED)
    if as_json:
        members = ("id", "label", "named", "state", "opened")
        print_json([{name: str(getattr(link, name)) for name in members} for link in found])
    else:
        for link in found:
            print(
                f"{link.id}  {link.state:7} until {link.expires:%Y-%m-%d}  "
                f"opened {link.opened} ×  {link.label}"
            )


@app.command(name="end")
def end(
    link: Annotated[UUID, typer.Argument(help="The link's id.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let a link show nothing any more."""
    with Testamur.open(load_settings(home)) as testamur:
        answer = testamur.bus.execute(request_of(testamur, token), EndShareLink(link=link))
    print_answer(answer, as_json, "Ended.")
