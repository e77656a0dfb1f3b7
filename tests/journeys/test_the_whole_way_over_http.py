"""From evidence to a badge, as each persona does it over HTTP."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Api, api  # noqa: F401 - the fixture is used by its name
from tests.world import NOT_YET, PASS, WHY, definition


def test_register_publish_submit_review_award_verify_revoke(api: Api) -> None:  # noqa: F811
    world = api.world
    admin, manager = world.administrator, world.manager

    district = api.do(
        admin,
        "POST",
        "/v1/organizations",
        json={"name": "West", "kind": "district", "parent": str(admin.unit)},
    )
    campus = api.do(
        admin,
        "POST",
        "/v1/organizations",
        json={"name": "Elm", "kind": "campus", "parent": district["id"]},
    )
    person = api.do(
        admin,
        "POST",
        "/v1/people",
        json={
            "name": "Noor Synthetic",
            "email": "noor@example.org",
            "home": campus["id"],
            "roles": [{"role": "educator", "unit": campus["id"]}],
        },
    )
    invited = api.do(admin, "POST", f"/v1/people/{person['id']}/invitations", json={})
    role = {"role": "educator", "unit": campus["id"]}
    first = {"secret": invited["url"].rpartition("/")[2], "role": role, "label": "laptop"}
    token = api.client.post("/v1/invitations/accept", json=first).json()["secret"]
    assert api.client.post("/v1/invitations/accept", json=first).status_code == 409
    own = {"Authorization": f"Bearer {token}"}

    def educator(method: str, path: str, **more: Any) -> Any:
        headers = {**own, **more.pop("headers", {})}
        answer = api.client.request(method, path, headers=headers, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()

    micro = api.do(
        manager,
        "POST",
        "/v1/micro-credentials",
        json={
            "owner": str(manager.unit),
            "definition": definition(name="Coaching").model_dump(mode="json", by_alias=True),
        },
    )["id"]
    assert api.do(manager, "POST", f"/v1/micro-credentials/{micro}/versions")["number"] == 1
    for assessor in world.assessors[:2]:
        api.do(
            manager,
            "POST",
            f"/v1/people/{assessor.person}/qualifications",
            json={"microCredential": micro},
        )

    shown = api.do(manager, "GET", f"/v1/micro-credentials/{micro}/versions/1")
    assert shown["definition"]["rubric"][0]["requiredLevel"] == "shown"

    submission = educator("POST", "/v1/submissions", json={"microCredential": micro, "number": 1})
    path = f"/v1/submissions/{submission['id']}"
    educator(
        "PUT",
        f"{path}/evidence/reflection",
        content=b'{"odd": "json evidence"}',
        headers={"Content-Type": "application/json", "File-Name": "r.json"},
    )
    educator("POST", f"{path}/submit", json={"attested": True, "statement": "I coached."})

    first, second = world.assessors[:2]
    (offer,) = api.do(first, "GET", "/v1/queue/offers")["items"]
    assert (offer["microCredential"], offer["waiting"]) == (micro, 1)
    body = {"microCredential": micro}
    review = api.do(first, "POST", "/v1/queue/next", json=body)["id"]
    queue = api.do(first, "GET", "/v1/queue")["items"]
    assert [(item["submission"], item["review"]) for item in queue] == [(submission["id"], review)]
    assert "educator" not in queue[0]
    assert api.ask(first, "POST", "/v1/queue/next", json=body).status_code == 409
    outcome = api.do(
        first, "PUT", f"/v1/reviews/{review}", json={"levels": NOT_YET, "feedback": WHY}
    )
    assert outcome["state"] == "returned"
    seen = educator("GET", path)
    assert seen["reviews"][0]["feedback"] == WHY

    educator(
        "PUT",
        f"{path}/evidence/plan",
        content=b"%PDF-1.7 more",
        headers={"Content-Type": "application/pdf", "File-Name": "plan.pdf"},
    )
    assert educator("POST", f"{path}/submit", json={"attested": True})["round"] == 2
    review = api.do(manager, "POST", f"{path}/reviews", json={"assessor": str(second.person)})["id"]
    assert (
        api.do(second, "PUT", f"/v1/reviews/{review}", json={"levels": PASS})["state"] == "accepted"
    )

    award = api.do(manager, "POST", f"{path}/award")
    badge = api.client.get(f"/badges/{award['id']}.json")
    report = api.client.post(
        "/v1/verify", content=badge.content, headers={"Recipient": "noor%40example.org"}
    ).json()
    assert report["verified"] is True
    assert {c["id"]: c["status"] for c in report["checks"]}["recipient.match"] == "passed"
    mine = educator("GET", "/v1/awards")["items"]
    assert [item["id"] for item in mine] == [award["id"]]
    assert educator("GET", "/v1/me/earned")["earned"] == 1

    api.do(
        manager,
        "POST",
        f"/v1/awards/{award['id']}/revoke",
        json={"reason": "requested-by-holder", "note": "Asked by mail."},
    )
    report = api.client.post("/v1/verify", content=badge.content).json()
    assert report["answer"] == "not verified"
    assert {c["id"] for c in report["checks"] if c["status"] == "failed"} == {"status.revocation"}
    register = api.do(world.administrator, "GET", "/v1/awards")["items"]
    assert [(item["status"], item["reason"]) for item in register] == [
        ("revoked", "requested-by-holder")
    ]
