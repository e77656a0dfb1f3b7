"""The assessor's pages: taking on, scoring, checking, sealing, stepping back; blind throughout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.assessing import take_next
from ledger.assessment import AppealRefusal, RecordReview, SubmitRound
from ledger.bus import Request
from tests.web.browser import Browser, forms_in
from tests.world import NOT_YET, WHY, World, definition, evidence

Browsers = Callable[..., Browser]

PASS = {"level-practice": "shown", "level-impact": "shown"}
BELOW = {"level-practice": "shown", "level-impact": "emerging"}


def taken(world: World, assessor: int = 0, micro: UUID | None = None) -> str:
    asked = Request(world.assessors[assessor])
    return f"/reviews/{take_next(world.app, asked, micro or world.micro).id}"


def text(browser: Browser, address: str) -> str:
    page = browser.get(address)
    assert page.status_code == 200, (address, page.status_code, page.text)
    return page.text


def test_an_assessor_goes_from_the_queue_to_a_sealed_review(
    world: World, browser: Browsers
) -> None:
    submission = world.submitted()
    own = browser(world.assessors[0])
    assert 'data-label="Waiting">1<' in text(own, "/queue")
    took = own.submit("/queue")
    review = took.headers["location"]
    page = text(own, review)
    assert "What changed: a lot." in page
    assert text(own, "/queue").count(review) == 1
    saved = own.submit(review, {**BELOW, "do": "save"})
    assert (saved.status_code, saved.headers["location"]) == (303, review)
    assert "Saved." in text(own, review)
    unfinished = own.submit(review, {"do": "check"})
    assert unfinished.status_code == 422
    assert 'href="#feedback-impact"' in unfinished.text
    words = "Show work from before & after."
    checked = own.submit(review, {"feedback-impact": words, "do": "check"})
    assert checked.headers["location"] == f"{review}/check"
    shown = text(own, f"{review}/check")
    assert "Verdict: not yet" in shown
    assert "round 1 of 3" in shown
    assert "before &amp; after" in shown
    sealed = own.submit(f"{review}/check")
    assert sealed.headers["location"] == review
    assert "You scored it: not yet" in text(own, review)
    (told,) = world.read(world.educator, submission).reviews
    assert told.feedback == {"impact": words}
    assert "Went back for another round" in text(own, "/my/reviews")
    assert "You have no review in hand." in text(own, "/queue")


def test_a_verdict_is_told_with_what_it_leads_to(world: World, browser: Browsers) -> None:
    own = browser(world.assessors[0])
    cases: list[tuple[dict[str, Any], dict[str, str], str]] = [
        ({}, PASS, "It is accepted"),
        ({"reviews_required": 2}, PASS, "if you differ, a third decides"),
        ({"rounds_allowed": 1}, BELOW | {"feedback-impact": "More."}, "Its educator may appeal"),
    ]
    for number, (changes, scores, told) in enumerate(cases):
        micro = world.publish(definition(name=f"Case {number}", **changes))
        world.submitted(micro=micro)
        review = taken(world, micro=micro)
        own.submit(review, {**scores, "do": "check"})
        assert told in text(own, f"{review}/check")


def test_what_a_script_saves_quietly_is_kept(world: World, browser: Browsers) -> None:
    world.submitted()
    review, own = taken(world), browser(world.assessors[0])
    assert own.submit(review, {"level-practice": "shown", "do": "quietly"}).status_code == 204
    (form,) = [f for f in own.forms(review) if f.action.endswith(review)]
    assert form.values["level-practice"] == "shown"


def test_a_second_click_does_nothing_twice(world: World, browser: Browsers) -> None:
    world.submitted()
    world.submitted(world.person("educator", world.campus))
    own = browser(world.assessors[0])
    (form,) = [f for f in own.forms("/queue") if f.action.endswith("/queue")]
    for _ in range(2):
        assert own.post(form.action, data=form.values).status_code == 303
    assert text(own, "/queue").count('href="/reviews/') == 1
    review = own.get("/queue").text.split('href="/reviews/')[1].split('"')[0]
    own.submit(f"/reviews/{review}", {**PASS, "do": "check"})
    check = f"/reviews/{review}/check"
    (form,) = [f for f in own.forms(check) if f.action.endswith(check)]
    for _ in range(2):
        answer = own.post(form.action, data=form.values)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/reviews/{review}")
    assert "You scored it" in text(own, f"/reviews/{review}")


def test_stepping_back_asks_why_and_closes_the_evidence(world: World, browser: Browsers) -> None:
    submission = world.submitted()
    review, own = taken(world), browser(world.assessors[0])
    unsaid = own.submit(f"{review}/step-back")
    assert unsaid.status_code == 422
    assert "Say why you step back." in unsaid.text
    left = own.submit(f"{review}/step-back", {"why": "conflict"})
    assert left.headers["location"] == "/queue"
    assert own.get(review).status_code == 404
    assert own.get(f"/submissions/{submission}/evidence/reflection").status_code == 404
    assert "Nothing waits for you." in text(own, "/queue")


def test_nobody_elses_review_is_there(world: World, browser: Browsers) -> None:
    submission = world.submitted()
    review = taken(world)
    piece = f"/submissions/{submission}/evidence/reflection"
    addresses = [review, f"{review}/check", f"{review}/step-back", f"/reviews/{uuid4()}"]
    pieces = [piece, f"{piece}/raw", f"{piece}/download", f"{piece}/words", f"{piece}/picture"]
    other = browser(world.assessors[1])
    for address in (*addresses, *pieces):
        assert other.get(address).status_code == 404, address
    own = browser(world.assessors[0])
    for address in (review, f"{review}/check", f"{review}/step-back"):
        (form,) = [f for f in own.forms(review) if f.action.endswith(review)]
        token = {"_token": other.forms("/queue")[0].values["_token"]}
        values = {**form.values, **token, **PASS}
        assert other.post(address, data=values).status_code == 404, address
    for caller in (world.educator, world.manager, world.administrator):
        stranger = browser(caller)
        for address in ("/queue", "/my/reviews", *addresses):
            assert stranger.get(address).status_code == 403, address
    for caller in (world.manager, world.administrator, world.person("educator", world.campus)):
        for address in pieces:
            assert browser(caller).get(address).status_code == 404, address
    for address in ("/queue", "/my/reviews", *addresses, *pieces):
        answer = browser().get(address)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?")


def test_no_page_of_an_assessor_says_whose_work_it_is(world: World, browser: Browsers) -> None:
    educator = world.person("educator", world.campus, name="Noor Uncommon")
    draft = world.draft(educator)
    command = evidence(draft, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "plan")
    world.do(educator, command.model_copy(update={"name": "Noor Uncommon.pdf"}))
    world.do(educator, SubmitRound(submission=draft, attested=True))
    review, own = taken(world), browser(world.assessors[0])
    own.submit(review, {**BELOW, "feedback-impact": "More.", "do": "check"})
    pages = [own.get(a) for a in ("/queue", review, f"{review}/check", f"{review}/step-back")]
    piece = f"/submissions/{draft}/evidence/plan"
    pages += [own.get(piece), own.get(f"{piece}/words"), own.get(f"{piece}/download")]
    own.submit(f"{review}/check")
    pages += [own.get(review), own.get("/my/reviews")]
    for page in pages:
        assert page.status_code == 200, page.url
        for word in ("Uncommon", str(educator.person), str(world.campus), "Oak"):
            assert word not in page.text + str(page.headers), (page.url, word)


@pytest.mark.parametrize(("side", "state"), [("uphold", "upheld"), ("overturn", "accepted")])
def test_an_appeal_is_decided_by_somebody_else(
    world: World, browser: Browsers, side: str, state: str
) -> None:
    once = world.publish(definition(name="Once", rounds_allowed=1))
    submission = world.submitted(micro=once)
    review = UUID(taken(world, micro=once).rpartition("/")[2])
    own = world.assessors[0]
    scores = RecordReview(review=review, levels=NOT_YET, feedback=dict(WHY))
    world.do(own, scores)
    address = f"/appeals/{submission}"
    manager = browser(world.manager)
    assert manager.get(address).status_code == 404, "nobody appealed"
    appeal = AppealRefusal(submission=submission, grounds="It is all on page 3.")
    world.do(world.educator, appeal)
    page = text(manager, address)
    for words in ("It is all on page 3.", WHY["impact"], "What changed: a lot.", "Assessor 1"):
        assert words in page
    assert manager.submit(address, {"do": "check"}).status_code == 422
    answers = {"side": side, "reason": "I looked\nat all of it.", "do": "check"}
    check = manager.submit(address, answers)
    assert check.status_code == 200
    assert world.read(world.manager, submission).state == "appealed"
    (form,) = [f for f in forms_in(check) if f.action.endswith(address)]
    decided = manager.post(form.action, data={**form.values, "do": "decide"})
    assert decided.headers["location"] == address
    shown = world.read(world.educator, submission)
    assert (shown.state, shown.appeal_reason) == (state, "I looked\nat all of it.")
    assert "I looked\nat all of it." in text(manager, address)
    for caller in (own, world.educator, world.administrator):
        assert browser(caller).get(address).status_code == 403
