"""What holds on either engine: durable events, one outcome of a race, sealed personal data."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api.access import caller_of_token, issue_token
from badges.document import parse_document
from ledger.aggregate import PublicEvent
from ledger.assessment import ClaimReview, DraftSubmission, SubmitRound
from ledger.awards import Award, IssueAward, badge_bytes
from ledger.bus import Request
from ledger.context import Caller
from ledger.errors import KeyReused, LedgerError, StaleVersion
from ledger.files import FileFolder
from ledger.people import Person, RegisterPerson
from ledger.recorders import ClaimTaken
from tests.world import World


def test_events_come_back_as_they_were_recorded(stored_world: World) -> None:
    award_id = stored_world.award()
    award = stored_world.app.store.get(Award, award_id, "award")
    data = badge_bytes(stored_world.app.vault, award.document)
    assert data is not None
    assert hashlib.sha256(data).hexdigest() == award.digest
    assert parse_document(data)["id"] == stored_world.app.site.badge(award_id)


def test_one_of_many_parallel_awards_succeeds(stored_world: World) -> None:
    submission = stored_world.accepted()

    def attempt(_number: int) -> str:
        try:
            stored_world.do(stored_world.manager, IssueAward(submission=submission))
        except LedgerError as error:
            return error.code
        return "awarded"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(attempt, range(16)))
    assert results.count("awarded") == 1
    assert set(results) <= {"awarded", "competency-not-demonstrated", "award-already-live"}


def test_parallel_awards_of_two_submissions_give_one_live_award(stored_world: World) -> None:
    first, second = stored_world.accepted(), stored_world.accepted()

    def attempt(submission: UUID) -> str:
        try:
            stored_world.do(stored_world.manager, IssueAward(submission=submission))
        except LedgerError as error:
            return error.code
        return "awarded"

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(attempt, [first, second]))
    assert results == ["award-already-live", "awarded"]


def test_a_repeated_key_is_carried_out_once(stored_world: World) -> None:
    world = stored_world
    draft = DraftSubmission(micro_credential=world.micro, number=1)
    first = world.do(world.educator, draft, key="one")
    position = world.app.store.position()
    assert world.do(world.educator, draft, key="one") == first
    assert world.app.store.position() == position
    other = DraftSubmission(micro_credential=world.micro, number=2)
    with pytest.raises(KeyReused):
        world.do(world.educator, other, key="one")


def test_a_repeated_key_in_parallel_is_carried_out_once(stored_world: World) -> None:
    draft = DraftSubmission(micro_credential=stored_world.micro, number=1)

    def attempt(_number: int) -> UUID:
        return stored_world.do(stored_world.educator, draft, key="parallel").id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(attempt, range(8)))) == 1


def test_a_key_is_its_callers_own(stored_world: World) -> None:
    other = stored_world.person("educator", stored_world.campus)
    mine = stored_world.do(
        stored_world.educator,
        DraftSubmission(micro_credential=stored_world.micro, number=1),
        key="same",
    )
    theirs = stored_world.do(
        other, DraftSubmission(micro_credential=stored_world.micro, number=1), key="same"
    )
    assert mine.id != theirs.id


def test_a_tokens_secret_is_never_recorded(stored_world: World) -> None:
    token = issue_token(stored_world.app, Request(stored_world.educator), "On my laptop")
    recorded = b"".join(notification.state for notification in stored_world.app.store.page(0))
    assert token.secret.encode() not in recorded
    assert b"laptop" not in recorded
    assert caller_of_token(stored_world.app, token.secret) is not None
    assert caller_of_token(stored_world.app, token.secret + "x") is None


def test_a_stale_version_is_refused(stored_world: World) -> None:
    submission = stored_world.draft()
    own, submit = stored_world.educator, SubmitRound(submission=submission, attested=True)
    with pytest.raises(StaleVersion):
        stored_world.do(own, submit, expected_version=1)
    stored_world.do(own, submit, expected_version=2)


def test_what_begins_something_new_is_held_against_the_version_of_what_it_is_about(
    stored_world: World,
) -> None:
    submission = stored_world.submitted()
    assessor, manager = stored_world.assessors[0], stored_world.manager
    with pytest.raises(StaleVersion):
        stored_world.do(assessor, ClaimReview(submission=submission), expected_version=2)
    stored_world.do(assessor, ClaimReview(submission=submission), expected_version=3)
    seen = stored_world.read(manager, submission).version
    accepted = stored_world.accepted(stored_world.person("educator", stored_world.campus))
    with pytest.raises(StaleVersion):
        stored_world.do(manager, IssueAward(submission=accepted), expected_version=seen - 1)
    seen = stored_world.read(manager, accepted).version
    stored_world.do(manager, IssueAward(submission=accepted), expected_version=seen)


def test_personal_data_is_never_in_clear(stored_world: World) -> None:
    person = stored_world.person("educator", stored_world.campus, "Zuleika Unmistakable")
    submission = stored_world.draft(person)
    words = "My quite unmistakable statement"
    stored_world.do(person, SubmitRound(submission=submission, attested=True, statement=words))
    stored_world.review(submission, meets=False)
    stored_world.app.views.catch_up()
    recorded = b"".join(notification.state for notification in stored_world.app.store.page(0))
    for secret in (b"Unmistakable", b"unmistakable", b"What changed", b"before and after"):
        assert secret not in recorded
    for file in (stored_world.app.settings.home / "evidence").rglob("*"):
        if file.is_file():
            assert b"What changed" not in file.read_bytes()


def test_a_destroyed_key_erases_the_person_and_changes_no_stored_byte(stored_world: World) -> None:
    award_id = stored_world.award()
    person = stored_world.educator.person
    assert person is not None
    before = [notification.state for notification in stored_world.app.store.page(0)]
    stored_world.app.vault.destroy(person)
    assert [notification.state for notification in stored_world.app.store.page(0)] == before
    award = stored_world.app.store.get(Award, award_id, "award")
    assert award.status == "active"
    assert badge_bytes(stored_world.app.vault, award.document) is None
    assert (
        stored_world.app.vault.open(stored_world.app.store.read(Person, person, "person").name)
        is None
    )


def test_every_event_says_who_when_and_carries_its_own_nonce(stored_world: World) -> None:
    stored_world.award()
    nonces = set()
    time = None
    public = 0
    for notification in stored_world.app.store.page(0):
        happened = stored_world.app.store.mapper.to_domain_event(notification)
        nonces.add(happened.nonce)
        assert len(bytes.fromhex(happened.nonce)) == 16
        assert time is None or happened.timestamp >= time
        time = happened.timestamp
        if isinstance(happened, PublicEvent):
            public += 1
            assert happened.__dict__.keys().isdisjoint({"actor", "acting_role", "command_id"})
        else:
            assert happened.command
            assert isinstance(happened.actor, UUID) or happened.acting_role == "system"
    assert public == 1
    assert len(nonces) == stored_world.app.store.position()


def test_a_caller_who_is_nobody_can_do_nothing(stored_world: World) -> None:
    ghost = Caller(UUID(int=1), "administrator", stored_world.campus)
    with pytest.raises(LedgerError):
        stored_world.do(
            ghost, RegisterPerson(name="N", email="n@example.org", home=stored_world.campus)
        )


def test_together_is_one_transaction_or_none(stored_world: World) -> None:
    """Commands inside are saved at the end; an error saves none; a lost race is told."""
    world, store = stored_world, stored_world.app.store
    before = store.position()
    with store.together():
        world.do(world.educator, DraftSubmission(micro_credential=world.micro, number=1))
        other = world.person("educator", world.campus)
        assert store.position() == before
    assert store.find(Person, other.person) is not None  # type: ignore[arg-type]
    after = store.position()
    with pytest.raises(KeyError), store.together():
        world.person("educator", world.campus)
        raise KeyError
    assert store.position() == after
    submission = world.accepted(other)
    with pytest.raises(ClaimTaken), store.together():
        for _ in range(2):  # the second knows nothing yet of the first
            world.do(world.manager, IssueAward(submission=submission))
    assert world.do(world.manager, IssueAward(submission=submission)).id


def test_every_option_of_a_postgresql_url_counts(tmp_path: Path, postgres_url: str) -> None:
    mark = "&" if "?" in postgres_url else "?"
    url = f"{postgres_url}{mark}application_name=the-ledger&target_session_attrs=read-write"
    built = World.build(tmp_path / "home", url)
    datastore: Any = built.app.store.recorder.datastore  # type: ignore[attr-defined]
    with datastore.get_connection() as connection:
        row = connection.execute("SELECT current_setting('application_name') AS name").fetchone()
    built.app.close()
    assert row["name"] == "the-ledger"


def test_two_who_keep_the_same_bytes_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    folder = FileFolder(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _number: folder.put(b"the same"), range(64)))
    assert [folder.get(name) for name in names] == [b"the same"]
    assert len([file for file in tmp_path.rglob("*") if file.is_file()]) == 1
