"""What everybody may see: who may not see what, and in which form it comes."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import pytest

from api.http.artefacts.negotiation import wants_page
from ledger.assessment import ClaimReview, SubmitRound
from ledger.awards import IssueAward
from ledger.people import RegisterOrganization
from tests.api.conftest import Api
from tests.conftest import Vectors
from tests.world import World, definition

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (BROWSER["Accept"], True),
        ("*/*", False),
        ("application/vc+ld+json", False),
        ("application/json, text/html;q=0.5", False),
        ("text/html;q=0.5, application/json;q=0.1", True),
        ("text/html;q=bad", False),
        ("", False),
    ],
)
def test_page_or_document(accept: str, page: bool) -> None:
    assert wants_page(accept) is page


def test_a_badge_in_every_form(api: Api) -> None:
    award = api.world.award()
    api.world.app.views.catch_up()
    suffix = api.client.get(f"/badges/{award}.json")
    negotiated = api.client.get(f"/badges/{award}", headers={"Accept": "application/vc+ld+json"})
    assert suffix.content == negotiated.content == api.world.app.publishing.badge(award)
    assert suffix.headers["content-type"] == "application/vc+ld+json"
    assert suffix.headers["access-control-allow-origin"] == "*"
    page = api.client.get(f"/badges/{award}", headers=BROWSER)
    assert "Authentic and in force" in page.text
    assert page.headers["x-robots-tag"] == "noindex"
    assert page.headers["vary"] == "Accept, Cookie, Accept-Language"


def test_a_revoked_badge_says_so(api: Api) -> None:
    award = api.world.award()
    path = f"/v1/awards/{award}/revoke"
    api.do(api.world.manager, "POST", path, json={"reason": "integrity", "note": "Copied."})
    page = api.client.get(f"/badges/{award}", headers=BROWSER)
    assert "Revoked</h2>" in page.text
    assert "Copied" not in page.text


def test_an_erased_persons_badge_is_gone(api: Api) -> None:
    award = api.world.award()
    assert api.world.educator.person is not None
    api.world.app.vault.destroy(api.world.educator.person)
    for headers in (BROWSER, {}):
        assert api.client.get(f"/badges/{award}", headers=headers).status_code == 410


def test_a_name_is_shown_only_once_its_owner_chose_to(api: Api) -> None:
    award = api.world.award()
    me = api.do(api.world.educator, "GET", "/v1/me")
    profile = f"/people/{me['handle']}"
    assert api.client.get(profile, headers=BROWSER).status_code == 404
    assert me["name"] not in api.client.get(f"/badges/{award}", headers=BROWSER).text
    api.do(api.world.educator, "PUT", "/v1/me/profile", json={"public": True})
    page = api.client.get(profile, headers=BROWSER)
    assert me["name"] in page.text
    assert f"/badges/{award}" in page.text
    assert me["name"] in api.client.get(f"/badges/{award}", headers=BROWSER).text
    assert api.client.get(profile + ".json").json()["badges"][0]["url"].endswith(str(award))
    api.do(api.world.educator, "PUT", "/v1/me/profile", json={"public": False})
    assert api.client.get(profile, headers=BROWSER).status_code == 404


def test_what_strangers_wrote_is_shown_and_not_run(api: Api) -> None:
    hostile = definition(
        name="<script>alert(1)</script>",
        description="<img src=x onerror=alert(1)>",
        criteria="[x](javascript:alert(1)) <script>alert(1)</script> **fine**",
    )
    micro = api.world.publish(hostile)
    own = api.world.educator
    submission = api.world.draft(micro=micro)
    api.world.do(
        own, SubmitRound(submission=submission, attested=True, statement="<svg onload=alert(1)>")
    )
    api.world.review(submission)
    award = api.world.do(api.world.manager, IssueAward(submission=submission)).id
    api.world.app.views.catch_up()
    for path in (f"/badges/{award}", f"/achievements/{micro}", "/"):
        page = api.client.get(path, headers=BROWSER)
        assert page.status_code == 200
        assert "alert(1)" in page.text or path == "/"
        for running in ("<script>", "<img src=x", "<svg onload", 'href="javascript'):
            assert running not in page.text, (path, running)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
    image = api.client.get(f"/achievements/{micro}/1/image.svg").text
    assert "<script>" not in image
    assert "&lt;script&gt;" in image


def test_an_achievement_as_page_and_as_data(api: Api) -> None:
    path = f"/achievements/{api.world.micro}"
    assert "Checking for Understanding" in api.client.get(path, headers=BROWSER).text
    document = api.client.get(f"{path}/1.json").json()
    assert document["id"] == f"http://localhost:8000{path}/1"
    assert api.client.get(f"{path}.json").json() == document
    assert api.client.get(f"{path}/2").status_code == 404


def test_the_did_document_and_status_list_are_cached_by_etag(api: Api) -> None:
    api.world.award()
    api.world.app.views.catch_up()
    for path in ("/.well-known/did.json", "/status/revocation-1"):
        first = api.client.get(path)
        assert first.status_code == 200
        again = api.client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_status_lists_tell_nothing_of_order(world: World) -> None:
    micros = [world.publish(definition(name=f"M{n}")) for n in range(6)]
    indexes = []
    for micro in micros:
        data = world.app.publishing.badge(world.award(micro=micro))
        assert data is not None
        indexes.append(int(json.loads(data)["credentialStatus"]["statusListIndex"]))
    assert max(indexes) - min(indexes) > 1000, "drawn one after another"


def test_verify_takes_text_file_or_address(api: Api) -> None:
    award = api.world.award()
    badge = api.world.app.publishing.badge(award)
    assert badge is not None
    text = badge.decode()
    form = "/verify"
    by_text = api.client.post(form, data={"text": text})
    by_file = api.client.post(form, files={"file": ("b.json", badge)})
    by_url = api.client.post(form, data={"text": f"http://localhost:8000/badges/{award}"})
    for page in (by_text, by_file, by_url):
        assert "Authentic and in force" in page.text
    altered = text.replace("Checking", "Checkinh")
    assert (
        '<h2 id="verdict">Changed after it was signed</h2>'
        in api.client.post(form, data={"text": altered}).text
    )
    assert api.client.post(form, data={}).status_code == 422


def test_a_look_alike_of_an_unknown_issuer_is_never_green(api: Api, vectors: Vectors) -> None:
    name = "v2/dataIntegrityProof/didKey/legacyRegistry-noStatus-noExpiry-alignments.json"
    text = vectors.text(f"dcc-vc-test-fixtures/verifiableCredentials/{name}")
    page = api.client.post("/verify", data={"text": text}).text
    assert "Intact, by an issuer that we do not know" in page
    assert 'class="band amber"' in page
    assert "Authentic and in force" not in page


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/b",
        "https://127.0.0.1/b",
        "https://localhost.example:8443/b",
        "https://[::ffff:10.0.0.1]/",
        "https://user:pw@example.org/",
    ],
)
def test_verify_does_not_fetch_from_where_it_must_not(api: Api, url: str) -> None:
    page = api.client.post("/verify", data={"text": url})
    assert "Could not be checked" in page.text
    assert "The address could not be opened" in page.text
    assert "This says nothing about the badge" in page.text


@pytest.mark.parametrize("text", ["file:///etc/passwd", "nonsense", "two words", "\x00"])
def test_what_is_no_address_and_no_badge_is_said_to_be_none(api: Api, text: str) -> None:
    page = api.client.post("/verify", data={"text": text})
    assert "This is not a badge" in page.text
    assert "Every check" not in page.text, "no wall of checks that were not reached"


def test_the_verification_api_reports_every_check(api: Api) -> None:
    data = api.world.app.publishing.badge(api.world.award())
    report = api.client.post("/v1/verify", content=data).json()
    assert report["verified"] is True
    assert len(report["checks"]) == 13
    assert api.client.post("/v1/verify", content=b"\xff").json()["verified"] is False


def test_evidence_opens_for_its_educator_and_assessors_only(api: Api) -> None:
    world = api.world
    submission = world.submitted()
    path = f"/v1/submissions/{submission}/evidence/reflection"
    mine = api.ask(world.educator, "GET", path)
    assert mine.content == b"What changed: a lot."
    assert mine.headers["content-disposition"].startswith("attachment")
    view = api.do(world.educator, "GET", f"/v1/submissions/{submission}")
    assert view["evidence"][0]["sha256"] == hashlib.sha256(mine.content).hexdigest()
    strangers = [world.assessors[0], world.manager, world.person("educator", world.campus)]
    assert {api.ask(who, "GET", path).status_code for who in strangers} == {404}
    world.do(world.assessors[0], ClaimReview(submission=submission))
    assert api.ask(world.assessors[0], "GET", path).content == mine.content


def test_pages_of_a_list_are_linked(api: Api) -> None:
    order = api.world.administrator
    for number in range(5):
        api.world.do(
            order,
            RegisterOrganization(
                name=f"D{number}", kind="district", parent=api.world.administrator.unit
            ),
        )  # type: ignore[arg-type]
    seen: list[str] = []
    path: str | None = "/v1/organizations?limit=3"
    while path:
        answer: Any = api.ask(api.world.educator, "GET", path)
        seen += [item["id"] for item in answer.json()["items"]]
        path = answer.links["next"]["url"] if "next" in answer.links else None
    assert len(seen) == len(set(seen)) == 8


def test_health_and_readiness(api: Api) -> None:
    assert api.client.get("/healthz").json() == {"status": "ok"}
    assert api.client.get("/readyz").json()["status"] == "ready"
    api.world.app.settings.key_file.unlink()
    time.sleep(1.1)  # an answer is given again for a second
    assert api.client.get("/readyz").status_code == 503


def test_the_api_describes_itself(api: Api) -> None:
    document = api.client.get("/v1/openapi.json").json()
    assert len(document["paths"]) > 25
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["description"], path
    assert "/v1/awards" in api.client.get("/docs", headers=BROWSER).text
