"""The attack: a person is erased, and the next export into the same folder leaves their badge and
what was said of it where they were; a backup holds every badge in clear. What people typed is
looked for in every file, byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from api.backup import back_up
from api.erasure import erase
from api.export import export_events, export_public
from ledger.context import Caller
from ledger.people import NETWORK_ID
from tests.world import World, definition

WORDS = {
    "name": "Wilhelmina Quuxworthy",
    "email": "quuxworthy@example.org",
    "statement": "I rearranged the aquarium myself.",
    "evidence": "The aquarium had eleven fish.",
    "file": "aquarium-notes.txt",
    "label": "laptop in the aquarium",
    "endorsement": "Her aquarium convinced all of us.",
    "reason": "The aquarium was borrowed.",
}


def quiet(_done: int) -> None:
    """No progress bar."""


def found_in(folder: Path, *marks: bytes) -> list[str]:
    """Every file that holds one of the marks."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [
        str(path.relative_to(folder))
        for path in files
        if (data := path.read_bytes()) and any(mark in data for mark in marks)
    ]


def marks(*names: str) -> list[bytes]:
    """What was typed, as UTF-8 and as base64 would hold it at any offset is sealed anyway."""
    return [WORDS[name].encode() for name in names or WORDS]


def educator(world: World) -> tuple[Caller, UUID, UUID]:
    """A person who left words everywhere; with their award and what was said of it."""
    do, admin = world.do, Order(world.administrator)
    roles = (("educator", world.campus),)
    answer = do.people.register(admin, WORDS["name"], WORDS["email"], world.campus, roles)
    person = Caller(UUID(answer["id"]), "educator", world.campus)
    assert person.person is not None
    do.people.issue_token(Order(person), person.person, "educator", world.campus, WORDS["label"])
    own = Order(person)
    submission = UUID(do.submissions.draft(own, world.micro, 1)["id"])
    do.submissions.add_evidence(
        own, submission, "reflection", WORDS["file"], "text/plain", WORDS["evidence"].encode()
    )
    do.submissions.submit(own, submission, True, WORDS["statement"])
    world.review(submission)
    award = UUID(do.awards.issue(Order(world.manager), submission)["id"])
    endorsed = do.endorsements.issue(
        admin, NETWORK_ID, world.app.site.badge(award), "award", WORDS["endorsement"]
    )
    return person, award, UUID(endorsed["id"])


def forget(world: World, person: Caller) -> None:
    assert person.person is not None
    erase(world.app, Order(world.administrator), person.person, "requested-by-person")


def files_of(folder: Path, *ids: UUID) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() and any(str(i) in str(path) for i in ids):
            yield str(path.relative_to(folder))


def test_a_second_export_takes_away_whoever_was_erased_since(world: World, tmp_path: Path) -> None:
    app, folder = world.app, tmp_path / "export"
    other = world.award()
    person, award, endorsement = educator(world)
    last = export_public(app, folder, quiet)
    export_events(app, folder, last.size, quiet)
    published = found_in(folder, *marks("statement", "endorsement"))
    assert published == [f"badges/{award}.json", f"endorsements/{endorsement}.json"]
    for form in ("png", "svg", "jwt"):  # as an operator may have put them beside it
        data = app.publishing.artefact(award, form, "ES256" if form == "jwt" else "eddsa-rdfc-2022")  # type: ignore[arg-type]
        assert data is not None
        (folder / f"badges/{award}.{form}").write_bytes(data)
    forget(world, person)
    last = export_public(app, folder, quiet)
    export_events(app, folder, last.size, quiet)
    assert found_in(folder, *marks()) == []
    assert list(files_of(folder, award, endorsement)) == [f"badges/{award}/receipt"]
    assert (folder / f"badges/{other}.json").read_bytes() == app.publishing.badge(other)


def test_an_export_that_was_killed_leaves_nobody_behind(world: World, tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    def kill(done: int) -> None:
        if done == 2:
            raise Killed

    app, folder = world.app, tmp_path / "export"
    world.award()
    person, award, _ = educator(world)
    world.award(world.person("educator", world.campus))
    with pytest.raises(Killed):
        export_public(app, folder, kill)
    badge = folder / f"badges/{award}.json"
    badge.with_name(f".{badge.name}.new").write_bytes(badge.read_bytes()[:-20])
    forget(world, person)
    export_public(app, folder, quiet)
    assert found_in(folder, *marks()) == []


def test_who_is_erased_while_an_export_runs_is_not_in_it(world: World, tmp_path: Path) -> None:
    person, _, _ = educator(world)
    world.award()

    def meanwhile(done: int) -> None:
        if done == 1:
            forget(world, person)

    export_public(world.app, tmp_path / "export", meanwhile)
    assert found_in(tmp_path / "export", *marks()) == []


def test_a_backup_holds_nobodys_words_in_clear(world: World, tmp_path: Path) -> None:
    person, _, _ = educator(world)
    back_up(world.app, tmp_path / "before", quiet)
    assert found_in(tmp_path / "before", *marks()) == []
    key = wrapped_key(world, person)
    assert found_in(tmp_path / "before", key) == ["home/vault.db"]
    forget(world, person)
    back_up(world.app, tmp_path / "after", quiet)
    assert found_in(tmp_path / "after", *marks(), key) == []


def wrapped_key(world: World, person: Caller) -> bytes:
    with world.app.vault.engine.connect() as connection:
        query = text("SELECT wrapped FROM data_keys WHERE subject = :person")
        found = connection.execute(query, {"person": str(person.person)}).scalar_one()
    return bytes(found)


def test_the_home_folder_holds_words_sealed_and_no_destroyed_key(world: World) -> None:
    """Databases, their free pages and write-ahead logs, evidence, images, the list of erasures."""
    person, award, _ = educator(world)
    app, home = world.app, world.app.settings.home
    app.views.catch_up()
    app.publishing.artefact(award, "png", "eddsa-rdfc-2022")
    app.publishing.receipt(award)
    world.do.awards.revoke(Order(world.manager), award, "integrity", WORDS["reason"])
    app.views.catch_up()
    assert found_in(home, *marks()) == []
    key = wrapped_key(world, person)
    assert found_in(home, key) == ["vault.db"]
    forget(world, person)
    app.views.catch_up()
    assert found_in(home, *marks(), key) == []
    assert app.publishing.artefact(award, "png", "eddsa-rdfc-2022") is None
    assert not [path for path in (home / "evidence").rglob("*") if path.is_file()]


def test_evidence_goes_although_the_read_model_that_finds_it_is_broken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no read model takes this")

    handlers = world.app.views._handlers
    monkeypatch.setitem(handlers, "review-queue", dict.fromkeys(handlers["review-queue"], broken))
    person, _, _ = educator(world)
    world.submitted(micro=world.publish(definition(name="Another")))
    forget(world, person)
    left = [p for p in (world.app.settings.home / "evidence").rglob("*") if p.is_file()]
    assert len(left) == 1  # the other educator's
