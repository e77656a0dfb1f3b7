"""Private links: what they show and to whom, until when, and what is known of whoever looks."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest

from api.http.access_log import WithoutQuery
from ledger.people import secret_id
from tests.api.conftest import Api
from tests.world import definition

BROWSER = {"Accept": "text/html"}


def made(api: Api, **body: Any) -> Any:
    awards = body.pop("awards", None) or [str(api.world.award())]
    given = {"awards": awards, "label": "For Oak High", **body}
    return api.do(api.world.educator, "POST", "/v1/me/links", json=given)


def opened(api: Api, url: str) -> Any:
    return api.client.get(url, headers=BROWSER)


def test_it_shows_what_was_chosen_with_its_verdict(api: Api) -> None:
    first = api.world.award()
    second = api.world.award(micro=api.world.publish(definition(name="Wait Time")))
    hidden = api.world.award(micro=api.world.publish(definition(name="Not Chosen")))
    api.do(
        api.world.manager,
        "POST",
        f"/v1/awards/{second}/revoke",
        json={"reason": "integrity", "note": "Copied."},
    )
    link = made(api, awards=[str(second), str(first)])
    page = opened(api, link["url"])
    assert page.status_code == 200
    assert page.text.index("Wait Time") < page.text.index("Checking for Understanding")
    assert "Revoked" in page.text
    assert "Authentic and in force" in page.text
    assert "Not Chosen" not in page.text
    assert str(hidden) not in page.text
    assert "For Oak High" not in page.text, "the label is its maker's"


def test_it_is_kept_nowhere_and_found_by_nobody(api: Api) -> None:
    headers = opened(api, made(api)["url"]).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]


def test_the_name_is_shown_as_its_holder_chose(api: Api) -> None:
    award = str(api.world.award())
    assert "Sam Synthetic" not in opened(api, made(api, awards=[award])["url"]).text
    assert "Sam Synthetic" in opened(api, made(api, awards=[award], named=True)["url"]).text


def test_after_its_end_ended_or_guessed_it_is_the_same_nothing(api: Api) -> None:
    award = str(api.world.award())
    short, ended = made(api, awards=[award], days=1), made(api, awards=[award], days=3)
    api.do(api.world.educator, "DELETE", f"/v1/me/links/{ended['id']}")
    api.world.clock.now += timedelta(days=1)
    guessed = "/shared/see_" + "A" * 43
    answers = [opened(api, url) for url in (short["url"], ended["url"], guessed, "/shared/%00x")]
    assert {answer.status_code for answer in answers} == {404}
    pages = {re.sub(r"/shared/\S+", "", answer.text) for answer in answers}
    assert len(pages) == 1
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


def test_an_erased_person_s_link_shows_nothing(api: Api) -> None:
    link = made(api)
    api.world.forget(api.world.educator)
    assert opened(api, link["url"]).status_code == 404
    api.world.app.views.catch_up()
    with api.world.app.views.reading("share-links") as connection:
        from projections.awards import share_links

        assert not share_links.of_person(connection, str(api.world.educator.person), 99999, 9)


def test_openings_are_counted_and_nobody_is_noted(api: Api) -> None:
    link = made(api)
    before = api.world.app.store.position()
    for _ in range(3):
        opened(api, link["url"])
    (listed,) = api.do(api.world.educator, "GET", "/v1/me/links")["items"]
    assert (listed["opened"], listed["label"], listed["state"]) == (3, "For Oak High", "open")
    assert api.world.app.store.position() == before, "opening is no event"


def test_the_ledger_does_not_know_the_secret(api: Api) -> None:
    link = made(api)
    secret = link["url"].rpartition("/")[2]
    assert link["id"] == str(secret_id(secret))
    for row in api.world.app.store.rows(None):
        assert secret.encode() not in row.state
        assert b"For Oak High" not in row.state


def test_the_access_log_does_not_say_which_link(api: Api) -> None:
    link = made(api)["url"].removeprefix("http://localhost:8000")
    record = logging.LogRecord(
        "uvicorn.access", 20, "", 0, "", ("x", "GET", link, "1.1", 200), None
    )
    assert WithoutQuery().filter(record)
    assert record.args == ("x", "GET", "/shared/…", "1.1", 200)


@pytest.mark.parametrize(
    ("body", "code"),
    [({"days": 366}, "link-life"), ({"awards": []}, "invalid-request")],
)
def test_what_makes_no_link(api: Api, body: dict[str, Any], code: str) -> None:
    given = {"awards": [str(api.world.award())], "label": "x", **body}
    answer = api.ask(api.world.educator, "POST", "/v1/me/links", json=given)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith(code)


def test_only_one_s_own_badges_and_links(api: Api) -> None:
    award = str(api.world.award())
    other = api.world.person("educator", api.world.campus)
    answer = api.ask(other, "POST", "/v1/me/links", json={"awards": [award], "label": "x"})
    assert answer.status_code == 404
    twice = {"awards": [award, award], "label": "x"}
    assert api.ask(api.world.educator, "POST", "/v1/me/links", json=twice).status_code == 422
    link = made(api, awards=[award])
    assert api.ask(other, "DELETE", f"/v1/me/links/{link['id']}").status_code == 404
    assert api.do(other, "GET", "/v1/me/links")["items"] == []
    api.do(api.world.educator, "DELETE", f"/v1/me/links/{link['id']}")
    again = api.ask(api.world.educator, "DELETE", f"/v1/me/links/{link['id']}")
    assert again.status_code == 409
