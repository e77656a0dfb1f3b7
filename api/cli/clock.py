"""``testamur clock``: what time the ledger is at, and putting right one that was ahead."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.terminal import AsJson, Home, print_answer, print_json
from api.settings import load_settings
from api.wiring import Testamur
from ledger.bus import Request
from ledger.clock import NOT_AHEAD, TOLERANCE
from ledger.context import SYSTEM
from ledger.errors import RuleBroken
from ledger.people import ClockPutRight, PutClockRight

app = typer.Typer(name="clock", help="The time that the ledger is at.", no_args_is_help=True)


@app.command()
def show(home: Home = None, as_json: AsJson = False) -> None:
    """This machine's clock beside the ledger's time. Exits 1 when commands are refused for it."""
    with Testamur.open(load_settings(home)) as opened:
        now, newest = opened.clock(), opened.store.newest()
        ahead = opened.store.ahead_of(now)
    refused = ahead > TOLERANCE
    if as_json:
        print_json({"now": now.isoformat(), "ledger": newest.isoformat(), "refused": refused})
    else:
        print(
            f"This clock: {now:%Y-%m-%d %H:%M:%S} UTC\nThe ledger: {newest:%Y-%m-%d %H:%M:%S} UTC"
        )
        if refused:
            print(f"The ledger is {ahead} ahead: nothing is recorded until one is put right.")
    if refused:
        raise typer.Exit(1)


@app.command(name="put-right")
def put_right(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Record that the ledger was ahead and what time it is now, after a clock that was wrong.

    Set this machine's clock first. The event stays in the ledger, and every audit tells of it.
    """
    with Testamur.open(load_settings(home)) as opened:
        now = opened.clock()
        if opened.store.ahead_of(now) <= TOLERANCE:
            raise RuleBroken(*NOT_AHEAD)
        if not yes:
            typer.confirm(f"Is it {now:%Y-%m-%d %H:%M:%S} UTC now?", abort=True, err=True)
        answer = opened.bus.execute(Request(SYSTEM), PutClockRight())
        opened.log.checkpoint()
    assert isinstance(answer, ClockPutRight)
    was, now = answer.ledger_time, answer.true_time
    print_answer(answer, as_json, f"Put right: the ledger was at {was}, and it is {now}.")
