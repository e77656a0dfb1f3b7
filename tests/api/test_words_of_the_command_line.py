"""How times, awards and people are named at the command line, and how it names itself."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer

from api.cli import program
from api.cli.moments import moment
from api.cli.naming import award_named, person_named
from api.history import happenings
from api.naming import Names
from tests.world import World

NOW = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)
"""In Chicago it is still the evening before."""

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yesterday", datetime(2026, 3, 8, tzinfo=CHICAGO)),
        ("Today", datetime(2026, 3, 9, tzinfo=CHICAGO)),
        ("3 days ago", NOW - timedelta(days=3)),
        ("90 minutes", NOW - timedelta(minutes=90)),
        ("1 week ago", NOW - timedelta(weeks=1)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=CHICAGO)),
        ("2026-03-01T14:30", datetime(2026, 3, 1, 14, 30, tzinfo=CHICAGO)),
        ("2026-03-01T14:30Z", datetime(2026, 3, 1, 14, 30, tzinfo=UTC)),
    ],
)
def test_times_as_people_type_them(text: str, meant: datetime) -> None:
    assert moment(text, NOW, CHICAGO) == meant


@pytest.mark.parametrize("text", ["", "whenever", "3 moons ago", "2026-13-01", "yesterday noon"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment(text, NOW, CHICAGO)


@pytest.mark.parametrize("form", ["id", "address", "json", "jwt", "png", "svg"])
def test_an_award_is_named_by_its_id_its_address_or_its_file(
    world: World, tmp_path: Path, form: str
) -> None:
    award = world.award()
    text = {"id": str(award), "address": world.app.site.badge(award)}.get(form, "")
    if form in ("json", "jwt", "png", "svg"):
        proof = "ES256" if form == "jwt" else "eddsa-rdfc-2022"
        data = world.app.publishing.artefact(award, form, proof)  # type: ignore[arg-type]
        assert data is not None
        text = str(tmp_path / f"badge.{form}")
        Path(text).write_bytes(data)
    assert award_named(world.app, text) == award


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "neither an award's id, nor a badge's address, nor a file"),
        ("https://else.example/badges/1", "not the address of a badge of this ledger"),
        (__file__, "test_words_of_the_command_line"),
    ],
)
def test_what_names_no_award_of_ours_is_refused(world: World, text: str, words: str) -> None:
    with pytest.raises(typer.BadParameter, match=words):
        award_named(world.app, text)


def test_a_person_is_named_by_id_or_handle(world: World) -> None:
    person = world.educator.person
    assert person is not None
    handle = next(
        event.handle
        for page in world.app.store.pages()
        for event in map(world.app.store.mapper.to_domain_event, page)
        if event.originator_id == person
    )
    assert person_named(world.app, str(person)) == person_named(world.app, handle) == person
    with pytest.raises(typer.BadParameter, match="nobody has the id or the handle"):
        person_named(world.app, "nobody")


def test_people_places_and_badges_have_names_until_their_person_is_erased(world: World) -> None:
    award = world.award()
    names = Names(world.app)
    assert names.of(world.campus) == "Oak"
    whose = names.of_person(world.educator.person)
    assert names.of(award).endswith(f", {whose}")
    assert names.within(f"educator in {world.campus}") == f"educator in {names.of(world.campus)}"
    assert names.of_person(None) == "the deployment"
    told = " ".join(
        names.within(value) for each in happenings(world.app) for value in each.values.values()
    )
    assert whose in told
    assert str(world.campus) not in told
    assert world.educator.person is not None
    world.app.vault.destroy(world.educator.person)
    assert re.fullmatch(
        r"\([0-9a-f]{8}, erased\)", Names(world.app).of_person(world.educator.person)
    )


def test_what_is_printed_to_be_typed_works_as_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / ".venv" / "bin" / "testamur"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [".venv/bin/testamur", "demo"])
    monkeypatch.setenv("PATH", "/usr/bin")
    assert program.command("serve") == ".venv/bin/testamur serve"
    monkeypatch.setenv("PATH", str(script.parent))
    assert program.command("serve") == "testamur serve"
    monkeypatch.setattr(sys, "argv", ["testamur", "--home", "there", "demo"])
    assert program.as_typed("run `testamur found` now") == "run `testamur found --home there` now"
    monkeypatch.setattr(sys, "argv", ["/x/api/__main__.py", "demo", "--home=there"])
    assert program.command("serve").endswith("-m api serve --home there")
