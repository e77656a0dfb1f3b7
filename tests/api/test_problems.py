"""Wrong input gets a problem document with a stable type, no traceback and no event."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from api.http.errors import PROBLEMS
from tests.api.conftest import Api
from tests.conftest import ROOT
from tests.world import definition


def is_problem(api: Api, answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"http://localhost:8000/problems/{code}"
    assert body["status"] == status
    assert body["title"] == PROBLEMS[code]
    assert "Traceback" not in answer.text
    assert 'File "' not in answer.text


def test_every_code_that_the_rooms_raise_has_a_title() -> None:
    """Found in the source: the first argument of each error, and of ``problem``."""
    raised = set()
    for room in ("ledger", "api"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
                if node.func.id in {"RuleBroken", "Invalid"}:
                    raised |= {texts[0]} if isinstance(node.args[0], ast.Constant) else set()
                elif node.func.id in {"problem", "respond"}:
                    raised |= {text for text in texts if isinstance(text, str)} & set(PROBLEMS)
    assert len(raised) > 30
    assert raised <= set(PROBLEMS)


@pytest.fixture
def unmoved(api: Api) -> Any:
    """Checks afterwards that the test recorded no event."""
    api.headers(api.world.educator)
    api.headers(api.world.manager)
    api.headers(api.world.assessors[0])
    position = api.world.app.store.position()
    yield
    assert api.world.app.store.position() == position


@pytest.mark.parametrize("token", [None, "Bearer", "Bearer nobody", "Basic abc", "bearer tst_x"])
def test_who_are_you(api: Api, token: str | None) -> None:
    headers = {"Authorization": token} if token else {}
    answer = api.client.get("/v1/me", headers=headers)
    is_problem(api, answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_malformed_json(api: Api, unmoved: None) -> None:
    answer = api.ask(
        api.world.educator,
        "POST",
        "/v1/submissions",
        content=b'{"microCredential":',
        headers={"Content-Type": "application/json"},
    )
    is_problem(api, answer, 400, "malformed-json")


def test_an_unknown_field(api: Api, unmoved: None) -> None:
    body = {"microCredential": str(api.world.micro), "number": 1, "points": 100}
    answer = api.ask(api.world.educator, "POST", "/v1/submissions", json=body)
    is_problem(api, answer, 422, "invalid-request")
    assert answer.json()["errors"][0]["pointer"] == "/body/points"


def test_a_body_of_50_megabytes(api: Api, unmoved: None) -> None:
    answer = api.ask(api.world.educator, "POST", "/v1/submissions", content=b"x" * 50_000_000)
    is_problem(api, answer, 413, "body-too-large")


def test_a_body_of_50_megabytes_that_does_not_say_so(api: Api, unmoved: None) -> None:
    def chunks() -> Any:
        for _ in range(50):
            yield b"x" * 1_000_000

    answer = api.ask(api.world.educator, "POST", "/v1/submissions", content=chunks())
    is_problem(api, answer, 413, "body-too-large")


def test_evidence_that_is_too_large(api: Api) -> None:
    submission = api.world.draft()
    answer = api.ask(
        api.world.educator,
        "PUT",
        f"/v1/submissions/{submission}/evidence/reflection",
        content=b"x",
        headers={"Content-Length": str(1024**3 + 1024**2)},
    )
    is_problem(api, answer, 413, "body-too-large")


def test_a_submission_on_a_retired_version(api: Api) -> None:
    path = f"/v1/micro-credentials/{api.world.micro}/versions/1/retire"
    api.do(api.world.manager, "POST", path)
    body = {"microCredential": str(api.world.micro), "number": 1}
    answer = api.ask(api.world.educator, "POST", "/v1/submissions", json=body)
    is_problem(api, answer, 409, "version-retired")


def test_an_assessor_reviewing_their_own_work(api: Api) -> None:
    world = api.world
    assessor = world.assessors[0]
    role = {"role": "educator", "unit": str(world.campus)}
    api.do(world.administrator, "POST", f"/v1/people/{assessor.person}/roles", json=role)
    own = type(assessor)(assessor.person, "educator", world.campus)
    submission = world.submitted(own)
    answer = api.ask(assessor, "POST", f"/v1/submissions/{submission}/reviews", json={})
    is_problem(api, answer, 409, "own-work")


def test_a_second_live_award(api: Api) -> None:
    api.world.award()
    body = {"microCredential": str(api.world.micro), "number": 1}
    answer = api.ask(api.world.educator, "POST", "/v1/submissions", json=body)
    is_problem(api, answer, 409, "award-already-live")


def test_what_is_not_permitted(api: Api, unmoved: None) -> None:
    body = {"owner": str(api.world.campus), "definition": definition().model_dump(mode="json")}
    answer = api.ask(api.world.educator, "POST", "/v1/micro-credentials", json=body)
    is_problem(api, answer, 403, "not-permitted")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("DELETE", "/v1/me", 405, "method-not-allowed"),
        ("GET", "/v1/submissions/not-a-uuid", 422, "invalid-request"),
        ("GET", "/v1/submissions/00000000-0000-4000-8000-000000000000", 404, "not-found"),
        ("GET", "/badges/00000000-0000-4000-8000-000000000000", 404, "not-found"),
        ("GET", "/badges/none.json", 404, "not-found"),
        ("GET", "/status/revocation-99", 404, "not-found"),
        ("GET", "/status/none", 404, "not-found"),
        ("GET", "/people/nobody", 404, "not-found"),
        ("GET", "/people/%00", 404, "not-found"),
        ("GET", "/problems/unheard-of", 404, "not-found"),
        ("GET", "/v1/submissions?limit=0", 422, "invalid-request"),
    ],
)
def test_other_wrong_addresses(api: Api, method: str, path: str, status: int, code: str) -> None:
    is_problem(api, api.ask(api.world.educator, method, path), status, code)


def test_a_bad_if_match(api: Api) -> None:
    submission = api.world.draft()
    path = f"/v1/submissions/{submission}/submit"
    body = {"attested": True}
    answer = api.ask(api.world.educator, "POST", path, json=body, headers={"If-Match": '"x"'})
    is_problem(api, answer, 422, "bad-header")
    answer = api.ask(api.world.educator, "POST", path, json=body, headers={"If-Match": '"1"'})
    is_problem(api, answer, 412, "stale-version")
    etag = api.ask(api.world.educator, "GET", f"/v1/submissions/{submission}").headers["etag"]
    api.do(api.world.educator, "POST", path, json=body, headers={"If-Match": etag})


def test_a_key_used_again_for_something_else(api: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    body = {"microCredential": str(api.world.micro), "number": 1}
    first = api.ask(api.world.educator, "POST", "/v1/submissions", json=body, headers=headers)
    again = api.ask(api.world.educator, "POST", "/v1/submissions", json=body, headers=headers)
    assert first.json() == again.json()
    other = {**body, "number": 2}
    answer = api.ask(api.world.educator, "POST", "/v1/submissions", json=other, headers=headers)
    is_problem(api, answer, 422, "idempotency-key-reused")


def test_an_unforeseen_error_shows_nothing_of_itself(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("api.http.v1.people.organizations.page", fail)
    answer = api.ask(api.world.educator, "GET", "/v1/organizations")
    is_problem(api, answer, 500, "internal")
    assert "secret words" not in answer.text


def test_a_browser_gets_a_page(api: Api) -> None:
    answer = api.client.get("/badges/none", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
