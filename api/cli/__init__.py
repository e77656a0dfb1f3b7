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
from sqlalchemy.exc import SQLAlchemyError

from api.cli import (
    audit,
    badge,
    clock,
    demo,
    doctor,
    issue,
    issuer_keys,
    issuers,
    log,
    move,
    operate,
    witness,
)
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
app.command()(operate.serve)
app.command()(operate.found)
app.command()(badge.badge)
app.command()(badge.verify)
app.command()(operate.award)
app.command()(issue.issue)
app.command()(operate.renew)
app.command()(operate.revoke)
app.command()(operate.rebuild)
app.command()(doctor.doctor)
app.command()(log.log)
app.command()(log.replay)
app.command(name="audit")(audit.audit_command)
app.command()(log.checkpoint)
app.command()(log.receipt)
app.command()(move.export)
app.command(name="import")(move.import_command)
app.command()(move.backup)
app.command()(move.restore)
app.command(name="move-address")(move.move_address)
app.command(name="erase")(move.erase_command)
app.command(name="disclose")(move.disclose_command)
app.add_typer(clock.app, name="clock")
app.add_typer(witness.app, name="witness")
app.add_typer(issuer_keys.app, name="keys")
app.add_typer(issuers.app, name="issuers")


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
    except (SettingsError, KeysError, BadgesError, LedgerError, OSError) as error:
        print(f"testamur: {error}", file=sys.stderr)
        sys.exit(3)
    except (SQLAlchemyError, PersistenceError) as error:
        words = str(getattr(error, "orig", None) or error).partition("\n")[0]
        print(f"testamur: the database: {words}", file=sys.stderr)
        sys.exit(3)
