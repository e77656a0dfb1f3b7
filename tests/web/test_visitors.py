"""Sessions and who a visitor is: by cookie alone, as the aggregates are now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request

from api.http.app import create
from api.web.csrf import check_form, form_token
from api.web.visitor import Freshly, SignedIn, SignedInVisitor, acting_as, own_address, visitor_of
from ledger.people import RevokeRole, RoleWithin
from tests.web.browser import Browser
from tests.world import World

_router = APIRouter()


@_router.get("/probe/open")
def _open(request: Request) -> dict[str, str | None]:
    return {"name": visitor_of(request).name, "token": form_token(request)}


@_router.get("/probe/in")
def _in(visitor: SignedIn) -> dict[str, str]:
    return {"role": visitor.caller.role, "unit": visitor.acting.unit_name}


@_router.post("/probe/in")
def _sent(request: Request, visitor: SignedIn, token: str = "") -> dict[str, bool]:
    check_form(request, token)
    return {"taken": True}


@_router.get("/probe/fresh")
def _fresh(visitor: Freshly) -> dict[str, bool]:
    return {"fresh": True}


@_router.get("/probe/assessor")
def _assessor(visitor: Annotated[SignedInVisitor, acting_as("assessor")]) -> dict[str, bool]:
    return {"assessor": True}


def _with_probe(made: Browser) -> Browser:
    made.app.include_router(_router)  # type: ignore[attr-defined]
    return made


def test_somebody_signed_in_is_known_by_name_role_and_unit(
    world: World, browser: Callable[..., Browser]
) -> None:
    her = _with_probe(browser(world.educator))
    assert her.get("/probe/open").json()["name"] == "Sam Synthetic"
    answer = her.get("/probe/in")
    assert answer.json() == {"role": "educator", "unit": "Oak"}
    assert answer.headers["cache-control"] == "no-store"


def test_nobody_is_sent_to_sign_in_and_told_where_they_come_back_to(
    browser: Callable[..., Browser],
) -> None:
    answer = _with_probe(browser()).get("/probe/in?a=b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fprobe%2Fin%3Fa%3Db"


def test_a_role_that_was_taken_away_ends_at_once(
    world: World, browser: Callable[..., Browser]
) -> None:
    her = _with_probe(browser(world.educator))
    assert her.get("/probe/in").status_code == 200
    role = RoleWithin.model_validate({"role": "educator", "unit": world.campus})
    assert world.educator.person is not None
    world.do(world.administrator, RevokeRole(person=world.educator.person, role=role))
    answer = her.get("/probe/in")
    assert (answer.status_code, answer.headers["location"][:8]) == (303, "/me/role")


def test_a_session_ends_when_it_is_not_used_and_in_any_case(
    world: World, browser: Callable[..., Browser]
) -> None:
    her = _with_probe(browser(world.educator))
    world.clock.now += timedelta(minutes=59)
    assert her.get("/probe/in").status_code == 200
    world.clock.now += timedelta(minutes=61)
    assert her.get("/probe/in").status_code == 303
    her = _with_probe(browser(world.educator))
    for _ in range(14):
        world.clock.now += timedelta(minutes=50)
        assert her.get("/probe/in").status_code == 200
    world.clock.now += timedelta(minutes=50)
    assert her.get("/probe/in").status_code == 303


def test_what_is_grave_asks_again_after_ten_minutes(
    world: World, browser: Callable[..., Browser]
) -> None:
    her = _with_probe(browser(world.educator))
    assert her.get("/probe/fresh").status_code == 200
    world.clock.now += timedelta(minutes=11)
    answer = her.get("/probe/fresh")
    assert answer.headers["location"] == "/sign-in/again?next=%2Fprobe%2Ffresh"


def test_a_page_for_another_role_says_so(world: World, browser: Callable[..., Browser]) -> None:
    answer = _with_probe(browser(world.educator)).get("/probe/assessor")
    assert answer.status_code == 403
    assert "another role" in answer.text
    assert _with_probe(browser(world.assessors[0])).get("/probe/assessor").status_code == 200


def test_a_form_is_taken_from_our_own_pages_only(
    world: World, browser: Callable[..., Browser]
) -> None:
    her = _with_probe(browser(world.educator))
    token = her.get("/probe/open").json()["token"]
    ours = {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}
    send = f"/probe/in?token={token}"
    assert her.post(send, headers=ours).status_code == 200
    for foreign in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert her.post(send, headers={**ours, **foreign}).status_code == 403, foreign
    assert her.post("/probe/in", headers=ours).status_code == 403
    another = _with_probe(browser(world.educator)).get("/probe/open").json()["token"]
    assert her.post(f"/probe/in?token={another}", headers=ours).status_code == 403


def test_the_api_takes_no_cookie_and_the_pages_no_token(
    world: World, browser: Callable[..., Browser]
) -> None:
    her = _with_probe(browser(world.educator))
    assert her.get("/v1/me").status_code == 401
    nobody = _with_probe(browser())
    bearer = {"Authorization": f"Bearer {world.token(world.educator)}"}
    assert nobody.get("/v1/me", headers=bearer).status_code == 200
    assert nobody.get("/probe/in", headers=bearer).status_code == 303
    secret = her.cookies["testamur"]
    assert nobody.get("/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_cookies_are_of_the_host_alone_and_out_of_reach_for_scripts(tmp_path: object) -> None:
    from pathlib import Path

    world = World.build(Path(str(tmp_path)) / "home", base_url="https://badges.example.org")
    made = _with_probe(Browser(create(world.app), "https://badges.example.org"))
    set_ = made.get("/probe/open").headers["set-cookie"]
    assert set_.startswith("__Host-testamur-form=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in set_
    assert "Domain" not in set_
    world.app.close()


def test_the_row_knows_the_secret_by_its_digest_only(
    world: World, browser: Callable[..., Browser]
) -> None:
    her = browser(world.educator)
    secret = her.cookies["testamur"].encode()
    for file in world.app.settings.home.iterdir():
        if file.is_file():
            assert secret not in file.read_bytes(), file


def test_another_role_means_another_secret(world: World, browser: Callable[..., Browser]) -> None:
    sessions, now = world.app.accounts.sessions, world.app.clock()
    old = browser(world.educator).cookies["testamur"]
    found = sessions.find(old, now)
    assert found is not None
    new = sessions.act_as(found, "educator", world.campus)
    assert new is not None
    assert sessions.find(old, now) is None
    assert sessions.find(new, now) is not None
    assert sessions.end(found.person, found.id)
    assert sessions.find(new, now) is None


def test_next_leads_nowhere_else() -> None:
    assert own_address("/queue?late=1") == "/queue?late=1"
    for bad in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "",
        "/\t/evil.example",
        "/\n//evil",
        " /x",
        "x",
    ):
        assert own_address(bad) == "/", bad
