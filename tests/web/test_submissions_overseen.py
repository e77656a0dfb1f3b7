"""A programme manager's day by forms: what waits, who has it, awarding it, taking it back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from ledger.assessment import ClaimReview, Submission
from ledger.awards import Award
from ledger.context import Caller
from ledger.people import NETWORK_ID, GrantRole, RegisterOrganization, RoleWithin
from tests.web.browser import Browser
from tests.world import World, definition

Browsers = Callable[..., Browser]

PAGES = {
    "/submissions": {"programme-manager"},
    "/submissions.csv": {"programme-manager"},
    "/assessors": {"programme-manager"},
    "/awards": {"programme-manager", "administrator", "auditor"},
    "/awards.csv": {"programme-manager", "administrator", "auditor"},
    "/awards/waiting": {"programme-manager"},
}


def of_each_role(world: World) -> dict[str, Caller]:
    return {
        "programme-manager": world.manager,
        "administrator": world.administrator,
        "assessor": world.assessors[0],
        "educator": world.educator,
        "hiring-manager": world.person("hiring-manager", NETWORK_ID),
        "auditor": world.person("auditor", NETWORK_ID),
    }


def test_each_page_is_for_whoever_may(world: World, browser: Browsers) -> None:
    submission, award = world.submitted(), world.award(world.person("educator", world.campus))
    pages = {
        **PAGES,
        f"/submissions/{submission}": {"programme-manager", "educator"},
        f"/awards/{award}": {"programme-manager", "administrator", "auditor"},
        f"/awards/{award}/revoke": {"programme-manager", "administrator", "auditor"},
    }
    for role, caller in of_each_role(world).items():
        theirs = browser(caller)
        for path, may in pages.items():
            answer = theirs.get(path)
            assert answer.status_code == (200 if role in may else 403), (role, path)
            assert "Traceback" not in answer.text
    nobody = browser()
    for path in pages:
        assert nobody.get(path).headers["location"].startswith("/sign-in?next=")


def test_what_waits_is_counted_filtered_and_downloaded(world: World, browser: Browsers) -> None:
    first = world.submitted()
    other = world.publish(definition(name="Reading Aloud"))
    world.accepted(world.person("educator", world.campus, name="=Ana"), other)
    hers = browser(world.manager)
    page = hers.get("/submissions").text
    assert "2 submissions wait for somebody." in page
    assert "Reading Aloud" in page
    only = hers.get(f"/submissions?state=submitted&microCredential=&campus={world.campus}").text
    assert f"/submissions/{first}" in only
    assert only.count('<tr><th scope="row"') == 1
    assert hers.get("/submissions?state=nonsense&page=-3&microCredential=x").status_code == 200
    assert "No submission is like that." in hers.get("/submissions?state=upheld").text
    rows = list(csv.DictReader(io.StringIO(hers.get("/submissions.csv?state=accepted").text)))
    assert [row["educator"] for row in rows] == ["'=Ana"]
    world.clock.now += timedelta(days=30)
    late = browser(world.manager).get("/submissions?late=true").text
    assert "1 of them is late" in late
    assert late.count('<tr><th scope="row"') == 1


def test_a_submission_is_assigned_given_to_another_and_put_back(
    world: World, browser: Browsers
) -> None:
    submission = world.submitted()
    one, other = world.assessors[0], world.assessors[1]
    path, hers = f"/submissions/{submission}", browser(world.manager)
    given = hers.submit(path, {"assessor": str(one.person)})
    assert (given.status_code, given.headers["location"]) == (303, path)
    assert "It is given to the assessor." in hers.get(path).text
    hers.submit(path, {"assessor": str(other.person)})
    panel = world.app.store.read(Submission, submission, "submission").panel
    assert list(panel.values()) == [one.person, other.person]
    freed = hers.submit(path, {"assessor": ""})
    assert freed.status_code == 303
    assert not world.app.store.read(Submission, submission, "submission").open_reviews
    nobody = hers.submit(path, {"assessor": ""})
    assert nobody.status_code == 422
    assert "There is a problem" in nobody.text


def test_of_two_managers_the_second_is_told_and_loses_nothing(
    world: World, browser: Browsers
) -> None:
    submission = world.submitted()
    path, hers, his = f"/submissions/{submission}", browser(world.manager), browser(world.manager)
    (form,) = [f for f in hers.forms(path) if f.action.endswith("/reviewer")]
    (seen,) = [f for f in his.forms(path) if f.action.endswith("/reviewer")]
    origin = {"Origin": str(hers.base_url).rstrip("/")}
    one, other = (str(assessor.person) for assessor in world.assessors[:2])
    first = hers.post(form.action, data={**form.values, "assessor": one}, headers=origin)
    again = hers.post(form.action, data={**form.values, "assessor": one}, headers=origin)
    assert (first.status_code, again.status_code) == (303, 303), "a double click does one thing"
    late = his.post(seen.action, data={**seen.values, "assessor": other}, headers=origin)
    assert late.status_code == 422
    assert "This round has all the assessors that it needs" in late.text
    assert len(world.app.store.read(Submission, submission, "submission").panel) == 1


def test_a_manager_who_may_assess_reads_no_name(world: World, browser: Browsers) -> None:
    educator = world.person("educator", world.campus, name="Wilhelmina Quuxworthy")
    submission = world.submitted(educator)
    assert world.manager.person is not None
    hers = browser(world.manager)
    for path in ("/submissions", "/submissions.csv", f"/submissions/{submission}"):
        assert "Quuxworthy" in hers.get(path).text, path
    role = RoleWithin(role="assessor", unit=world.campus)
    world.do(world.administrator, GrantRole(person=world.manager.person, role=role))
    for path in ("/submissions", "/submissions.csv", f"/submissions/{submission}"):
        assert "Quuxworthy" not in hers.get(path).text, path


def test_nobody_sees_another_district(world: World, browser: Browsers) -> None:
    west = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    other = world.do(world.administrator, west).id
    submission, award = world.submitted(), world.award(world.person("educator", world.campus))
    theirs = browser(world.person("programme-manager", other))
    assert "Nothing waits for anybody." in theirs.get("/submissions").text
    for path in (f"/submissions/{submission}", f"/awards/{award}", f"/awards/{award}/revoke"):
        assert theirs.get(path).status_code == 404, path


def test_qualifications_are_given_and_ended(world: World, browser: Browsers) -> None:
    new = world.publish(definition(name="Reading Aloud"))
    someone = world.person("assessor", world.campus, name="New Assessor")
    hers = browser(world.manager)
    forms = [f for f in hers.forms("/assessors") if "micro_credential" in f.values]
    assert len(forms) == 1
    origin = {"Origin": str(hers.base_url).rstrip("/")}
    sent = {**forms[0].values, "person": str(someone.person), "micro_credential": str(new)}
    assert hers.post("/assessors", data=sent, headers=origin).status_code == 303
    (own,) = [
        f
        for f in hers.forms("/assessors")
        if f.values.get("person") == str(someone.person) and "micro_credential" not in f.values
    ]
    ended = hers.post("/assessors", data={**own.values, "end": str(new)}, headers=origin)
    assert ended.status_code == 303
    again = hers.post(
        "/assessors", data={**own.values, "_key": "x", "end": str(new)}, headers=origin
    )
    assert again.status_code == 422
    assert "not qualified for this" in again.text


def test_many_are_awarded_at_once_and_a_refusal_is_beside_its_row(
    world: World, browser: Browsers
) -> None:
    ready = [world.accepted(world.person("educator", world.campus)) for _ in range(2)]
    assert world.manager.person is not None
    role = RoleWithin(role="educator", unit=world.campus)
    world.do(world.administrator, GrantRole(person=world.manager.person, role=role))
    own = world.accepted(Caller(world.manager.person, "educator", world.campus))
    hers = browser(world.manager)
    assert "3 submissions were accepted" in hers.get("/awards/waiting").text
    none = hers.submit("/awards/waiting", {"submission": None})
    assert (none.status_code, "Tick at least one." in none.text) == (422, True)
    some = hers.submit("/awards/waiting", {"submission": [str(ready[0]), str(own), "x"]})
    assert some.status_code == 422
    assert "1 badge was awarded." in some.text
    assert f'id="submission-{own}-wrong' in some.text or f"#submission-{own}" in some.text
    done = hers.submit("/awards/waiting", {"submission": [str(ready[1])]})
    assert done.status_code == 303
    assert len(world.awards()) == 2


@pytest.mark.parametrize("action", ["revoke", "suspend"])
def test_an_award_is_taken_back_after_the_answers_were_checked(
    world: World, browser: Browsers, action: str
) -> None:
    micro = world.publish(definition(name="Suspendable", suspendable=True, valid_months=12))
    award = world.award(micro=micro)
    path, hers = f"/awards/{award}/{action}", browser(world.manager)
    empty = hers.submit(path, {})
    assert (empty.status_code, "There is a problem" in empty.text) == (422, True)
    answers = {"reason": "integrity", "note": "Copied from <b>another</b>."}
    (form,) = [f for f in hers.forms(path) if f.action.endswith(path)]
    origin = {"Origin": str(hers.base_url).rstrip("/")}
    check = hers.post(path, data={**form.values, **answers}, headers=origin)
    assert check.status_code == 200
    assert "Check your answers" in check.text
    assert "&lt;b&gt;another" in check.text
    assert world.app.store.read(Award, award, "award").status == "active"
    back = hers.post(path, data={**form.values, **answers, "do": "change"}, headers=origin)
    assert "Copied from &lt;b&gt;" in back.text
    done = hers.post(path, data={**form.values, **answers, "do": "confirm"}, headers=origin)
    assert (done.status_code, done.headers["location"]) == (303, f"/awards/{award}")
    shown = hers.get(f"/awards/{award}").text
    assert ("Revoked" if action == "revoke" else "On hold") in shown
    late = {**form.values, **answers, "do": "confirm", "_key": "other"}
    again = hers.post(path, data=late, headers=origin)
    assert again.status_code == 422
    assert "The award is " in again.text
    assert "Copied from" in again.text, "nothing that was typed is lost"


def test_an_award_is_renewed_and_reinstated(world: World, browser: Browsers) -> None:
    micro = world.publish(definition(name="Suspendable", suspendable=True, valid_months=12))
    award, hers = world.award(micro=micro), browser(world.manager)
    before = world.app.store.read(Award, award, "award").valid_until
    hers.submit(f"/awards/{award}/renew", {"note": "Still practised.", "do": "confirm"})
    after = world.app.store.read(Award, award, "award").valid_until
    assert before is not None
    assert after is not None
    assert after > before
    answers = {"reason": "integrity", "note": "Asked.", "do": "confirm"}
    hers.submit(f"/awards/{award}/suspend", answers)
    hers.submit(f"/awards/{award}/reinstate", {"note": "Cleared.", "do": "confirm"})
    assert world.app.store.read(Award, award, "award").status == "active"
    assert hers.get(f"/awards/{award}/destroy").status_code == 404


def test_to_revoke_one_shows_again_that_it_is_oneself(world: World, browser: Browsers) -> None:
    award, hers = world.award(), browser(world.manager)
    world.clock.now += timedelta(minutes=11)
    answer = hers.get(f"/awards/{award}/revoke")
    assert answer.headers["location"].startswith("/sign-in/again?next=")
    assert hers.get(f"/awards/{award}").status_code == 200


def test_an_auditor_looks_and_does_nothing(world: World, browser: Browsers) -> None:
    award = world.award()
    theirs = browser(world.person("auditor", NETWORK_ID))
    assert "/revoke" not in theirs.get(f"/awards/{award}").text
    answers = {"reason": "integrity", "note": "Copied.", "do": "confirm"}
    refused = theirs.submit(f"/awards/{award}/revoke", answers)
    assert refused.status_code == 422
    assert world.app.store.read(Award, award, "award").status == "active"


def test_the_pages_speak_spanish(world: World, browser: Browsers) -> None:
    world.submitted()
    world.do(
        world.assessors[0],
        ClaimReview(submission=world.submitted(world.person("educator", world.campus))),
    )
    hers = browser(world.manager)
    hers.headers["Accept-Language"] = "es"
    page = hers.get("/submissions").text
    assert "2 entregas esperan" in page
    assert "Waits for" not in page
