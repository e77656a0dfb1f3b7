"""``testamur people``: search, and registering from a spreadsheet."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from api import people_file
from api.cli.acting import Token, request_of
from api.cli.terminal import AsJson, Home, print_json
from api.http.v1.directory import found_within, people_shown, people_table
from api.people_file import OUTCOMES, Row
from api.settings import load_settings
from api.wiring import Testamur
from badges.names import shown
from ledger.bus import Request
from ledger.errors import NotPermitted

_LISTED = 200
_MOST = 20_000

app = typer.Typer(help="People of one's part of the organization.", no_args_is_help=True)

Unit = Annotated[
    UUID | None, typer.Option(help="The unit within which they work; one's own if not told.")
]


@app.command()
def find(
    words: Annotated[list[str] | None, typer.Argument(help="Of names or addresses.")] = None,
    unit: Unit = None,
    role: Annotated[str | None, typer.Option(help="A role that they hold.")] = None,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Find people by words of their names or addresses; the first 200."""
    with Testamur.open(load_settings(home)) as opened:
        caller = request_of(opened, token).caller
        within = unit or _own_unit(caller.unit)
        found = found_within(opened, caller, within, " ".join(words or []), role)
        people = people_shown(opened, found[:_LISTED])
    if as_json:
        print_json([person.model_dump(mode="json", by_alias=True) for person in people])
        return
    for person in people:
        roles = ", ".join(dict.fromkeys(held.role for held in person.roles))
        print(shown(f"{person.id}  {person.name}  {person.email}  {roles}"))
    if len(found) > len(people):
        print(f"and {len(found) - len(people)} more")


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV: name, email, unit, roles.")],
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without it, only say.")] = False,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say what a spreadsheet of people would do, line by line; with --apply, do it.

    Sent again, what is done stays done. Exits 1 when a line is refused.
    """
    data = file.read_bytes()
    with Testamur.open(load_settings(home)) as opened:
        caller = request_of(opened, token).caller
        rows = (
            people_file.carry_out(opened, Request(caller), data, _MOST)
            if apply
            else people_file.preview(opened, caller, data, _MOST)
        )
    refused = [row for row in rows if row.outcome == "refuse"]
    if as_json:
        print_json([row.model_dump(mode="json", by_alias=True) for row in rows])
    else:
        _tell(rows, refused, apply)
    if refused:
        raise typer.Exit(1)


@app.command(name="export")
def export_file(
    file: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    unit: Unit = None,
    token: Token = "",
    home: Home = None,
) -> None:
    """Write the people of a unit as such a spreadsheet."""
    with Testamur.open(load_settings(home)) as opened:
        caller = request_of(opened, token).caller
        file.write_bytes(people_table(opened, caller, unit or _own_unit(caller.unit)))


def _own_unit(unit: UUID | None) -> UUID:
    if unit is None:
        raise NotPermitted("only a person may do this")
    return unit


def _tell(rows: list[Row], refused: list[Row], applied: bool) -> None:
    counted: Counter[Any] = Counter(row.outcome for row in rows)
    did = ", ".join(f"{outcome} {counted[outcome]}" for outcome in OUTCOMES)
    print(f"{'Done' if applied else 'It would do'}: {did}")
    for row in refused:
        print(shown(f"  line {row.number}: {row.why}"))
