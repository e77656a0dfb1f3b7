"""``testamur issuers``: the registry of issuers that we recognise."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.terminal import AsJson, Home, print_json
from api.registry import KnownIssuer, read_registry, write_registry
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
    key: Annotated[
        list[str] | None,
        typer.Option(help="The address of a key of theirs that their own document does not name."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Recognise an issuer: badges of theirs are no longer called unknown."""
    if not issuer.startswith(("did:", "https://")):
        raise typer.BadParameter(f"{issuer!r} is neither a DID nor an https address")
    for address in key or ():
        if not address.startswith(("did:", "https://")):
            raise typer.BadParameter(f"{address!r} is neither a DID URL nor an https address")
    settings = load_settings(home)
    known = read_registry(settings.issuers_file)
    write_registry(settings.issuers_file, {**known, issuer: KnownIssuer(name, tuple(key or ()))})
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
        print_json({issuer: known._asdict() for issuer, known in issuers.items()})
        return
    for issuer, known in issuers.items():
        print(f"{issuer}  {known.name}")
        for address in known.keys:
            print(f"    key {address}")
    if not issuers:
        print("No issuer but our own is recognised.")
