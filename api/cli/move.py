"""The ledger as files: export and import, backup and restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.backup import back_up, restore_backup
from api.cli.terminal import AsJson, Home, print_json, progress_bar, talk
from api.export import export_events, export_public, import_events
from api.founding import finishing
from api.settings import load_settings
from api.wiring import Testamur

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
        app.erasing.carry_out_all(app.bus)
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
