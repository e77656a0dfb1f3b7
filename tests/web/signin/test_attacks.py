"""What somebody tries who wants to be somebody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from api.accounts import passwords
from ledger.people import NETWORK_ID, Account
from tests.ledger.whole_log import events_of, examined
from tests.web.browser import Browser
from tests.web.signin.people import PASSWORD, address_of, begin, invitation, sign_in, with_codes
from tests.world import World

Open = Callable[..., Browser]


def test_a_session_that_was_planted_is_not_the_one_that_signs_in(
    world: World, browser: Open
) -> None:
    begin(world, browser(), world.educator)
    planted = browser(world.assessors[0])
    secret = planted.cookies["testamur"]
    victim = browser()
    victim.cookies.set("testamur", secret, domain="localhost.local", path="/")
    sign_in(victim, address_of(world, world.educator))
    assert victim.cookies["testamur"] != secret
    attacker = browser()
    attacker.cookies.set("testamur", secret, domain="localhost.local", path="/")
    assert attacker.get("/me/sign-in").status_code == 303


def test_a_made_up_cookie_is_nobody_s(world: World, browser: Open) -> None:
    for made_up in ("x", "'; drop table access_sessions --", "é" * 50, "A" * 4000):
        her = browser()
        answer = her.get("/me/sign-in", headers={b"Cookie": f"testamur={made_up}".encode()})
        assert answer.status_code == 303, made_up


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/sign-in/second-step",
        "/sign-in/passkey",
        "/sign-in/recover",
        "/sign-out",
        "/me/role",
        "/me/sign-in/password",
        "/me/sign-in/passkey",
        "/me/sign-in/codes",
        "/me/sign-in/recovery",
        "/me/sign-in/tokens/new",
        "/me/sign-in/sessions/end-others",
        "/invitations/inv_x",
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:8000"},  # ours, but without the token
    ],
)
def test_no_form_of_another_site_is_taken(
    world: World, browser: Open, path: str, headers: dict[str, str]
) -> None:
    her = browser(world.educator)
    before = world.app.store.position()
    data = {"address": "x@example.org", "password": PASSWORD, "role": "educator"}
    assert her.post(path, data=data, headers=headers).status_code == 403
    assert her.get("/me/sign-in").status_code == 200
    assert world.app.store.position() == before


def test_nobody_is_signed_in_as_the_attacker_by_a_link(world: World, browser: Open) -> None:
    begin(world, browser(), world.educator)
    attacker, victim = browser(), browser()
    (form,) = [f for f in attacker.forms("/sign-in") if f.action.endswith("/sign-in")]
    values = {**form.values, "address": address_of(world, world.educator), "password": PASSWORD}
    assert victim.post("/sign-in", data=values).status_code == 403
    victim.get("/sign-in")  # with a cookie of its own, the attacker's token is worth as little
    assert victim.post("/sign-in", data=values).status_code == 403


@pytest.mark.parametrize(
    "next_", ["https://evil.example", "//evil.example", "/%5Cevil.example", "%09//evil.example"]
)
def test_next_leads_nowhere_else(world: World, browser: Open, next_: str) -> None:
    begin(world, browser(), world.educator)
    answer = sign_in(browser(), address_of(world, world.educator), next_=next_)
    assert answer.headers["location"] == "/home"


def test_known_and_unknown_are_told_alike(world: World, browser: Open) -> None:
    begin(world, browser(), world.educator)
    her = browser()
    said = {}
    for address in (address_of(world, world.educator), "nobody@example.org", "no address"):
        answer = sign_in(her, address, "not the password at all")
        assert answer.status_code == 422
        summary = answer.text[answer.text.index("summary-title") :]
        said[address] = summary[: summary.index("</div>")]
    assert len(set(said.values())) == 1


def test_known_and_unknown_take_alike(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by a clock: both hash exactly once, which is what takes time."""
    hashed: list[str] = []
    real = passwords._hasher.verify

    def counted(password: str, kept: str) -> bool:
        hashed.append(password)
        return real(password, kept)

    monkeypatch.setattr(passwords._hasher, "verify", counted)
    from api.accounts.signing_in import Wrong, show_password

    for address in (address_of(world, world.educator), "nobody@example.org", "no address"):
        hashed.clear()
        with pytest.raises(Wrong):
            show_password(world.app, address, "not the password")
        assert len(hashed) == 1


def test_guessing_locks_whoever_is_guessed_and_nobody_can_tell_whether_they_exist(
    world: World, browser: Open
) -> None:
    begin(world, browser(), world.educator)
    address = address_of(world, world.educator)
    for tried in ("nobody@example.org", address):
        her = browser()
        answers = [sign_in(her, tried, f"guess number {n} here").text for n in range(6)]
        assert "Too many" in answers[-1]
        assert "Too many" not in answers[0]
    assert "Too many" in sign_in(browser(), address).text  # the right one, too, for a while
    locked = [event for event in events_of(world) if isinstance(event, Account.Locked)]
    assert len(locked) == 1
    world.clock.now += timedelta(minutes=2)
    assert sign_in(browser(), address).status_code == 303
    (signed,) = [e for e in events_of(world) if isinstance(e, Account.SignedIn)][1:]
    assert signed.failed >= 5
    assert examined(world) == []


