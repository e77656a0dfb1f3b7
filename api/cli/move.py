"""The ledger as files: export and import, backup and restore; and a person's rights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args
from uuid import UUID

import typer

from api.backup import back_up, restore_backup
from api.cli.operate import Token, order_of
from api.cli.terminal import AsJson, Home, print_json, progress_bar, talk
from api.erasure import carry_out_all, disclose, erase
from api.export import export_events, export_public, import_events
from api.founding import at_present_address, finishing
from api.settings import load_settings, public_address
from api.wiring import Testamur
from ledger.context import SYSTEM
from ledger.people import Ground

Folder = Annotated[Path, typer.Argument(help="The folder.")]


def export(
    folder: Folder,
    with_events: Annotated[
        bool, typer.Option("--with-events", help="Add the events themselves: these are private.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write the log, badges, status lists and DID document as static files, for any web server."""
    with Testamur.open(load_settings(home)) as app:
        total = app.store.position()
        with progress_bar("Badges", 0) as reached:
            last = export_public(app, folder, reached)
        if with_events:
            with progress_bar("Events", total) as reached:
                export_events(app, folder, last.size, reached)
            talk.print(f"{folder / 'events'} and checkpoints.jsonl are private; do not serve them.")
    answer = {"folder": str(folder), "size": last.size, "events": with_events}
    if as_json:
        print_json(answer)
    else:
        print(f"The log of {last.size} events is in {folder}.")


def import_command(folder: Folder, home: Home = None, as_json: AsJson = False) -> None:
    """Bring an exported ledger, with its events, into this empty one: positions, hashes and
    checkpoints stay. The home folder must have the exported ledger's keys."""
    settings = load_settings(home)
    with finishing(settings, "import"), Testamur.receiving(settings, folder) as app:
        with progress_bar("Events", 0) as reached:
            size = import_events(app, folder, reached)
        carry_out_all(app)
    if as_json:
        print_json({"folder": str(folder), "size": size})
    else:
        print(f"{size} events are here, each at its position, under the same checkpoints.")


def backup(folder: Folder, home: Home = None, as_json: AsJson = False) -> None:
    """Copy the whole ledger, also while it is written to, and check the copy against the tree."""
    with (
        Testamur.open(load_settings(home)) as app,
        progress_bar("Events", app.store.position()) as reached,
    ):
        size = back_up(app, folder, reached)
    if as_json:
        print_json({"folder": str(folder), "size": size})
    else:
        print(f"{size} events are in {folder}, checked against the signed tree.")


def restore(folder: Folder, home: Home = None, as_json: AsJson = False) -> None:
    """Bring a backup back, into an empty home folder. Who was erased since stays erased."""
    settings = load_settings(home)
    with progress_bar("Events", 0) as reached:
        size, forgotten = restore_backup(settings, folder, reached)
    if as_json:
        print_json({"size": size, "erasedAgain": [str(person) for person in forgotten]})
    else:
        print(f"{size} events are back.")
        if forgotten:
            print(f"{len(forgotten)} people who were erased since were erased again.")


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
        answer = app.commands.deployment.move(Order(SYSTEM), new)
    if as_json:
        print_json(answer)
    else:
        print(f"The ledger is at {new} from now on. Set TESTAMUR_BASE_URL to that, and restart.")
        for old in answer["former"]:
            print(f"Keep {old} pointing here: badges issued there are checked there.")


def erase_command(
    person: Annotated[UUID, typer.Argument(help="The person to forget.")],
    ground: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(Ground))}.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Destroy a person's data key and evidence. This cannot be undone.

    Every hash, signature and replay still checks; badges already in the world keep verifying.
    """
    matching = [known for known in get_args(Ground) if known == ground]
    if not matching:
        raise typer.BadParameter(f"{ground!r} is none of {', '.join(get_args(Ground))}")
    if not yes:
        typer.confirm(f"Forget {person} for good?", abort=True, err=True)
    with Testamur.open(load_settings(home)) as app:
        answer = erase(app, order_of(app, token), person, matching[0])
    if as_json:
        print_json(answer)
    else:
        print(f"Erased. {answer['evidenceRemoved']} pieces of evidence were removed.")


def disclose_command(
    person: Annotated[UUID, typer.Argument(help="The person who asks.")],
    file: Annotated[Path, typer.Argument(help="The ZIP file to write.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write all that is held about a person, readable: events, badges and evidence."""
    with Testamur.open(load_settings(home)) as app:
        events = disclose(app, person, file)
    if as_json:
        print_json({"file": str(file), "events": events})
    else:
        print(f"{events} events are in {file}.")
