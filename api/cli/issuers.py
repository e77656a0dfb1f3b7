"""``testamur issuers``: the registry of issuers that we recognise."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.terminal import AsJson, Home, print_json
from api.registry import read_registry, write_registry
from api.settings import Settings, load_settings

app = typer.Typer(help="Issuers that we recognise.", no_args_is_help=True)

Issuer = Annotated[str, typer.Argument(help="The issuer's id: a DID or an https address.")]


@app.command(name="list")
def list_issuers(home: Home = None, as_json: AsJson = False) -> None:
    """List the recognised issuers. Our own is one without being listed."""
    _show(load_settings(home), as_json)


@app.command()
def add(
    issuer: Issuer,
    name: Annotated[str, typer.Argument(help="The name that they go by.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Recognise an issuer: badges of theirs are no longer called unknown."""
    if not issuer.startswith(("did:", "https://")):
        raise typer.BadParameter(f"{issuer!r} is neither a DID nor an https address")
    settings = load_settings(home)
    known = read_registry(settings.issuers_file)
    write_registry(settings.issuers_file, {**known, issuer: name})
    _show(settings, as_json)


@app.command()
def remove(issuer: Issuer, home: Home = None, as_json: AsJson = False) -> None:
    """Recognise an issuer no more."""
    settings = load_settings(home)
    known = read_registry(settings.issuers_file)
    if issuer not in known:
        raise typer.BadParameter(f"{issuer!r} is not on the list")
    del known[issuer]
    write_registry(settings.issuers_file, known)
    _show(settings, as_json)


def _show(settings: Settings, as_json: bool) -> None:
    issuers = read_registry(settings.issuers_file)
    if as_json:
        print_json(issuers)
        return
    for issuer, name in issuers.items():
        print(f"{issuer}  {name}")
    if not issuers:
        print("No issuer but our own is recognised.")
