"""Read models: the same rows again when rebuilt, each event counted once, by any number."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from ledger.commands import Order
from ledger.organizations import NETWORK_ID
from projections import ALL, Follower, Views, awards, people, profiles, review_queue, status_lists
from projections.engine import BehindTheLog
from tests.world import World, definition


def test_rebuilding_gives_the_same_rows_byte_for_byte(stored_world: World) -> None:
    award = stored_world.award()
    stored_world.do.awards.revoke(Order(stored_world.manager), award, "integrity", "Note.")
    renewable = stored_world.publish(definition(name="Renewable", valid_months=12))
    stored_world.do.awards.renew(
        Order(stored_world.manager), stored_world.award(micro=renewable), "Still practised."
    )
    endorse = stored_world.do.endorsements.issue
    given = endorse(Order(stored_world.administrator), NETWORK_ID, "urn:x:1", "issuer", "Good.")
    stored_world.do.endorsements.withdraw(
        Order(stored_world.administrator), UUID(given["id"]), "Not any more."
    )
    other = stored_world.person("educator", stored_world.campus)
    stored_world.review(stored_world.submitted(other), meets=False)
    views = stored_world.app.views
    views.catch_up()
    for name in views.names:
        before = views.digest(name)
        assert before[0] > 0, f"{name} is empty: the test would prove nothing"
        views.rebuild(name)
        assert views.digest(name) == before


def test_a_digest_notices_one_changed_cell(stored_world: World) -> None:
    stored_world.award()
    views = stored_world.app.views
    views.catch_up()
    before = views.digest("awards")
    with views._writing() as connection:
        connection.execute(awards.awards.update().values(status="revoked"))
    assert views.digest("awards") != before
    views.rebuild("awards")
    assert views.digest("awards") == before


def test_many_followers_count_nothing_twice(stored_world: World) -> None:
    app = stored_world.app
    others = [Views(app.settings.views_url, app.store, ALL) for _ in range(3)]
    for _ in range(3):
        stored_world.award(stored_world.person("educator", stored_world.campus))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda views: views.catch_up(), [app.views, *others]))
    with app.views.reading() as connection:
        row = status_lists.by_name(connection, "revocation-1")
        assert row is not None
        assert row.taken == 3
    for views in others:
        views.close()


def test_a_follower_takes_up_what_another_process_records(stored_world: World) -> None:
    with Follower(stored_world.app.views, stored_world.app.store, every=0.05):
        stored_world.award()
        deadline = time.monotonic() + 20
        while stored_world.app.views.lag() and time.monotonic() < deadline:
            time.sleep(0.02)
    assert stored_world.app.views.lag() == 0


def test_a_follower_outlives_an_error(stored_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    views = stored_world.app.views
    remember = Views._remember
    failures = []

    def once(*arguments: object) -> None:
        if not failures:
            failures.append(1)
            raise RuntimeError("the database went away")
        remember(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Views, "_remember", staticmethod(once))
    with Follower(views, stored_world.app.store, every=0.05):
        stored_world.award()
        deadline = time.monotonic() + 20
        while views.lag() and time.monotonic() < deadline:
            time.sleep(0.02)
    assert failures
    assert views.lag() == 0


def test_an_error_in_a_page_leaves_neither_rows_nor_position(
    stored_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = stored_world.app.views
    views.catch_up()
    before = {name: views.digest(name) for name in views.names}
    stored_world.award()

    def broken(*_: object) -> None:
        raise RuntimeError("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(Views, "_remember", staticmethod(broken))
        views.catch_up()
        with pytest.raises(BehindTheLog):
            views.must_follow("awards")
    assert {name: views.digest(name) for name in views.names} == before
    views.retry()
    views.catch_up()
    assert views.digest("awards")[0] == before["awards"][0] + 1


def test_profile_and_register_count_alike(stored_world: World) -> None:
    first = stored_world.award()
    other = stored_world.publish(definition(name="Another"))
    stored_world.award(micro=other)
    stored_world.do.awards.revoke(Order(stored_world.manager), first, "integrity", "Note.")
    stored_world.app.views.catch_up()
    with stored_world.app.views.reading() as connection:
        profile = profiles.of(connection, str(stored_world.educator.person))
        assert profile is not None
        assert (profile.earned, profile.revoked) == (2, 1)
        assert awards.live_by_school_year(connection) == {"2025-26": (1, 1)}
        row = awards.by_id(connection, str(first))
        assert row is not None
        assert (row.status, row.reason) == ("revoked", "integrity")


def test_the_queue_offers_what_one_may_take_and_nothing_else(stored_world: World) -> None:
    micro = stored_world.publish(definition(name="Double", reviews_required=2))
    submission = stored_world.submitted(micro=micro)
    views = stored_world.app.views

    def offered(assessor: int) -> list[str]:
        views.catch_up()
        with views.reading() as connection:
            person = str(stored_world.assessors[assessor].person)
            return [row.id for row in review_queue.waiting_for(connection, person, 0, 50)]

    assert offered(0) == offered(1) == offered(2) == [str(submission)]
    stored_world.review(submission, 0)
    assert offered(0) == []
    stored_world.do.reviews.claim(Order(stored_world.assessors[1]), submission)
    assert offered(1) == [str(submission)], "an open review stays in one's queue"
    assert offered(2) == [], "there is no place left"


def test_a_disagreement_opens_a_place_for_a_third(stored_world: World) -> None:
    micro = stored_world.publish(definition(name="Double", reviews_required=2))
    submission = stored_world.submitted(micro=micro)
    stored_world.review(submission, 0)
    stored_world.review(submission, 1, meets=False)
    stored_world.app.views.catch_up()
    with stored_world.app.views.reading() as connection:
        third = str(stored_world.assessors[2].person)
        assert len(review_queue.waiting_for(connection, third, 0, 50)) == 1


def test_a_revoked_token_names_nobody(stored_world: World) -> None:
    person = stored_world.educator.person
    assert person is not None
    answer = stored_world.do.people.issue_token(
        Order(stored_world.educator), person, "educator", stored_world.campus, "x"
    )
    stored_world.do.people.revoke_token(Order(stored_world.educator), person, UUID(answer["token"]))
    stored_world.app.views.catch_up()
    with stored_world.app.views.reading() as connection:
        assert connection.execute(people.tokens.select()).all() == []


def test_a_suspension_sets_and_clears_its_bit_and_revocation_keeps_it(stored_world: World) -> None:
    micro = stored_world.publish(definition(name="Suspendable", suspendable=True))
    award = stored_world.award(micro=micro)
    order = Order(stored_world.manager)
    app = stored_world.app

    def answer() -> dict[str, str]:
        app.views.catch_up()
        data = app.badge(award)
        assert data is not None
        report = app.verifier().verify(data)
        return {c.id: c.status for c in report.checks if c.id.startswith("status.")}

    assert answer() == {"status.revocation": "passed", "status.suspension": "passed"}
    stored_world.do.awards.suspend(order, award, "under-investigation", "Looking into it.")
    assert answer()["status.suspension"] == "failed"
    stored_world.do.awards.reinstate(order, award, "Nothing was wrong.")
    assert answer()["status.suspension"] == "passed"
    stored_world.do.awards.revoke(order, award, "integrity", "It was wrong after all.")
    assert answer()["status.suspension"] == "failed"
