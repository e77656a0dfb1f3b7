"""``testamur keys``: list, rotate and revoke issuer keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from api.cli.terminal import AsJson, Home, print_json
from api.settings import load_settings
from api.wiring import Testamur, system_clock
from keys.lifecycle import IssuerKey, Kind

app = typer.Typer(help="Issuer keys.", no_args_is_help=True)


@app.command(name="list")
def list_keys(home: Home = None, as_json: AsJson = False) -> None:
    """List the issuer keys, newest first."""
    with Testamur.open(load_settings(home)) as testamur:
        _show(testamur.keys.issuer_keys(), as_json)


@app.command()
def rotate(
    kind: Annotated[Kind, typer.Option(help="Ed25519 signs badges, P-256 signs JWTs.")] = "Ed25519",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a new signing key; badges signed with the old ones keep verifying."""
    with Testamur.open(load_settings(home)) as testamur:
        testamur.keys.rotate(system_clock(), kind)
        _show(testamur.keys.issuer_keys(), as_json)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, z6Mk….")],
    since: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="From when on it is not to be trusted."),
    ],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """State that a key was compromised: what it signed from then on is refused."""
    with Testamur.open(load_settings(home)) as testamur:
        now = system_clock()
        for known in testamur.keys.issuer_keys():
            if (known.id, known.state) == (key, "active"):
                testamur.keys.rotate(now, known.kind)
        testamur.keys.compromise(key, since, now)
        _show(testamur.keys.issuer_keys(), as_json)


def _show(keys: list[IssuerKey], as_json: bool) -> None:
    if as_json:
        print_json([_members(key) for key in keys])
        return
    for key in keys:
        words = ", ".join(f"{name} {value}" for name, value in _members(key).items())
        print(words.removeprefix("id "))


def _members(key: IssuerKey) -> dict[str, str]:
    times = {
        "created": key.created,
        "retired": key.retired,
        "compromisedFrom": key.compromised_from,
    }
    shown = {name: time.isoformat() for name, time in times.items() if time is not None}
    return {"id": key.id, "kind": key.kind, "state": key.state, **shown}
