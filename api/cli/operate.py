"""Running the ledger: serve, found, award, revoke, rebuild."""

from __future__ import annotations

import os
from typing import Annotated, Any, get_args
from uuid import UUID

import typer
import uvicorn

from api.callers import caller_of_token
from api.cli.terminal import AsJson, Home, log_with_tracebacks, print_json, progress_bar, talk
from api.founding import is_begun
from api.settings import Settings, SettingsError, load_settings
from api.wiring import Clock, Testamur, system_clock
from ledger.awards import Reason
from ledger.commands import Order
from ledger.record import SYSTEM, Caller

Token = Annotated[
    str, typer.Option(envvar="TESTAMUR_TOKEN", help="API token of whoever does this.")
]


_MOST_AT_ONCE = 500
"""Connections of one server process; who comes on top is told to come back (503)."""

_LAST_SECONDS = 5
"""How long requests that are under way may take to end, when the server is told to."""


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "localhost",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    home: Home = None,
) -> None:
    """Serve pages and the JSON API, with projections following the log."""
    run_server(load_settings(home), host, port)


def run_server(settings: Settings, host: str, port: int) -> None:
    """Serve until told to stop. Raises SettingsError before it listens."""
    Testamur.open(settings).close()
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


def found(
    network: Annotated[str, typer.Argument(help="The network's name.")],
    administrator: Annotated[str, typer.Argument(help="The first administrator's name.")],
    email: Annotated[str, typer.Argument(help="Their e-mail address.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Begin a ledger: its network, its first administrator and their API token."""
    with begin(load_settings(home)) as app:
        answer = app.commands.organizations.found(Order(SYSTEM), network, administrator, email)
        person = UUID(answer["administrator"])
        admin = Caller(person, "administrator", UUID(answer["id"]))
        token = app.commands.people.issue_token(
            Order(admin), person, "administrator", UUID(answer["id"]), "founded"
        )
    if as_json:
        print_json({**answer, "token": token["secret"], "expires": token["expires"]})
    else:
        print(f"{network} is founded. API token of {administrator}, shown this once:")
        print(token["secret"])


def award(
    submission: Annotated[UUID, typer.Argument(help="An accepted submission.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Award an accepted submission."""
    with Testamur.open(load_settings(home)) as app:
        answer = app.commands.awards.issue(order_of(app, token), submission)
    if as_json:
        print_json(answer)
    else:
        print(f"Awarded: {answer['badge']}")


def renew(
    award: Annotated[UUID, typer.Argument(help="The award to renew.")],
    note: Annotated[str, typer.Option(help="On what ground, in words; kept sealed.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let an award that ends hold for a further period."""
    with Testamur.open(load_settings(home)) as app:
        answer = app.commands.awards.renew(order_of(app, token), award, note)
    if as_json:
        print_json(answer)
    else:
        print("Renewed. Its address serves the new version from now on.")


def revoke(
    award: Annotated[UUID, typer.Argument(help="The award to revoke.")],
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(Reason))}.")],
    note: Annotated[str, typer.Option(help="Why, in words; kept sealed.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Revoke an award for good."""
    matching = [known for known in get_args(Reason) if known == reason]
    if not matching:
        raise typer.BadParameter(f"{reason!r} is none of {', '.join(get_args(Reason))}")
    with Testamur.open(load_settings(home)) as app:
        answer = app.commands.awards.revoke(order_of(app, token), award, matching[0], note)
    if as_json:
        print_json(answer)
    else:
        print("Revoked. Its status list says so from now on.")


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


def order_of(app: Testamur, token: str) -> Order:
    """An order by whoever the token names. Raises SettingsError for nobody."""
    app.views.catch_up()
    caller = caller_of_token(app, token)
    if caller is None:
        raise SettingsError("TESTAMUR_TOKEN (or --token) names nobody, or has expired")
    return Order(caller)
