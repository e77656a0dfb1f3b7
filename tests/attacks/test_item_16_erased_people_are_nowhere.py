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

from api.access import issue_token
from api.backup import back_up
from api.export import export_events, export_public
from ledger.assessment import AddEvidence, DraftSubmission, SubmitRound
from ledger.awards import IssueAward, IssueEndorsement, RevokeAward
from ledger.bus import Request
from ledger.context import Caller
from ledger.people import NETWORK_ID, RegisterPerson, RoleWithin
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
    do, admin = world.do, world.administrator
    registered = RegisterPerson(
        name=WORDS["name"],
        email=WORDS["email"],
        home=world.campus,
        roles=(RoleWithin(role="educator", unit=world.campus),),
    )
    own = Caller(do(admin, registered).id, "educator", world.campus)
    issue_token(world.app, Request(own), WORDS["label"])
    submission = do(own, DraftSubmission(micro_credential=world.micro, number=1)).id
    added = AddEvidence(
        submission=submission,
        part="reflection",
        name=WORDS["file"],
        data=WORDS["evidence"].encode(),
    )
    do(own, added)
    do(own, SubmitRound(submission=submission, attested=True, statement=WORDS["statement"]))
    world.review(submission)
    award = do(world.manager, IssueAward(submission=submission)).id
    endorsed = IssueEndorsement(
        endorser=NETWORK_ID,
        kind="award",
        target=world.app.site.badge(award),
        comment=WORDS["endorsement"],
    )
    return own, award, do(admin, endorsed).id


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
    world.forget(person)
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
    world.forget(person)
    export_public(app, folder, quiet)
    assert found_in(folder, *marks()) == []


def test_who_is_erased_while_an_export_runs_is_not_in_it(world: World, tmp_path: Path) -> None:
    person, _, _ = educator(world)
    world.award()

    def meanwhile(done: int) -> None:
        if done == 1:
            world.forget(person)

    export_public(world.app, tmp_path / "export", meanwhile)
    assert found_in(tmp_path / "export", *marks()) == []


def test_a_backup_holds_nobodys_words_in_clear(world: World, tmp_path: Path) -> None:
    person, _, _ = educator(world)
    back_up(world.app, tmp_path / "before", quiet)
    assert found_in(tmp_path / "before", *marks()) == []
    key = wrapped_key(world, person)
    assert found_in(tmp_path / "before", key) == ["home/vault.db"]
    world.forget(person)
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
    revoked = RevokeAward(award=award, reason="integrity", note=WORDS["reason"])
    world.do(world.manager, revoked)
    app.views.catch_up()
    assert found_in(home, *marks()) == []
    key = wrapped_key(world, person)
    assert found_in(home, key) == ["vault.db"]
    world.forget(person)
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
    monkeypatch.setitem(handlers, "submissions", dict.fromkeys(handlers["submissions"], broken))
    person, _, _ = educator(world)
    world.submitted(micro=world.publish(definition(name="Another")))
    world.forget(person)
    left = [p for p in (world.app.settings.home / "evidence").rglob("*") if p.is_file()]
    assert len(left) == 1  # the other educator's
