"""``testamur witness``: follow another ledger's log and cosign it; and whose cosignatures we
publish on our own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from api.cli.operate import begin
from api.cli.terminal import AsJson, Home, print_json
from api.fetch import GuardedFetcher
from api.registry import read_witnesses, write_witnesses
from api.settings import Settings, SettingsError, load_settings
from api.web_log import WebLog
from api.witness import witness_of
from ledger.transparency import VerifierKey
from ledger.transparency.source import FolderLog, LogSource

app = typer.Typer(
    help="Witness other ledgers' logs; know the witnesses of ours.", no_args_is_help=True
)


@app.command()
def follow(
    log: Annotated[
        str, typer.Argument(help="The log: an address such as https://…/log, or a folder.")
    ],
    key: Annotated[
        str, typer.Option(help="The log's verifier key, had from elsewhere; needed the first time.")
    ] = "",
    origin: Annotated[str, typer.Option(help="The log's name, for one followed before.")] = "",
    every: Annotated[float, typer.Option(min=0, help="Seconds between looks; 0 looks once.")] = 0,
    submit: Annotated[
        bool, typer.Option("--submit", help="Send the cosignature to the log.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", help="Write the cosigned checkpoint.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Check that a log only grew since it was last looked at, and cosign its checkpoint.

    Exits 1, and signs nothing, when the log contradicts what this witness saw before.
    """
    settings = load_settings(home)
    fetcher = GuardedFetcher(settings.is_development)
    is_web = log.startswith(("http://", "https://"))
    source: LogSource = WebLog(log, fetcher) if is_web else FolderLog(Path(log))
    with begin(settings) as deployment:
        witness = witness_of(deployment)
        name = origin or (_origin(log) if is_web else "")
        verifier = VerifierKey.parse(key) if key else witness.known_key(name)
        if verifier is None:
            raise SettingsError("whose log is this? The first time, give its key (--key)")
        while True:
            note = witness.follow(source, verifier)
            if output is not None:
                output.write_text(str(note), encoding="utf-8")
            if submit:
                if not is_web:
                    raise typer.BadParameter("only a log at an address takes cosignatures")
                fetcher.post(f"{log.rstrip('/')}/cosignatures", str(note).encode())
            if as_json:
                print_json({"log": verifier.name, "witness": witness.key.vkey, "note": str(note)})
            elif output is None:
                print(note, end="")
            if not every:
                return
            time.sleep(every)


@app.command(name="key")
def own_key(home: Home = None) -> None:
    """Show the verifier key of this witness, for those who are to trust it."""
    with begin(load_settings(home)) as deployment:
        print(witness_of(deployment).key.vkey)


@app.command(name="list")
def list_witnesses(home: Home = None, as_json: AsJson = False) -> None:
    """List the witnesses whose cosignatures we publish."""
    _show(load_settings(home), as_json)


@app.command()
def add(
    vkey: Annotated[str, typer.Argument(help="The witness's verifier key.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Publish a witness's cosignatures from now on."""
    settings = load_settings(home)
    witness = VerifierKey.parse(vkey)
    if witness.kind != 4:
        raise typer.BadParameter("this is the key of a log, not of a witness")
    known = [w for w in read_witnesses(settings.witnesses_file) if w.name != witness.name]
    write_witnesses(settings.witnesses_file, [*known, witness])
    _show(settings, as_json)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="The witness's name.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Take no more cosignatures of a witness."""
    settings = load_settings(home)
    known = read_witnesses(settings.witnesses_file)
    if name not in {witness.name for witness in known}:
        raise typer.BadParameter(f"{name!r} is not on the list")
    write_witnesses(settings.witnesses_file, [w for w in known if w.name != name])
    _show(settings, as_json)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path.rstrip('/')}"


def _show(settings: Settings, as_json: bool) -> None:
    known = read_witnesses(settings.witnesses_file)
    if as_json:
        print_json([witness.vkey for witness in known])
    elif known:
        print("\n".join(witness.vkey for witness in known))
    else:
        print("No witness is known.")
