"""Running the ledger: serve it, rebuild its read models, let its process managers act."""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import Annotated, Any

import typer
import uvicorn

from api.cli.terminal import AsJson, Home, log_with_tracebacks, print_json, progress_bar, talk
from api.founding import is_begun
from api.settings import Settings, SettingsError, load_settings
from api.wiring import Clock, Testamur, system_clock

_MOST_AT_ONCE = 500
"""Connections of one server process; who comes on top is told to come back (503)."""

_LAST_PORT = 65_535

_LAST_SECONDS = 5
"""How long requests that are under way may take to end, when the server is told to."""


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "localhost",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    home: Home = None,
) -> None:
    """Serve pages and the JSON API, with projections following the ledger."""
    if not 1 <= port <= _LAST_PORT:
        print(f"testamur: {port} is no port: choose one from 1 to {_LAST_PORT}", file=sys.stderr)
        raise typer.Exit(2)
    run_server(load_settings(home), host, port)


def run_server(settings: Settings, host: str, port: int) -> None:
    """Serve until told to stop. Raises SettingsError before it listens, also where it cannot."""
    Testamur.open(settings).close()
    _must_be_free(host, port)
    log_with_tracebacks()
    os.environ["TESTAMUR_HOME"] = str(settings.home)
    uvicorn.run(
        "api.http.app:application",
        factory=True,
        host=host,
        port=port,
        workers=settings.workers if settings.workers > 1 else None,
        **server_settings(settings.log_level),
    )


def _must_be_free(host: str, port: int) -> None:
    """Raises SettingsError for an address on which nobody can listen, or somebody does."""
    nowhere = SettingsError(f"{host} is no address of this machine: try --host localhost")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise nowhere from None
    if not any(_can_listen(*each) for each in found):
        raise nowhere


def _can_listen(family: int, kind: int, protocol: int, _name: str, address: Any) -> bool:
    """Whether this machine has the address. Raises SettingsError where the port is not free."""
    port = address[1]
    try:
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except PermissionError:
        words = f"port {port} takes more rights than yours: choose one from 1024 on with --port"
        raise SettingsError(words) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return False
        words = f"port {port} is taken: stop what listens there, or choose another with --port"
        raise SettingsError(words) from None
    return True


def server_settings(log_level: str) -> dict[str, Any]:
    """How uvicorn is to serve: nobody holds a connection for nothing, or the end up."""
    return {
        "log_level": log_level,
        "server_header": False,
        "http": "api.http.connections:BoundedConnection",
        "ws": "none",
        "limit_concurrency": _MOST_AT_ONCE,
        "timeout_graceful_shutdown": _LAST_SECONDS,
    }


def begin(settings: Settings, clock: Clock = system_clock) -> Testamur:
    """Open the ledger, founding it first in an empty home folder; says where the passphrase lies.

    Raises SettingsError.
    """
    if is_begun(settings):
        return Testamur.open(settings, clock)
    passphrase = settings.home / "passphrase"
    had = passphrase.exists()
    app = Testamur.create(settings, clock)
    if passphrase.exists() and not had:
        talk.print(f"Made a passphrase for the key file: {passphrase}. Keep it safe, and apart.")
    return app


def rebuild(
    projection: Annotated[str | None, typer.Argument(help="One projection; else all.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Drop read models and build them again from the log; compare them with what was there."""
    results = []
    with Testamur.open(load_settings(home)) as app:
        if projection is not None and projection not in app.views.names:
            raise typer.BadParameter(f"there are {', '.join(app.views.names)}")
        app.views.catch_up()
        for name in [projection] if projection else app.views.names:
            _, before = app.views.digest(name)
            with progress_bar(name, app.store.position()) as reached:
                app.views.rebuild(name, reached)
            rows, after = app.views.digest(name)
            results.append(
                {"projection": name, "rows": rows, "sha256": after, "same": before == after}
            )
    if as_json:
        print_json(results)
    else:
        for result in results:
            same = "the same again" if result["same"] else "DIFFERENT from before"
            print(f"{result['projection']:15} {result['rows']:7} rows  {same}")
    if not all(result["same"] for result in results):
        raise typer.Exit(1)


def processes(home: Home = None, as_json: AsJson = False) -> None:
    """Let process managers answer what was recorded and what is due; a running server does it all
    the time. Exits 1 when something failed and is tried again later."""
    with Testamur.open(load_settings(home)) as app:
        looked = app.processes.catch_up()
        failed = app.processes.set_aside()
    if as_json:
        print_json({"looked": looked, "setAside": [vars(each) for each in failed]})
    else:
        print(f"{looked} events were looked at.")
        for each in failed:
            print(f"  {each.process} at {each.position}: {each.error}; again at {each.due}")
    if failed:
        raise typer.Exit(1)
