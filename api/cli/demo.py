"""``testamur demo``: the case study, built through the real commands."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import typer

from api.access import invitation_link, send_invitation, use_invitation
from api.cli.operate import begin, run_server
from api.cli.program import command, is_make
from api.cli.terminal import AsJson, Home, print_json, print_report, progress_bar
from api.demo.catalogue import case_study
from api.demo.story import Cast, Story, StoryClock
from api.settings import Settings, SettingsError, load_settings
from api.wiring import Testamur, system_clock
from badges.verification import VerificationReport
from ledger.bus import Request
from ledger.context import SYSTEM
from ledger.people import NETWORK_ID, Organization, RoleWithin
from projections.awards import counts

_MADE = (
    "testamur.db",
    "testamur-views.db",
    "testamur-log.db",
    "testamur-access.db",
    "vault.db",
    "keys.json",
    "keys.lock",
    "passphrase",
    "unfinished",
)

_DAYS = 7
"""How long the personas' links can be used."""


def demo(
    home: Home = None,
    serve: Annotated[bool, typer.Option("--serve", help="Go on to serve it.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the ledger there first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build the Harmony case study into an empty ledger, and verify a badge of it."""
    settings = load_settings(home)
    if fresh:
        _delete_ledger(settings)
    began = time.monotonic()
    clock = StoryClock()
    with begin(settings, clock) as app:
        if app.store.find(Organization, NETWORK_ID):
            raise SettingsError(
                f"the ledger in {settings.home} is not empty: it holds {app.store.position()} "
                "events; use --fresh to delete it and begin again"
            )
        facts = case_study()
        story = Story(app.bus, app.processes.catch_up, clock, facts)
        with progress_bar("Two school years", story.wanted) as reached:
            cast = story.play(lambda: reached(len(story.issued)))
        app.use_clock(system_clock)
        tokens, links = _tokens(app, cast), _links(app, cast)
        with progress_bar("Read models", app.store.position()) as reached:
            app.views.catch_up(reached)
        app.processes.catch_up()
        file = settings.home / "demo-badge.json"
        award = story.live[0]
        data = app.publishing.badge(award)
        assert data is not None
        file.write_bytes(data)
        report = app.verifying.verifier().verify(data)
        answer = _answer(app, facts, award, file, report)
    if as_json:
        print_json(answer)
    else:
        _tell(settings, answer, tokens, report, time.monotonic() - began)
        _tell_links(settings, links, serve)
    if not report.verified:
        raise typer.Exit(1)
    if serve:
        run_server(settings, "localhost", urlsplit(settings.base_url).port or 8000)


def _answer(
    app: Testamur, facts: dict[str, Any], award: UUID, file: Path, report: VerificationReport
) -> dict[str, Any]:
    """The live figures, read from the register."""
    with app.views.reading("awards") as connection:
        by_year = counts.in_force_by_school_year(connection, app.clock().date())
    last = facts["years"][-1]["school_year"]
    return {
        "educators": by_year[last][1],
        "awards": {year: count for year, (count, _people) in by_year.items()},
        "events": app.store.position(),
        "badge": {"id": app.site.badge(award), "file": str(file)},
        "verified": report.verified,
    }


def _tokens(app: Testamur, cast: Cast) -> dict[str, str]:
    """An API token for each persona, come by as anybody's first is: by an invitation."""
    tokens = {}
    for persona, caller in cast.personas().items():
        assert caller.person is not None
        made = send_invitation(app, Request(cast.administrator), caller.person, 1)
        role = RoleWithin.model_validate({"role": caller.role, "unit": caller.unit})
        tokens[persona] = use_invitation(app, made.secret, role, "demo").secret
    return tokens


def _links(app: Testamur, cast: Cast) -> dict[str, str]:
    """A link for each persona, with which they set up how they sign in."""
    links = {}
    for persona, caller in cast.personas().items():
        assert caller.person is not None
        made = send_invitation(app, Request(SYSTEM), caller.person, _DAYS)
        links[persona] = invitation_link(app, made.secret)
    return links


def _tell_links(settings: Settings, links: dict[str, str], serve: bool) -> None:
    if serve:
        print(f"\nIt is served at {settings.base_url} until you press Ctrl-C.")
    print("\nTo sign in as one of these people, open their link: it works once, for a week.\n")
    for persona, link in links.items():
        print(f"  {persona:18} {link}")


def _tell(
    settings: Settings,
    answer: dict[str, Any],
    tokens: dict[str, str],
    report: VerificationReport,
    seconds: float,
) -> None:
    counts = answer["awards"]
    print(f"{answer['events']} events in {seconds:.0f} s, all by real commands.\n")
    for year, count in counts.items():
        print(f"  {year}  {count:4} awards  {'█' * round(count / 12)}")
    print(f"\n  {answer['educators']} educators hold awards of {list(counts)[-1]}.\n")
    print_report(answer["badge"]["file"], report)
    badge = answer["badge"]["id"]
    serve = "make serve" if is_make() else command("serve")
    print(f"\nServe it with  {serve}  and open")
    for address in (badge, f"{settings.base_url}/verify", f"{settings.base_url}/"):
        print(f"  {address}")
    print("\nTry the API (/docs) with a token of these people:")
    print(f"  curl -H 'Authorization: Bearer {tokens['educator']}' {settings.base_url}/v1/me\n")
    for persona, token in tokens.items():
        print(f"  {persona:18} {token}")


def _delete_ledger(settings: Settings) -> None:
    """Delete what a ledger in the home folder consists of, and nothing else."""
    if settings.database_url:
        raise SettingsError("--fresh deletes only a ledger in the home folder, no named database")
    for name in _MADE:
        for suffix in ("", "-wal", "-shm", "-journal"):
            (settings.home / (name + suffix)).unlink(missing_ok=True)
    (settings.home / "demo-badge.json").unlink(missing_ok=True)
    shutil.rmtree(settings.home / "evidence", ignore_errors=True)
