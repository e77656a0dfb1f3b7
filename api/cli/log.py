"""Looking into the log: its events, the ledger as it was, checkpoints, receipts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from api.cli.moments import EXAMPLES, moment
from api.cli.naming import Award, award_named, person_named
from api.cli.terminal import AsJson, Home, print_json, progress_bar, safe, talk
from api.history import Happening, as_it_was, happenings, position_at
from api.naming import Names
from api.settings import load_settings
from api.wiring import Testamur
from projections import Views
from projections.assessment import queues
from projections.awards import counts, profiles, register
from projections.catalogue import micro_credentials
from projections.people import persons

_WHEN = f"a position, or a time ({EXAMPLES}; TESTAMUR_ZONE's where it names no zone)"


def checkpoint(home: Home = None, as_json: AsJson = False) -> None:
    """Sign the log as it is now, unless it is signed already, and print the checkpoint."""
    with Testamur.open(load_settings(home)) as app:
        signed = app.log.checkpoint()
        if as_json:
            print_json(
                {
                    "size": signed.size,
                    "signed": signed.signed.isoformat(),
                    "key": app.log.verifier.vkey,
                    "note": str(signed.note),
                }
            )
        else:
            print(signed.note, end="")


def receipt(
    award: Award,
    output: Annotated[Path | None, typer.Option("-o", help="The file to write.")] = None,
    home: Home = None,
) -> None:
    """Write the proof that a badge's digest is in the log (C2SP tlog-proof), with its event inside:
    it says nothing of whose the badge is."""
    with Testamur.open(load_settings(home)) as app:
        found = str(app.publishing.receipt(award_named(app, award)))
    if output is None:
        print(found, end="")
    else:
        output.write_text(found, encoding="utf-8")


def log(
    since: Annotated[str, typer.Option(help=f"Where to begin: {_WHEN}.")] = "0",
    until: Annotated[str, typer.Option(help=f"Where to end, before: {_WHEN}.")] = "",
    kind: Annotated[str, typer.Option(help="Only events whose kind contains this.")] = "",
    person: Annotated[
        str, typer.Option(help="Only events that name this person: id or handle.")
    ] = "",
    thing: Annotated[UUID | None, typer.Option(help="Only events of this thing.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List events: when, what, by whom, under which command, and what they say."""
    with Testamur.open(load_settings(home)) as app:
        first = _position(app, since)
        last = _position(app, until) if until else None
        marks = [m for m in (person_named(app, person) if person else None, thing) if m is not None]

        def wanted(name: str, state: bytes) -> bool:
            return kind.lower() in name.lower() and all(
                mark.hex.encode() in state or str(mark).encode() in state for mark in marks
            )

        shown: list[Happening] = []
        for happening in happenings(app, first, wanted):
            if (last is not None and happening.position >= last) or len(shown) == limit:
                break
            shown.append(happening)
        if as_json:
            print_json([happening.document() for happening in shown])
            return
        _tell(app, Names(app), shown)
        if len(shown) == limit:
            talk.print(f"{limit} events shown; go on with --since {shown[-1].position + 1}")


