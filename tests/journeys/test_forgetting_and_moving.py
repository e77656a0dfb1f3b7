"""Erasure, access, backup, and moving to another database: nothing that was signed is shaken."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest

from api.access import caller_of_token
from api.audit import audit
from api.backup import back_up, restore_backup
from api.disclosure import disclose
from api.erasure import Erasing, read_erasures
from api.export import export_events, export_public, import_events
from api.settings import Settings, SettingsError
from api.wiring import Testamur as Deployment
from badges.verification import Verifier
from ledger.assessment import ClaimReview, DraftSubmission
from ledger.awards import RevokeAward
from ledger.bus import Request
from ledger.errors import NotPermitted, RuleBroken
from ledger.people import (
    NETWORK_ID,
    ConfirmProposal,
    ErasePerson,
    Person,
    ProposeErasure,
    PublishProfile,
    RegisterOrganization,
    StopProposal,
)
from ledger.transparency import Checkpoint, LogError, must_continue
from ledger.transparency.source import tile_reader
from ledger.transparency.tiles import nodes_from
from projections.assessment import queues
from projections.awards import register
from projections.people import persons
from tests.journeys.test_tampering_is_found import Opened
from tests.world import World, definition


def quiet(_done: int) -> None:
    """No progress bar."""


def audited(world: World, app: Deployment) -> None:
    again = Deployment.around(app.settings, app.keys, world.clock)  # which the audit closes
    report = audit(Opened(again), app.log.verifier, world.clock.now, jobs=1)
    assert report.passed, report.divergences[:5]


def latest(app: Deployment) -> Checkpoint:
    return Checkpoint.parse(app.log.checkpoint().note.text)


def settings_for(home: Path, database_url: str = "") -> Settings:
    return Settings(home=home, database_url=database_url, key_passphrase="a passphrase")  # type: ignore[arg-type]


def test_a_forgotten_person_is_nowhere_and_everything_still_checks(world: World) -> None:
    app, person = world.app, world.educator.person
    assert person is not None
    award = world.award()
    data = app.publishing.badge(award)
    assert data is not None
    open_one = world.submitted(micro=world.publish(definition(name="Open")))
    token = world.token(world.educator)
    world.do(world.educator, PublishProfile(public=True))
    before = latest(app)
    world.forget(world.educator)

    assert app.publishing.badge(award) is None
    assert app.verifying.verifier().verify(data).verified  # a copy in the world goes on verifying
    folder = app.settings.home / "evidence"
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert caller_of_token(app, token) is None
    with app.views.reading("persons", "submissions", "awards") as connection:
        assert persons.by_id(connection, str(person)) is None
        assessor, campus = str(world.assessors[0].person), str(world.campus)
        assert not queues.offers(connection, assessor, [campus])
        assert register.by_id(connection, str(award)) is not None  # a number in a register
    with pytest.raises(RuleBroken, match="erased"):
        world.do(world.assessors[0], ClaimReview(submission=open_one))
    with pytest.raises(NotPermitted):
        world.do(world.educator, DraftSubmission(micro_credential=world.micro, number=1))
    with pytest.raises(RuleBroken, match="erased"):
        disclose(app, person, app.settings.home / "all.zip")
    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
    after = latest(app)
    must_continue(before, after, nodes_from(tile_reader(app.log), after.size))
    audited(world, app)
    assert app.erasing.carry_out_all(app.bus) == []
    app.erasing.carry_out(person, "requested-by-person")  # a second time changes nothing
    assert read_erasures(app.settings.erasures_file) == {person: "requested-by-person"}
    assert latest(app).size == after.size


def proposed(person: UUID | None) -> ProposeErasure:
    assert person is not None
    return ProposeErasure(person=person, ground="retention-ended", reason="They left.")


def test_only_an_administrator_above_may_propose_it_and_nobody_their_own(world: World) -> None:
    for caller in (world.manager, world.educator, world.assessors[0]):
        with pytest.raises(NotPermitted):
            world.do(caller, proposed(world.educator.person))
    with pytest.raises(NotPermitted, match="their own"):
        world.do(world.administrator, proposed(world.administrator.person))
    lower = world.person("administrator", world.campus)
    auditor = world.person("auditor", NETWORK_ID)
    with pytest.raises(NotPermitted):
        world.do(lower, proposed(auditor.person))
    with pytest.raises(NotPermitted):
        world.do(world.administrator, ErasePerson(proposal=uuid4()))


def test_one_alone_erases_nobody_and_what_is_stopped_never_happens(world: World) -> None:
    app, another = world.app, world.person("administrator", NETWORK_ID)
    proposal = world.do(world.administrator, proposed(world.educator.person)).id
    with pytest.raises(NotPermitted, match="second person"):
        world.do(world.administrator, ConfirmProposal(proposal=proposal))
    world.do(another, ConfirmProposal(proposal=proposal))
    app.processes.catch_up()
    assert not read_erasures(app.settings.erasures_file)  # not before the delay is over
    world.do(world.administrator, StopProposal(proposal=proposal, reason="It was a mistake."))
    world.clock.now += timedelta(days=30)
    app.processes.catch_up()
    assert not read_erasures(app.settings.erasures_file)
    world.award()  # the educator goes on
    audited(world, app)


class Killed(BaseException):
    """As a process that is killed: nothing catches it."""


def test_an_erasure_that_was_cut_short_is_told_and_finished_at_the_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, person = world.app, world.educator.person
    assert person is not None
    world.award()

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Erasing, "carry_out", kill)
        with pytest.raises(Killed):
            world.forget(world.educator)
    found = app.store.get(Person, person, "person")
    assert found.is_erased
    assert app.vault.open(found.name) is not None
    latest(app)
    again = Deployment.around(app.settings, app.keys, world.clock)
    report = audit(Opened(again), app.log.verifier, world.clock.now, jobs=1)
    told = report.findings["erasures.finished"].divergences
    assert [each.kind for each in told] == ["erasure-unfinished"]
    assert not report.passed
    with Deployment.open(app.settings, world.clock) as next_start:
        assert next_start.vault.open(found.name) is None
        evidence = app.settings.home / "evidence"
        assert not [path for path in evidence.rglob("*") if path.is_file()]
        audited(world, next_start)


def test_whoever_asks_gets_all_that_is_held_about_them_and_nothing_of_others(
    world: World, tmp_path: Path
) -> None:
    award = world.award()
    other = world.person("educator", world.campus, name="Olga Other")
    world.award(other)
    assert world.educator.person is not None
    file = tmp_path / "all.zip"
    number = disclose(world.app, world.educator.person, file)
    with zipfile.ZipFile(file) as bundle:
        events = json.loads(bundle.read("events.json"))
        everything = b"".join(bundle.read(name) for name in bundle.namelist())
        assert bundle.read(f"badges/{award}.json") == world.app.publishing.badge(award)
    assert len(events) == number
    assert [e["event"] for e in events][:2] == [
        "people.Person.Registered",
        "people.Person.RoleGranted",
    ]
    assert events[0]["name"] == "Sam Synthetic"
    assert "awards.Award.Issued" in [event["event"] for event in events]
    assert b"What changed: a lot." in everything
    assert b"Olga Other" not in everything


def test_a_backup_made_while_writing_comes_back_whole(world: World, tmp_path: Path) -> None:
    app, stop = world.app, Event()
    for _ in range(20):
        world.award(world.person("educator", world.campus))

    def write() -> None:
        while not stop.is_set():
            world.award(world.person("educator", world.campus))

    writer = Thread(target=write)
    writer.start()
    try:
        size = back_up(app, tmp_path / "backup", quiet)
    finally:
        stop.set()
        writer.join()
    assert size > 200
    home = tmp_path / "restored"
    restored, again = restore_backup(settings_for(home), tmp_path / "backup", quiet)
    assert (restored, again) == (size, [])
    with Deployment.open(settings_for(home), world.clock) as back:
        old = Checkpoint.parse(
            (tmp_path / "backup/log/checkpoint").read_text().partition("\n\n")[0] + "\n"
        )
        assert latest(back) == old
        assert not (tmp_path / "backup/badges").exists()  # they are sealed, in the events
        with back.views.reading("awards") as connection:
            some = back.publishing.badge(UUID(register.page(connection, 0, 1)[0].id))
        assert some is not None
        assert Verifier(_own(back), world.clock.now).verify(some).verified
        audited(world, back)
    with pytest.raises(SettingsError, match="not empty"):
        back_up(app, tmp_path / "backup", quiet)
    with pytest.raises(SettingsError, match="empty home"):
        restore_backup(settings_for(home), tmp_path / "backup", quiet)


def _own(app: Deployment):  # type: ignore[no-untyped-def]
    return app.verifying.verifier().loader


def test_a_backup_from_before_an_erasure_brings_nobody_back(world: World, tmp_path: Path) -> None:
    award = world.award()
    person = world.educator.person
    assert person is not None
    back_up(world.app, tmp_path / "backup", quiet)
    world.forget(world.educator)
    home = tmp_path / "restored"
    home.mkdir()
    shutil.copy(world.app.settings.erasures_file, home / "erasures")
    _, again = restore_backup(settings_for(home), tmp_path / "backup", quiet)
    assert again == [person]
    with Deployment.open(settings_for(home), world.clock) as back:
        assert back.publishing.badge(award) is None
        assert read_erasures(back.settings.erasures_file) == {person: "requested-by-person"}
        assert not [path for path in (home / "evidence").rglob("*") if path.is_file()]
        assert back.erasing.carry_out_all(back.bus) == []
        audited(world, back)


@pytest.mark.parametrize("file", ["events/000.p/{}", "log/checkpoint", "checkpoints.jsonl"])
def test_a_backup_that_was_touched_does_not_come_back(
    world: World, tmp_path: Path, file: str
) -> None:
    world.award()
    size = back_up(world.app, tmp_path / "backup", quiet)
    path = tmp_path / "backup" / file.format(size)
    data = path.read_bytes()
    at = data.index(b"=") - 5 if b"\n\n" in data or file.endswith("l") else len(data) // 2
    path.write_bytes(data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :])
    with pytest.raises(LogError):
        restore_backup(settings_for(tmp_path / "restored"), tmp_path / "backup", quiet)
    database = tmp_path / "restored/testamur.db"
    if database.exists():  # an archive that cannot be read is refused before there is one
        with closing(sqlite3.connect(database)) as events:
            assert events.execute("SELECT count(*) FROM stored_events").fetchone() == (0,)


@pytest.mark.parametrize("database_url", [""])
def test_moving_to_postgresql_keeps_positions_hashes_and_checkpoints(
    world: World, tmp_path: Path, postgres_url: str
) -> None:
    app = world.app
    first = app.log.checkpoint()
    award = world.award()
    receipt = str(app.publishing.receipt(award))
    last = export_public(app, tmp_path / "export", quiet)
    export_events(app, tmp_path / "export", last.size, quiet)
    settings = replace_database(app.settings, postgres_url)
    with Deployment.receiving(settings, tmp_path / "export", world.clock) as moved:
        assert import_events(moved, tmp_path / "export", quiet) == last.size
        assert [str(item.note) for item in moved.log.checkpoints()] == [
            str(item.note) for item in (first, *app.log.checkpoints()[1:])
        ]
        assert str(moved.publishing.receipt(award)) == receipt
        assert moved.publishing.badge(award) == app.publishing.badge(award)
        app.views.catch_up()
        for name in app.views.names:
            assert moved.views.digest(name)[0] == app.views.digest(name)[0]
        audited(world, moved)
        with pytest.raises(SettingsError, match="not empty"):
            import_events(moved, tmp_path / "export", quiet)
        west = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
        moved.bus.execute(Request(world.administrator), west)
        grown = latest(moved)
        must_continue(
            Checkpoint.parse(last.note.text), grown, nodes_from(tile_reader(moved.log), grown.size)
        )


def replace_database(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"database_url": url})


def test_an_export_goes_on_where_it_stopped_and_into_no_other_log(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    for _ in range(26):
        world.award(world.person("educator", world.campus))
    first = export_public(world.app, folder, quiet)
    export_events(world.app, folder, first.size, quiet)
    whole = (folder / "log/tile/0/000").stat().st_mtime_ns
    world.award(world.person("educator", world.campus))
    second = export_public(world.app, folder, quiet)
    export_events(world.app, folder, second.size, quiet)
    assert second.size > first.size > 256
    assert (folder / "log/tile/0/000").stat().st_mtime_ns == whole
    other = World.build(tmp_path / "other")
    with pytest.raises(LogError):
        export_public(other.app, folder, quiet)
    other.app.close()