def test_guessing_from_one_place_is_slowed_whoever_is_guessed(world: World, browser: Open) -> None:
    her = browser()
    answers = [sign_in(her, f"p{n}@example.org", "any words at all").text for n in range(32)]
    assert "Too many" not in answers[0]
    assert "Too many" in answers[-1]


def test_codes_are_not_guessed_either(world: World, browser: Open) -> None:
    her = browser()
    begin(world, her, world.educator)
    with_codes(her, world)
    other = browser()
    page = sign_in(other, address_of(world, world.educator))
    for number in range(6):
        page = other.submit_of(page, "/sign-in/second-step", {"code": f"{number:06}"})
    assert "Too many" in page.text


def test_the_second_step_is_not_skipped(world: World, browser: Open) -> None:
    her = browser()
    begin(world, her, world.educator)
    with_codes(her, world)
    other = browser()
    page = sign_in(other, address_of(world, world.educator))
    assert "testamur" not in other.cookies
    assert other.get("/me/sign-in").status_code == 303
    third = browser()  # the half-way stamp is of one browser alone
    stamp = next(f.values for f in _forms(page) if f.action.endswith("/sign-in/second-step"))
    token = third.forms("/sign-in")[0].values["_token"]
    answer = third.post(
        "/sign-in/second-step",
        data={**stamp, "_token": token, "code": "000000"},
        headers={"Origin": "http://localhost:8000"},
    )
    assert answer.headers.get("location") == "/sign-in"


def _forms(page: object) -> list:  # type: ignore[type-arg]
    from tests.web.browser import forms_in

    return forms_in(page)  # type: ignore[arg-type]


def test_an_invitation_used_twice_at_once_makes_one_account(world: World, browser: Open) -> None:
    link = invitation(world, world.educator)
    browsers = [browser() for _ in range(4)]
    answers: list[int] = []

    def use(one: Browser, number: int) -> None:
        values = {"password": f"{PASSWORD} {number}"}
        answers.append(one.submit(link, values, action=link, which=-1).status_code)

    threads = [threading.Thread(target=use, args=(b, n)) for n, b in enumerate(browsers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers)[0] == 303
    assert answers.count(303) == 1
    added = [e for e in events_of(world) if isinstance(e, Account.CredentialAdded)]
    assert len(added) == 1
    kinds = [
        n
        for n in range(4)
        if sign_in(browser(), address_of(world, world.educator), f"{PASSWORD} {n}").status_code
        == 303
    ]
    assert len(kinds) == 1


def test_a_recovery_link_does_not_replace_the_second_step(world: World, browser: Open) -> None:
    from api.access import send_invitation
    from ledger.bus import Request
    from ledger.context import SYSTEM

    her = browser()
    begin(world, her, world.educator)
    _secret, papers = with_codes(her, world)
    assert world.educator.person is not None
    made = send_invitation(world.app, Request(SYSTEM), world.educator.person, 1)
    link, thief = f"/invitations/{made.secret}", browser()
    values = {"password": "seven green kettles sing"}
    assert thief.submit(link, values, action=link, which=-1).status_code == 422
    as_token = thief.post(
        "/v1/invitations/accept",
        json={
            "secret": made.secret,
            "label": "x",
            "role": {"role": "educator", "unit": str(world.campus)},
        },
    )
    assert as_token.status_code == 409
    right = {**values, "code": papers[0]}
    assert her.submit(link, right, action=link, which=-1).status_code == 303


def test_no_role_is_taken_by_form(world: World, browser: Open) -> None:
    her = browser(world.educator)
    for role in ("administrator", "auditor", "system", "process"):
        for unit in (NETWORK_ID, world.campus):
            answer = her.submit("/me/role", {"role": f"{role}@{unit}"}, action="/me/role")
            assert answer.status_code == 422
    assert "Educator" in her.get("/me").text


def test_one_person_ends_no_other_s_session_token_or_credential(
    world: World, browser: Open
) -> None:
    his, her = browser(), browser()
    begin(world, his, world.assessors[0])
    begin(world, her, world.educator)
    assert world.assessors[0].person is not None
    (session,) = world.app.accounts.sessions.of(world.assessors[0].person, world.clock())
    (form,) = [f for f in her.forms("/me/sign-in") if f.action.endswith("/end")]
    her.post(f"/me/sign-in/sessions/{session.id}/end", data=form.values)
    assert his.get("/me/sign-in").status_code == 200
    account = world.app.store.read(Account, Account.id_for(world.assessors[0].person), "a")
    (credential,) = account.credentials
    assert her.get(f"/me/sign-in/{credential}").status_code == 404
    token = her.forms("/me/sign-in/password")[0].values
    assert her.post(f"/me/sign-in/{credential}/remove", data=token).status_code in (404, 422)


def test_out_everywhere_is_out_everywhere(world: World, browser: Open) -> None:
    begin(world, browser(), world.educator)
    address = address_of(world, world.educator)
    several = [browser() for _ in range(3)]
    for one in several:
        assert sign_in(one, address).status_code == 303
    several[0].submit("/me/sign-in", action="/end-others")
    assert [one.get("/me/sign-in").status_code for one in several] == [200, 303, 303]
    old = several[0].cookies["testamur"]
    several[0].submit("/me/sign-in", action="/sign-out")
    several[0].cookies.set("testamur", old, domain="localhost.local", path="/")
    assert several[0].get("/me/sign-in").status_code == 303
