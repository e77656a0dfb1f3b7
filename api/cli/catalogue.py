"""The commands of the capability `catalogue`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from api.cli.acting import Token, request_of
from api.cli.terminal import AsJson, Home, print_json
from api.settings import load_settings
from api.wiring import Testamur
from badges.names import shown
from ledger.catalogue import Difference, MicroCredential, differences
from ledger.errors import NotFound

app = typer.Typer()


@app.command()
def differ(
    micro: Annotated[UUID, typer.Argument(help="The micro-credential.")],
    before: Annotated[int, typer.Option("--from", min=1, help="A published version.")],
    after: Annotated[
        int | None, typer.Option("--to", min=1, help="Another; without it, the draft.")
    ] = None,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show what a later version of a micro-credential says otherwise than an earlier one."""
    with Testamur.open(load_settings(home)) as opened:
        found = opened.store.read(MicroCredential, micro, "micro-credential")
        if after is None:
            caller = request_of(opened, token).caller
            opened.bus.require(caller, "micro-credential.revise", found.owner)
        later = found.draft if after is None else found.published(after)
    if later is None:
        raise NotFound("draft")
    told = differences(found.published(before), later)
    if as_json:
        print_json([each.model_dump(mode="json", by_alias=True) for each in told])
    elif not told:
        print("Nothing is otherwise.")
    else:
        for each in told:
            print(shown(_words(each)))


def _words(each: Difference) -> str:
    """Such as ``level Shown of Practice: points: – → 3``."""
    thing = " ".join(filter(None, ["" if each.kind == "field" else each.kind, each.name]))
    thing += f" of {each.of}" if each.of else ""
    if each.change in ("added", "removed"):
        return f"{thing}: {each.change}"
    what = "place" if each.change == "moved" else each.field.replace("_", " ")
    return f"{thing + ': ' if thing else ''}{what}: {each.before or '–'} → {each.after or '–'}"
