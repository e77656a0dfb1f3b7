"""An educator's way in the browser, without a script: from the catalogue's link to the answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from ledger.assessment import ClaimReview, RecordReview
from tests.api.test_uploads import VIDEO, objects, unfinished
from tests.web.browser import Browser
from tests.world import NOT_YET, PASS, WHY, World

Open = Callable[..., Browser]


def begun(world: World, own: Browser) -> str:
    """A draft; gives its page's address."""
    answer = own.submit(f"/start/{world.micro}/1")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def written(own: Browser, page: str, words: str = "What **changed**: a lot.") -> None:
    answer = own.submit(f"{page}/parts/reflection", {"words": words}, action="/parts/reflection")
    assert (answer.status_code, answer.headers["location"]) == (303, page), answer.text


def handed_in(own: Browser, page: str) -> None:
    answer = own.submit(f"{page}/check", {"attested": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}/next"), answer.text


def judged(world: World, page: str, meets: bool) -> None:
    submission = UUID(page.rpartition("/")[2])
    caller = world.assessors[0]
    review = world.do(caller, ClaimReview(submission=submission)).id
    levels, words = (PASS, {}) if meets else (NOT_YET, WHY)
    world.do(caller, RecordReview(review=review, levels=levels, feedback=dict(words)))
    world.app.views.catch_up()


def test_the_whole_way_to_an_answer_and_once_more(world: World, browser: Open) -> None:
    own = browser(world.educator)
    assert "Begin with something" in own.get("/home").text
    page = begun(world, own)
    assert "1 part is still to do" in own.get(page).text
    assert "Check your answers" not in own.get(page).text
    written(own, page)
    assert "What **changed**: a lot." in own.get(f"{page}/parts/reflection").text
    world.app.views.catch_up()
    assert "Next: hand it in" in own.get("/home").text
    refused = own.submit(f"{page}/check", {"statement": "My words."})
    assert refused.status_code == 422
    assert 'href="#attested"' in refused.text
    assert "My words." in refused.text
    handed_in(own, page)
    assert "You hear by" in own.get(f"{page}/next").text
    assert "its evidence is fixed" in own.get(f"{page}/parts/reflection").text
    judged(world, page, meets=False)
    assert "Feedback waits for you" in own.get("/home").text
    shown = own.get(page).text
    assert "came back with feedback" in shown
    assert "Show work from before and after." in shown
    assert shown.index("Impact") < shown.index("Practice")  # what is not there yet comes first
    written(own, page, "More of it.")
    handed_in(own, page)
    judged(world, page, meets=True)
    accepted = own.get(page).text
    assert "Everything that is asked for was shown" in accepted
    assert "You handed it in again: round 2." in accepted


def test_a_second_click_hands_in_once_and_an_old_page_says_so(world: World, browser: Open) -> None:
    own = browser(world.educator)
    page = begun(world, own)
    written(own, page)
    (form,) = [f for f in own.forms(f"{page}/check") if f.action.endswith("/check")]
    first = own.post(form.action, data={**form.values, "attested": "yes"})
    again = own.post(form.action, data={**form.values, "attested": "yes"})
    assert (first.status_code, again.status_code) == (303, 303)
    stale = own.post(form.action, data={**form.values, "attested": "yes", "_key": "another"})
    assert stale.status_code == 422
    assert len(world.read(world.educator, UUID(page.rpartition("/")[2])).reviews) == 0


def test_a_file_comes_with_the_form_and_is_nowhere_in_clear(
    world: World, browser: Open, tmp_path: Path
) -> None:
    own = browser(world.educator)
    page = begun(world, own)
    data = VIDEO + b"in clear " * 400_000 + os.urandom(1000)
    answer = own.submit(
        f"{page}/parts/plan",
        action="/evidence/plan/file",
        files={"file": ("Año 1.mp4", data, "text/html")},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, page), answer.text
    shown = own.get(page).text
    assert "Año 1.mp4" in shown
    assert all(b"in clear" not in path.read_bytes() for path in objects(world))
    assert unfinished(world) == []
    kept = world.app.reading.evidence(
        world.educator, world.app.bus.policy(), UUID(page.rpartition("/")[2]), "plan"
    )[0]
    assert b"".join(kept.read()) == data


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"file": ("", b"")}, "Choose a file first."),
        ({"file": ("a.mp4", b"")}, "There is nothing in this evidence."),
        ({"file": ("a.mp4", b"\x7fELF" + bytes(3_000_000))}, "this is a file of a kind"),
        ({"file": ("a.mp4", b"<svg/>")}, "this is an SVG picture"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_beside_it(
    world: World, browser: Open, files: dict[str, tuple[str, bytes]], words: str
) -> None:
    own = browser(world.educator)
    page = begun(world, own)
    answer = own.submit(f"{page}/parts/plan", action="/evidence/plan/file", files=files)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'href="#file"' in answer.text
    assert (unfinished(world), objects(world)) == ([], [])


def test_a_file_from_a_foreign_form_is_not_taken(world: World, browser: Open) -> None:
    own = browser(world.educator)
    page = begun(world, own)
    sent = {"file": ("a.txt", b"words")}
    for fields in ({}, {"_token": "guessed"}):
        answer = own.post(f"{page}/evidence/plan/file", data=fields, files=sent)
        assert answer.status_code == 403
    later = [("file", ("a.txt", b"words")), ("_token", (None, "late"))]
    assert own.post(f"{page}/evidence/plan/file", files=later).status_code == 403
    assert own.post(f"{page}/evidence/plan/file", content=b"words").status_code == 422
    assert (unfinished(world), objects(world)) == ([], [])


def test_the_script_s_upload_goes_on_and_needs_the_form_s_token(
    world: World, browser: Open
) -> None:
    own = browser(world.educator)
    page = begun(world, own)
    (form,) = [f for f in own.forms(f"{page}/parts/plan") if f.action.endswith("/file")]
    data = VIDEO + os.urandom(1_500_000)
    token = {"X-Form-Token": form.values["_token"]}
    named = {"File-Name": "film.mp4", "Upload-Length": str(len(data))}
    start = f"{page}/evidence/plan/uploads"
    assert own.post(start, headers={**named, "X-Form-Token": "guessed"}).status_code == 403
    begin = own.post(start, headers={**named, **token})
    address = begin.headers["location"]
    piece = {**token, "Content-Type": "application/partial-upload", "Upload-Offset": "0"}
    half = own.patch(address, headers=piece, content=data[:1_200_000])
    kept = int(half.headers["upload-offset"])
    assert "film.mp4" in own.get(f"{page}/parts/plan").text
    assert own.head(address).headers["upload-offset"] == str(kept)
    rest = {**piece, "Upload-Offset": str(kept), "Upload-Complete": "?1"}
    assert own.patch(address, headers=rest, content=data[kept:]).status_code == 200
    assert "film.mp4" in own.get(page).text
    other = own.post(start, headers={**named, **token}).headers["location"]
    ended = own.submit(f"{page}/parts/plan", action="/end")
    assert ended.status_code == 303
    assert own.head(other).status_code == 404


def test_a_draft_is_withdrawn_and_begun_anew(world: World, browser: Open) -> None:
    own = browser(world.educator)
    page = begun(world, own)
    assert own.submit(f"{page}/withdraw").status_code == 303
    shown = own.get(page).text
    assert "You took it back" in shown
    assert f"/start/{world.micro}/1" in shown
    assert own.submit(f"{page}/withdraw").status_code == 422


def test_a_refusal_is_appealed_once(world: World, browser: Open) -> None:
    own = browser(world.educator)
    page = begun(world, own)
    for _ in range(3):
        written(own, page)
        handed_in(own, page)
        judged(world, page, meets=False)
    assert "you may appeal once" in own.get(page).text
    empty = own.submit(f"{page}/appeal", {"grounds": " "})
    assert (empty.status_code, 'href="#grounds"' in empty.text) == (422, True)
    assert own.submit(f"{page}/appeal", {"grounds": "It is there."}).status_code == 303
    assert "Your appeal is being decided" in own.get(page).text
    assert own.submit(f"{page}/appeal", {"grounds": "Once more."}).status_code == 422


def test_others_do_not_see_it(world: World, browser: Open) -> None:
    page = begun(world, browser(world.educator))
    other = browser(world.person("educator", world.campus))
    places = [page, f"{page}/parts/reflection", f"{page}/check", f"{page}/next", f"{page}/appeal"]
    assert {other.get(place).status_code for place in places} == {404}
    nobody = browser()
    assert {nobody.get(place).status_code for place in [*places, "/home"]} == {303}
    assessor = browser(world.assessors[0])
    assert {assessor.get(place).status_code for place in [*places[1:], "/home"]} == {403}


def test_the_pages_are_in_spanish_too(world: World, browser: Open) -> None:
    own = browser(world.educator)
    page = begun(world, own)
    own.headers["Accept-Language"] = "es"
    for place in ("/home", "/my/submissions", page, f"{page}/parts/plan", f"{page}/check"):
        text = own.get(place).text
        assert '<html lang="es">' in text
        for english in ("Your evidence", "To do", "Draft", "Choose a file"):
            assert f">{english}<" not in text, (place, english)