def replay(
    until: Annotated[str, typer.Option(help=f"The ledger as it was then: {_WHEN}.")],
    educator: Annotated[str, typer.Option(help="A person: id or handle.")] = "",
    submission: Annotated[UUID | None, typer.Option(help="A submission.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show the ledger as it was, or one profile or submission, and the events that made it."""
    with Testamur.open(load_settings(home)) as app:
        app.log.grow()
        size = _position(app, until) + (not _is_time(until))
        size = min(size, app.log.size())
        about = person_named(app, educator) if educator else submission
        with (
            progress_bar("Replaying", app.log.number_at(size)) as reached,
            as_it_was(app, size, reached) as views,
        ):
            state = _state(app, views, size, about if educator else None, submission)
        made: list[Happening] = []
        if about is not None:
            hexed, dashed = about.hex.encode(), str(about).encode()
            every = happenings(app, 0, lambda _, s: hexed in s or dashed in s)
            for happening in every:
                if happening.position >= size:
                    break
                made.append(happening)
        if as_json:
            print_json({"events": size, **state, "made": [h.document() for h in made]})
            return
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"[bold]After {size} events[/]")
        names = Names(app)
        _print_state(console, names, state, "  ")
        if made:
            console.print("\n[bold]Made by[/]")
            _tell(app, names, made)


def _state(
    app: Testamur, views: Views, size: int, person: UUID | None, submission: UUID | None
) -> dict[str, Any]:
    """What the read models showed."""
    with views.reading() as connection:  # as far as they were rebuilt: not as the log is now
        if person is not None:
            return _profile(app, connection, person)
        if submission is not None:
            row = queues.by_id(connection, str(submission))
            if row is None:
                return {"submission": None}
            return {"submission": {k: v for k, v in row._mapping.items() if k != "position"}}
        if not size:
            return {"awardsInForce": {}}
        day = next(happenings(app, size - 1)).at.date()
        years = counts.in_force_by_school_year(connection, day)
        return {"awardsInForce": {year: count for year, (count, _people) in years.items()}}


def _profile(app: Testamur, connection: Any, person: UUID) -> dict[str, Any]:
    row = persons.by_id(connection, str(person))
    counted = profiles.of(connection, str(person))
    if row is None or counted is None:
        return {"person": None}
    held = []
    for award in register.page(connection, 0, 1000, person=str(person)):
        version = micro_credentials.version(connection, award.micro_credential, award.number)
        name = micro_credentials.definition_of(version).name if version else award.micro_credential
        held.append({"award": award.id, "name": name, "on": award.awarded, "status": award.status})
    own = queues.of_educator(connection, str(person), 0, 1000)
    return {
        "person": Names(app).of_person(person),
        "public": row.is_public,
        "roles": [f"{role.role} in {role.unit}" for role in persons.roles_of(connection, row.id)],
        "earned": counted.earned,
        "revoked": counted.revoked,
        "awards": held,
        "submissions": [{"id": s.id, "state": s.state, "round": s.round} for s in own],
    }


def _print_state(console: Console, names: Names, value: Any, margin: str) -> None:
    for name, item in value.items():
        if isinstance(item, dict):
            console.print(f"{margin}{name}")
            _print_state(console, names, item, margin + "  ")
        elif isinstance(item, list):
            console.print(f"{margin}{name}: {len(item)}")
            for entry in item:
                words = ", ".join(map(str, entry.values())) if isinstance(entry, dict) else entry
                console.print(f"{margin}  {safe(names.within(str(words)))}")
        elif name == "id":
            console.print(f"{margin}{name}: {item}")
        else:
            console.print(f"{margin}{name}: {safe(names.within(str(item)))}")


def _tell(app: Testamur, names: Names, shown: list[Happening]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    zone = _zone(app)
    for h in shown:
        said = "; ".join(f"{name} {names.within(value)}" for name, value in h.values.items())
        thing = f"{h.thing} {safe(names.of(h.thing))}".rstrip()
        console.print(
            f"[bold]{h.position:>7}[/] {h.at.astimezone(zone):%Y-%m-%d %H:%M:%S} "
            f"[cyan]{h.kind}[/] {thing}\n        {_by(names, h)}  [dim]{safe(said)}[/]"
        )


def _by(names: Names, happening: Happening) -> str:
    if not happening.role:
        return "for the public"
    where = names.of(happening.unit) if happening.unit else ""
    acting = f"{happening.role} in {where}" if where else happening.role
    who = names.of_person(happening.actor)
    return f"{safe(who)} ({safe(acting)}), {happening.command}"


def _position(app: Testamur, text: str) -> int:
    """A position as it stands; of a time, how many events there were. Raises BadParameter."""
    if not _is_time(text):
        return int(text)
    try:
        at = moment(text, app.clock(), _zone(app))
    except ValueError:
        words = f"{text!r} is neither a position nor a time, such as {EXAMPLES}"
        raise typer.BadParameter(words) from None
    return position_at(app, at)


def _zone(app: Testamur) -> ZoneInfo:
    return ZoneInfo(app.settings.zone)


def _is_time(text: str) -> bool:
    return not (text.isascii() and text.isdigit())
