"""Attack: access logs with evidence names and e-mail addresses in the query; file names, managers
and other campuses' queues told an assessor whose work they judged."""

from __future__ import annotations

import logging
from typing import Any

import httpx2
import pytest

from api.http.access_log import WithoutQuery
from ledger.assessment import ClaimReview, QualifyAssessor
from ledger.context import Caller
from ledger.people import NETWORK_ID, GrantRole, RegisterOrganization, RoleWithin
from tests.api.conftest import Api
from tests.attacks.served import served
from tests.world import World

NAMING = ("recipient", "challenge", "domain", "name", "email", "identity", "secret", "file")


def test_no_address_takes_what_names_a_person(api: Api) -> None:
    described = api.client.get("/v1/openapi.json").json()
    for path, operations in described["paths"].items():
        for operation in operations.values():
            for asked in operation.get("parameters", []):
                if asked["in"] in ("query", "path"):
                    known = asked["name"].lower()
                    assert not any(word in known for word in NAMING), (path, known)


def test_what_is_asked_in_a_query_is_refused_and_not_ignored(api: Api) -> None:
    badge = api.world.app.publishing.badge(api.world.award()) or b""
    answer = api.client.post("/v1/verify?recipient=eve@example.org", content=badge)
    assert answer.status_code == 422, "not: verified"
    assert "eve" not in answer.text
    path = f"/v1/submissions/{api.world.draft(api.world.person('educator', api.world.campus))}"
    given = api.ask(api.world.educator, "PUT", f"{path}/evidence/plan?name=Eve.pdf", content=b"x")
    assert given.status_code == 422


def test_an_invitation_is_used_once(api: Api) -> None:
    person = api.world.educator.person
    made = api.do(api.world.administrator, "POST", f"/v1/people/{person}/invitations", json={})
    address, _, secret = made["url"].rpartition("/")
    assert address == "http://localhost:8000/invitations"
    body = {"secret": secret, "role": {"role": "educator", "unit": str(api.world.campus)}}
    used = api.client.post("/v1/invitations/accept", json={**body, "label": "Mine"})
    assert used.status_code == 201, used.text
    own = {"Authorization": f"Bearer {used.json()['secret']}"}
    assert api.client.get("/v1/me", headers=own).status_code == 200
    again = api.client.post("/v1/invitations/accept", json={**body, "label": "Mine"})
    assert again.status_code == 409


def test_the_access_log_has_no_query_and_no_invitation(world: World) -> None:
    noted: list[str] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            noted.append(record.getMessage())

    access, handler = logging.getLogger("uvicorn.access"), Noting()
    with served(world) as port:
        level = access.level
        access.addHandler(handler)
        access.setLevel(logging.INFO)
        try:
            url = f"http://localhost:{port}"
            httpx2.get(f"{url}/verify?url=https://x.example/eve@example.org")
            httpx2.post(f"{url}/v1/verify?recipient=eve@example.org", content=b"{}")
            httpx2.get(f"{url}/invitations/inv_eve")
        finally:
            access.removeHandler(handler)
            access.setLevel(level)
    assert len(noted) == 3
    assert "/verify" in noted[0]
    assert not any("eve" in line or "?" in line for line in noted), noted


@pytest.mark.parametrize("args", [("/v1?a=b",), ({"path": "/v1?a=b"},), ()])
def test_what_has_another_form_is_not_noted(args: Any) -> None:
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "/v1?a=b", args, None)
    assert not WithoutQuery().filter(record)


def test_an_assessor_sees_neither_whose_work_it_is_nor_what_its_files_are_called(api: Api) -> None:
    world = api.world
    submission = world.draft()
    part = f"/v1/submissions/{submission}/evidence/plan"
    named = {"File-Name": "Sam%20Synthetic.pdf", "Content-Type": "application/pdf"}
    pdf = b"%PDF-1.4\n%%EOF\n"
    api.do(world.educator, "PUT", part, content=pdf, headers=named)
    path = f"/v1/submissions/{submission}"
    own = api.do(world.educator, "GET", path)
    assert "Sam Synthetic.pdf" in {item["name"] for item in own["evidence"]}
    api.do(world.educator, "POST", f"{path}/submit", json={"attested": True})
    assessor = world.assessors[0]
    api.do(assessor, "POST", f"{path}/reviews", json={})
    seen = api.ask(assessor, "GET", path)
    assert seen.json()["educator"] is None
    for word in ("Synthetic", "reflection.txt", str(world.educator.person)):
        assert word not in seen.text
    assert {item["sha256"] for item in seen.json()["evidence"]} == {None}
    opened = api.ask(assessor, "GET", part)
    assert (opened.status_code, opened.content) == (200, pdf)
    assert "Synthetic" not in str(opened.headers)
    queue = api.ask(assessor, "GET", "/v1/queue").text
    assert str(submission) in queue
    assert str(world.educator.person) not in queue


def test_a_manager_who_assesses_is_as_blind(api: Api) -> None:
    world = api.world
    manager = world.person("programme-manager", NETWORK_ID)
    assert manager.person is not None
    role = RoleWithin(role="assessor", unit=NETWORK_ID)
    world.do(world.administrator, GrantRole(person=manager.person, role=role))
    qualify = QualifyAssessor(person=manager.person, micro_credential=world.micro)
    world.do(world.manager, qualify)
    submission = world.submitted()
    as_assessor = Caller(manager.person, "assessor", NETWORK_ID)
    world.do(as_assessor, ClaimReview(submission=submission))
    path = f"/v1/submissions/{submission}"
    for caller in (as_assessor, manager):
        seen = api.ask(caller, "GET", path)
        assert seen.json()["educator"] is None
        assert str(world.educator.person) not in seen.text
    assert api.do(world.manager, "GET", path)["educator"] == str(world.educator.person)


def test_the_queue_shows_no_other_campus(api: Api) -> None:
    world = api.world
    west = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    district = world.do(world.administrator, west).id
    elm = RegisterOrganization(name="Elm", kind="campus", parent=district)
    campus = world.do(world.administrator, elm).id
    ours, theirs = world.submitted(), world.submitted(world.person("educator", campus))
    for role in ("assessor", "programme-manager"):
        caller = world.person(role, campus)
        if role == "assessor":
            assert caller.person is not None
            qualify = QualifyAssessor(person=caller.person, micro_credential=world.micro)
            world.do(world.manager, qualify)
        if role == "assessor":
            (offer,) = api.do(caller, "GET", "/v1/queue/offers")["items"]
            assert offer["waiting"] == 1
            api.do(caller, "POST", "/v1/queue/next", json={"microCredential": str(world.micro)})
        shown = api.ask(caller, "GET", "/v1/queue").text
        assert str(theirs) in shown
        assert str(ours) not in shown
        assert api.ask(caller, "GET", f"/v1/submissions/{ours}").status_code == 404
