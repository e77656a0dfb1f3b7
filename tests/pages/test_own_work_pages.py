"""An educator's pages, looked at; and an upload in a real browser, whose line breaks."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Route

from ledger.assessment import ClaimReview, DraftSubmission, RecordReview, SubmitRound
from ledger.context import Caller
from tests.api.test_uploads import VIDEO
from tests.pages.house import House
from tests.world import NOT_YET, WHY, World, evidence


def educator(world: World) -> Caller:
    return world.person("educator", world.campus, "Núria O'Brien")


def returned(world: World, own: Caller) -> UUID:
    submission = world.submitted(own)
    review = world.do(world.assessors[0], ClaimReview(submission=submission)).id
    scored = RecordReview(review=review, levels=NOT_YET, feedback=dict(WHY))
    world.do(world.assessors[0], scored)
    return submission


def test_the_first_page(house: House) -> None:
    world = house.world
    own = educator(world)
    house.look_at("educator-home-new", "/home", own)
    returned(world, own)
    house.look_at("educator-home", "/home", own)
    house.look_at("educator-submissions", "/my/submissions", own)


def test_from_the_start_to_what_happens_next(house: House) -> None:
    world = house.world
    own = educator(world)
    house.look_at("start", f"/start/{world.micro}/1", own)
    begun = world.do(own, DraftSubmission(micro_credential=world.micro, number=1)).id
    page = f"/submissions/{begun}"
    house.look_at("submission-draft", page, own)
    house.look_at("part-text", f"{page}/parts/reflection", own)
    world.app.uploading.begin(own, begun, "plan", "lesson.mp4", 90_000_000, can_go_on=True).close()
    house.look_at("part-file", f"{page}/parts/plan", own)
    world.do(own, evidence(begun, b"What *changed*: a lot."))
    house.look_at("check", f"{page}/check", own)
    house.look_at("withdraw", f"{page}/withdraw", own)
    world.do(own, SubmitRound(submission=begun, attested=True))
    house.look_at("next", f"{page}/next", own)
    house.look_at("submission-handed-in", page, own)


def test_what_came_back_and_what_was_refused(house: House) -> None:
    world = house.world
    own = educator(world)
    submission = returned(world, own)
    house.look_at("submission-returned", f"/submissions/{submission}", own)
    for _ in range(2):
        world.do(own, SubmitRound(submission=submission, attested=True))
        review = world.do(world.assessors[0], ClaimReview(submission=submission)).id
        scored = RecordReview(review=review, levels=NOT_YET, feedback=dict(WHY))
        world.do(world.assessors[0], scored)
    house.look_at("submission-not-accepted", f"/submissions/{submission}", own)
    house.look_at("appeal", f"/submissions/{submission}/appeal", own)


def test_an_upload_goes_on_after_the_line_broke(house: House, tmp_path: Path) -> None:
    world = house.world
    own = educator(world)
    begun = world.do(own, DraftSubmission(micro_credential=world.micro, number=1)).id
    film = tmp_path / "Mi clase.mp4"
    film.write_bytes(VIDEO + os.urandom(3_000_000))
    broken: list[str] = []

    def line(route: Route) -> None:
        if route.request.method == "PATCH" and not broken:
            broken.append(route.request.url)
            upload = UUID(route.request.url.rpartition("/")[2])
            with world.app.uploading.go_on(own, upload) as incoming:  # so much had arrived
                incoming.write(film.read_bytes()[:1_500_000])
                incoming.keep()
            route.abort()
        else:
            route.continue_()

    with house.open(f"/submissions/{begun}/parts/plan", own) as page:
        page.route("**/uploads/**", line)
        page.set_input_files("#file", film)
        page.get_by_role("button", name="Upload").click()
        page.wait_for_url(f"**/submissions/{begun}")
        assert page.get_by_text("Mi clase.mp4").is_visible()
    assert len(broken) == 1
    policy = world.app.bus.policy()
    kept, item = world.app.reading.evidence(own, policy, begun, "plan")
    assert b"".join(kept.read()) == film.read_bytes()
    assert item.media_type == "video/mp4"
    assert world.app.uploading.of(own, begun) == []


def test_the_same_file_comes_without_javascript(house: House, tmp_path: Path) -> None:
    world = house.world
    own = educator(world)
    begun = world.do(own, DraftSubmission(micro_credential=world.micro, number=1)).id
    film = tmp_path / "film.mp4"
    film.write_bytes(VIDEO + os.urandom(3_000_000))
    with house.open(f"/submissions/{begun}/parts/plan", own, javascript=False, width=390) as page:
        page.set_input_files("#file", film)
        page.get_by_role("button", name="Upload").click()
        page.wait_for_url(f"**/submissions/{begun}")
        assert page.get_by_text("film.mp4").is_visible()


def test_what_is_no_file_for_the_part_is_told_by_the_script(house: House, tmp_path: Path) -> None:
    world = house.world
    own = educator(world)
    begun = world.do(own, DraftSubmission(micro_credential=world.micro, number=1)).id
    program = tmp_path / "film.mp4"
    program.write_bytes(b"\x7fELF" + bytes(200_000))
    with house.open(f"/submissions/{begun}/parts/plan", own) as page:
        page.set_input_files("#file", program)
        page.get_by_role("button", name="Upload").click()
        page.get_by_text("this is a file of a kind that is not known here").wait_for()


def test_badges_account_and_data(house: House) -> None:
    world = house.world
    own = educator(world)
    house.look_at("my-badges-none", "/my/badges", own)
    world.award(own)
    house.look_at("my-badges", "/my/badges", own)
    house.look_at("account", "/me", own)
    house.look_at("what-is-public", "/me/public", own)
    house.look_at("my-data", "/me/data", own)
    house.look_at("forget", "/me/data/forget", own)
