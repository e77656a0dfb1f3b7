"""What programme managers and administrators ask of a unit, and who may not ask."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.assessment import ClaimReview, due_on, late_since
from ledger.awards import RevokeAward
from ledger.catalogue import ReviseMicroCredential
from ledger.context import Caller
from ledger.people import NETWORK_ID, GrantRole, RegisterOrganization, RoleWithin
from tests.api.conftest import Api
from tests.world import World, definition


def everybody(world: World) -> dict[str, Caller]:
    roles = ("hiring-manager", "auditor")
    return {
        "programme-manager": world.manager,
        "administrator": world.administrator,
        "assessor": world.assessors[0],
        "educator": world.educator,
        **{role: world.person(role, NETWORK_ID) for role in roles},
    }


ASKED = {
    "submissions": {"programme-manager"},
    "submissions/counts": {"programme-manager"},
    "assessors": {"programme-manager"},
    "micro-credentials": {"programme-manager"},
    "awards": {"programme-manager", "administrator", "auditor"},
    "awards/counts": {"programme-manager", "administrator", "auditor"},
    "awards.csv": {"programme-manager", "administrator", "auditor"},
    "people.csv": {"programme-manager", "administrator"},
    "invitations": {"administrator"},
}


def test_who_may_ask_what_of_a_unit(api: Api) -> None:
    people = everybody(api.world)
    for thing, may in ASKED.items():
        answered = {
            role
            for role, caller in people.items()
            if api.ask(caller, "GET", f"/v1/organizations/{NETWORK_ID}/{thing}").is_success
        }
        assert answered == may, thing


def test_nobody_asks_beyond_their_part(api: Api) -> None:
    world = api.world
    west = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    other = world.do(world.administrator, west).id
    manager = world.person("programme-manager", other)
    administrator = world.person("administrator", other)
    for thing, may in ASKED.items():
        caller = manager if "programme-manager" in may else administrator
        assert api.ask(caller, "GET", f"/v1/organizations/{other}/{thing}").is_success, thing
        for unit in (world.campus, NETWORK_ID):
            beyond = api.ask(caller, "GET", f"/v1/organizations/{unit}/{thing}")
            assert beyond.status_code == 403, thing
    search = {"unit": str(world.campus), "words": "Sam"}
    assert api.ask(manager, "POST", "/v1/people/search", json=search).status_code == 403
    person = f"/v1/people/{world.educator.person}"
    assert api.ask(administrator, "GET", person).status_code == 404
    assert api.ask(world.administrator, "GET", person).is_success
    assert api.ask(administrator, "GET", "/v1/deployment").status_code == 403


def test_submissions_with_who_has_them_and_who_could(api: Api) -> None:
    world = api.world
    of = f"/v1/organizations/{NETWORK_ID}/submissions"
    first, second = world.submitted(), world.submitted(world.person("educator", world.campus))
    one, other = world.assessors[0], world.assessors[1]
    review = world.do(one, ClaimReview(submission=first)).id
    listed = api.do(world.manager, "GET", f"{of}?waits=true")["items"]
    assert [each["id"] for each in listed] == [str(first), str(second)]
    assert listed[0]["reviews"] == [{"review": str(review), "assessor": str(one.person)}]
    assert listed[0]["educator"] == str(world.educator.person)
    counted = api.do(world.manager, "GET", f"{of}/counts")
    assert counted == {"states": {"in-review": 1, "submitted": 1}, "late": 0}
    assert api.ask(world.manager, "GET", f"{of}?state=lost").status_code == 422
    asked = f"{of}?assessor={one.person}&campus={world.campus}&microCredential={world.micro}"
    assert len(api.do(world.manager, "GET", asked)["items"]) == 1
    assert api.do(world.manager, "GET", f"{of}?campus={NETWORK_ID}")["items"] == []
    assert listed[0]["late"] is False
    world.clock.now += timedelta(days=20)
    assert api.do(world.manager, "GET", f"{of}/counts")["late"] == 2
    late = api.do(world.manager, "GET", f"{of}?late=true")["items"]
    assert [(each["id"], each["late"]) for each in late] == [
        (str(first), True),
        (str(second), True),
    ]
    could = api.do(world.manager, "GET", f"/v1/submissions/{first}/candidates")["items"]
    assert {each["person"] for each in could} == {str(a.person) for a in world.assessors[1:]}
    body = {"assessor": str(other.person)}
    path = f"/v1/submissions/{first}/reviews/{review}/reassign"
    assert api.ask(one, "POST", path, json=body).status_code == 403
    api.do(world.manager, "POST", path, json=body)
    (again,) = api.do(world.manager, "GET", f"{of}?state=in-review")["items"]
    assert [each["assessor"] for each in again["reviews"]] == [str(other.person)]
    assessors = api.do(world.manager, "GET", f"/v1/organizations/{world.campus}/assessors")
    busy = {each["person"]: each["openReviews"] for each in assessors["items"]}
    assert busy[str(other.person)] == 1
    assert busy[str(one.person)] == 0
    ended = f"/v1/people/{one.person}/qualifications/{world.micro}"
    api.do(world.manager, "DELETE", ended)
    assert api.ask(world.manager, "DELETE", ended).status_code == 409


def test_a_manager_who_may_assess_is_not_told_whose_work_it_is(api: Api) -> None:
    world = api.world
    submission = world.submitted()
    assert world.manager.person is not None
    role = RoleWithin(role="assessor", unit=world.campus)
    world.do(world.administrator, GrantRole(person=world.manager.person, role=role))
    of = f"/v1/organizations/{NETWORK_ID}/submissions"
    (listed,) = api.do(world.manager, "GET", of)["items"]
    assert listed["educator"] is None
    world.review(submission)
    (listed,) = api.do(world.manager, "GET", of)["items"]
    assert listed["educator"] == str(world.educator.person)


def test_many_awards_each_with_its_answer(api: Api) -> None:
    world = api.world
    ready = world.accepted()
    waiting = world.submitted(world.person("educator", world.campus))
    body = {"submissions": [str(ready), str(waiting), str(world.campus)]}
    assert api.ask(world.assessors[0], "POST", "/v1/awards", json=body).json()["items"] == [
        {"submission": each, "award": None, "code": "not-permitted", "why": why}
        for each, why in [
            (str(ready), "award.issue is not for the role assessor"),
            (str(waiting), "award.issue is not for the role assessor"),
        ]
    ] + [
        {
            "submission": str(world.campus),
            "award": None,
            "code": "not-found",
            "why": "there is no such submission",
        }
    ]
    first = api.do(world.manager, "POST", "/v1/awards", json=body)["items"]
    assert [each["code"] for each in first] == [
        "",
        "competency-not-demonstrated",
        "not-found",
    ]
    assert api.do(world.manager, "POST", "/v1/awards", json=body)["items"] == first
    assert len(world.awards()) == 1
    many = {"submissions": [str(ready)] * 51}
    assert api.ask(world.manager, "POST", "/v1/awards", json=many).status_code == 422


def test_the_register_of_a_unit(api: Api) -> None:
    world = api.world
    award = world.award()
    named = world.award(world.person("educator", world.campus, name="=cmd|' /C calc'!A1"))
    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
    of = f"/v1/organizations/{world.campus}/awards"
    assert [each["id"] for each in api.do(world.manager, "GET", of)["items"]] == [
        str(named),
        str(award),
    ]
    revoked = api.do(world.manager, "GET", f"{of}?status=revoked")["items"]
    assert [each["reason"] for each in revoked] == ["integrity"]
    (year,) = api.do(world.manager, "GET", f"{of}/counts")["items"]
    assert (year["active"], year["revoked"]) == (1, 1)
    answer = api.ask(world.manager, "GET", f"{of}.csv?status=active")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row["name"] == "'=cmd|' /C calc'!A1"
    assert row["badge"].endswith(str(named))


def test_drafts_and_differences_are_for_those_who_write(api: Api) -> None:
    world = api.world
    newer = definition(name="Checking again", reviews_required=2)
    world.do(world.manager, ReviseMicroCredential(micro_credential=world.micro, definition=newer))
    (owned,) = api.do(
        world.manager, "GET", f"/v1/organizations/{NETWORK_ID}/micro-credentials?state=draft"
    )["items"]
    assert (owned["id"], owned["latest"], owned["hasDraft"]) == (str(world.micro), 1, True)
    path = f"/v1/micro-credentials/{world.micro}/differences?before=1"
    found = api.do(world.manager, "GET", path)["items"]
    assert [(each["field"], each["before"], each["after"]) for each in found] == [
        ("name", "Checking for Understanding", "Checking again"),
        ("reviews_required", "1", "2"),
    ]
    assert api.ask(world.educator, "GET", path).status_code == 403
    assert api.do(world.educator, "GET", f"{path}&after=1")["items"] == []
    assert api.ask(world.educator, "GET", f"{path}&after=7").status_code == 409


def test_the_deployment_is_shown_to_administrators_of_the_whole(api: Api) -> None:
    world = api.world
    for role, caller in everybody(world).items():
        answer = api.ask(caller, "GET", "/v1/deployment")
        assert answer.is_success == (role == "administrator"), role
    seen: dict[str, Any] = api.do(world.administrator, "GET", "/v1/deployment")
    assert {key["kind"] for key in seen["keys"]} == {"Ed25519", "P-256"}
    assert {model["fault"] for model in seen["readModels"]} == {None}
    assert "persons" in {model["name"] for model in seen["readModels"]}
    assert seen["setAside"] == []


@pytest.mark.parametrize("state", ["open", "used", "withdrawn", "expired"])
def test_invitations_by_what_came_of_them(api: Api, state: str) -> None:
    world = api.world
    person = world.educator.person
    made = api.do(world.administrator, "POST", f"/v1/people/{person}/invitations", json={})
    if state == "used":
        role = {"role": "educator", "unit": str(world.campus)}
        body = {"secret": made["url"].rpartition("/")[2], "role": role, "label": "x"}
        assert api.client.post("/v1/invitations/accept", json=body).is_success
    elif state == "withdrawn":
        api.do(world.administrator, "DELETE", f"/v1/invitations/{made['id']}")
    elif state == "expired":
        api.headers(world.administrator)
        world.clock.now = world.clock.now.replace(day=20)
    of = f"/v1/organizations/{world.campus}/invitations"
    (shown,) = api.do(world.administrator, "GET", of)["items"]
    assert (UUID(shown["id"]), shown["state"]) == (UUID(made["id"]), state)
    assert shown["name"] == "Sam Synthetic"
    assert len(api.do(world.administrator, "GET", f"{of}?state={state}")["items"]) == 1


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 15), st.integers(-25, 25))
def test_what_was_submitted_before_a_moment_is_late(today: date, days: int, by: int) -> None:
    since = late_since(today, days) + timedelta(hours=by)
    is_late = due_on(since, days) < today
    assert is_late == (since < late_since(today, days))
