"""The house of the pages: language, layout, errors, forms that come from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from api.http.app import create
from api.web.navigation import BY_ROLE, PUBLIC
from api.web.visitor import own_address
from ledger.people import NETWORK_ID
from tests.web.browser import Browser
from tests.world import World

PAGE = {"Accept": "text/html"}


@pytest.fixture
def web(world: World) -> Iterator[TestClient]:
    with TestClient(create(world.app), base_url="http://localhost:8000") as client:
        yield client


def test_a_page_speaks_the_readers_language(web: TestClient) -> None:
    spanish = web.get("/nowhere", headers={**PAGE, "Accept-Language": "fr, es-MX;q=0.8, en;q=0.5"})
    assert '<html lang="es">' in spanish.text
    assert '<html lang="en">' in web.get("/nowhere", headers=PAGE).text


def test_a_language_is_chosen_and_kept(web: TestClient) -> None:
    form = {"language": "es", "next": "/verify?url=x"}
    chosen = web.post("/language", data=form, headers=PAGE, follow_redirects=False)
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/verify?url=x")
    assert '<html lang="es">' in web.get("/nowhere", headers=PAGE).text


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example", "/\\evil", "x", "/\t/x"]
)
def test_nobody_is_sent_to_another_site(next_: str) -> None:
    assert own_address(next_) == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
    ],
)
def test_a_form_from_another_site_does_nothing(web: TestClient, headers: dict[str, str]) -> None:
    answer = web.post("/language", data={"language": "es"}, headers={**PAGE, **headers})
    assert answer.status_code == 403
    assert "This form cannot be taken" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/badges/none", 404)])
def test_an_error_is_a_page_in_a_browser(web: TestClient, path: str, status: int) -> None:
    answer = web.get(path, headers=PAGE)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert web.get(path).headers["content-type"] == "application/problem+json"


def test_too_much_another_method_and_another_host_are_pages(web: TestClient) -> None:
    large = web.post("/language", content=b"x" * 1_100_000, headers=PAGE)
    assert (large.status_code, "<h1>" in large.text) == (413, True)
    method = web.delete("/language", headers=PAGE)
    assert (method.status_code, "<h1>" in method.text) == (405, True)
    host = web.get("/", headers={**PAGE, "Host": "evil.example"})
    assert (host.status_code, "<h1>" in host.text) == (421, True)


@pytest.mark.parametrize("role", BY_ROLE)
def test_everything_in_a_roles_navigation_is_there(
    world: World, browser: Callable[..., Browser], role: str
) -> None:
    person = browser(world.person(role, NETWORK_ID))
    world.app.views.catch_up()
    assert len(BY_ROLE[role]) <= 6
    for entry in (*BY_ROLE[role], *PUBLIC):
        page = person.get(entry.address)
        assert page.status_code == 200, (role, entry, page.status_code)
        assert f'href="{BY_ROLE[role][0].address}"' in page.text
