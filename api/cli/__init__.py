"""The ``testamur`` command line.

Exit codes: 0 success, 1 the answer is no, 2 usage, 3 could not be done. Answers go to standard
output, talk and progress to standard error.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from eventsourcing.persistence import PersistenceError
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from api.capabilities import command_lines
from api.cli import (
    audit,
    badge,
    clock,
    demo,
    deployment,
    doctor,
    issuer_keys,
    issuers,
    log,
    move,
    operate,
    witness,
)
from api.cli.program import as_typed
from api.cli.terminal import log_in_lines
from api.settings import SettingsError
from badges.errors import BadgesError
from keys.errors import KeysError
from ledger.errors import LedgerError
from ledger.transparency.errors import Contradiction

app = typer.Typer(
    name="testamur",
    help="An event-sourced credential ledger with verifiable Open Badges 3.0.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _root(
    home: Annotated[Path | None, typer.Option(help="The data folder (TESTAMUR_HOME).")] = None,
) -> None:
    if home is not None:
        os.environ["TESTAMUR_HOME"] = str(home)


app.command()(demo.demo)

app.command()(deployment.found)
app.add_typer(deployment.policy, name="policy")
app.command(name="move-address")(deployment.move_address)
app.add_typer(clock.app, name="clock")
app.add_typer(issuer_keys.app, name="keys")

app.command()(operate.serve)
app.command()(operate.rebuild)
app.command()(operate.processes)
app.command()(doctor.doctor)

for commands in command_lines().values():
    app.add_typer(commands)

app.command()(badge.badge)
app.command()(badge.verify)
app.add_typer(issuers.app, name="issuers")

app.command()(log.log)
app.command()(log.replay)
app.command()(log.checkpoint)
app.command()(log.receipt)
app.command(name="audit")(audit.audit_command)
app.add_typer(witness.app, name="witness")

app.command()(move.export)
app.command(name="import")(move.import_command)
app.command()(move.backup)
app.command()(move.restore)


def main() -> None:
    """Run the command line; say what went wrong in one line and exit 3."""
    for stream in (sys.stdout, sys.stderr):  # what strangers wrote may be no text at all
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    log_in_lines()
    try:
        app()
    except Contradiction as error:
        print(f"testamur: {error}", file=sys.stderr)
        sys.exit(1)
    except ValidationError as error:  # a command's own values
        print(f"testamur: {_first_of(error)}", file=sys.stderr)
        sys.exit(2)
    except (SettingsError, KeysError, BadgesError, LedgerError, OSError) as error:
        print(f"testamur: {as_typed(str(error))}", file=sys.stderr)
        sys.exit(3)
    except (SQLAlchemyError, PersistenceError) as error:
        words = str(getattr(error, "orig", None) or error).partition("\n")[0]
        print(f"testamur: the database: {words}", file=sys.stderr)
        sys.exit(3)


def _first_of(error: ValidationError) -> str:
    """What is wrong with the first value that is, without the value."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    told = first.get("ctx", {}).get("error") or first["msg"]
    return f"{place}: {told}" if place and place not in str(told) else str(told)
