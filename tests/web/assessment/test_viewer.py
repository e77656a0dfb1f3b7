"""Evidence on pages: how each kind goes out, under which headers; and what is too much."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from api.assessing import take_next
from api.viewing import Viewing
from ledger.assessment import DraftSubmission, SubmitRound
from ledger.bus import Request
from ledger.catalogue import Part
from tests.api.test_viewing import heavy_pdf, picture, written
from tests.web.browser import Browser
from tests.world import World, definition, evidence

Browsers = Callable[..., Browser]
VIDEO = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"frames" * 50


def reviewed(world: World, data: bytes) -> tuple[str, UUID]:
    """Where a plan is that the first assessor reviews, and their review."""
    submission = world.draft()
    world.do(world.educator, evidence(submission, data, "plan"))
    world.do(world.educator, SubmitRound(submission=submission, attested=True))
    review = take_next(world.app, Request(world.assessors[0]), world.micro).id
    return f"/submissions/{submission}/evidence/plan", review


def test_a_recording_plays_in_ranges_and_can_do_nothing(world: World, browser: Browsers) -> None:
    address, review = reviewed(world, VIDEO)
    own = browser(world.assessors[0])
    assert f'src="{address}/raw"' in own.get(f"/reviews/{review}").text
    part = own.get(f"{address}/raw", headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, VIDEO[4:12])
    assert part.headers["content-type"] == "video/mp4"
    assert "content-disposition" not in part.headers
    for name, words in {
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }.items():
        assert words in part.headers[name]


def test_what_is_on_no_list_is_a_download_of_no_type(world: World, browser: Browsers) -> None:
    parts = (Part(id="plan", name="Plan", instruction="Any.", kind="file", media=("other",)),)
    micro = world.publish(definition(name="Any", parts=parts))
    submission = world.do(world.educator, DraftSubmission(micro_credential=micro, number=1)).id
    page = b"<!doctype html><script>alert(1)</script>"
    world.do(world.educator, evidence(submission, page, "plan"))
    address = f"/submissions/{submission}/evidence/plan"
    own = browser(world.educator)
    for path in ("raw", "download"):
        answer = own.get(f"{address}/{path}")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment; ")
    for path in ("picture", "pages/1", "words"):
        assert own.get(f"{address}/{path}").status_code == 404


def test_a_download_has_its_educators_name_for_them_alone(world: World, browser: Browsers) -> None:
    submission = world.draft()
    command = evidence(submission, written("Plan"), "plan")
    world.do(world.educator, command.model_copy(update={"name": "Plan de Noor ñ.pdf"}))
    address = f"/submissions/{submission}/evidence/plan"
    named = browser(world.educator).get(f"{address}/download").headers["content-disposition"]
    assert named.endswith("filename*=UTF-8''Plan%20de%20Noor%20%C3%B1.pdf")
    world.do(world.educator, SubmitRound(submission=submission, attested=True))
    take_next(world.app, Request(world.assessors[0]), world.micro)
    blind = browser(world.assessors[0]).get(f"{address}/download").headers["content-disposition"]
    assert blind.endswith("filename*=UTF-8''plan.pdf")


def test_a_pdf_is_pictures_and_words(world: World, browser: Browsers) -> None:
    address, review = reviewed(world, written("Fractions, week two"))
    own = browser(world.assessors[0])
    assert f'src="{address}/pages/1"' in own.get(f"/reviews/{review}").text
    assert own.get(f"{address}/pages/1").headers["content-type"] == "image/webp"
    assert own.get(f"{address}/pages/2").status_code == 404
    assert "Fractions, week two" in own.get(f"{address}/words").text


def test_what_cannot_be_read_says_so_and_can_be_downloaded(world: World, browser: Browsers) -> None:
    address, _ = reviewed(world, picture((60_000, 60_000), "1"))
    own = browser(world.assessors[0])
    assert own.get(f"{address}/picture").status_code == 404
    assert own.get(f"{address}/download").status_code == 200
    cut, other = reviewed(world, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"x" * 100)
    page = own.get(f"/reviews/{other}").text
    assert "It cannot be read as what it says it is." in page
    assert f'href="{cut}/download"' in page


def test_slow_pictures_hold_up_no_page(world: World, browser: Browsers) -> None:
    """A line of pages that take minutes to draw, in one process; the review comes meanwhile."""
    address, review = reviewed(world, heavy_pdf())
    world.app.viewing.close()
    world.app.viewing = Viewing(most=1, seconds=2.0)
    own = browser(world.assessors[0])
    with ThreadPoolExecutor(4) as threads:
        slow = [threads.submit(own.get, f"{address}/pages/1") for _ in range(4)]
        page = own.get(f"/reviews/{review}")
        assert page.status_code == 200
        assert "A PDF of 1 page." in page.text
        assert not all(each.done() for each in slow)
        assert {each.result().status_code for each in slow} == {404}
