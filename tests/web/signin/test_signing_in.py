"""From an invitation to a session, without a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from ledger.people import NETWORK_ID, Account, GrantRole, RoleWithin
from tests.ledger.whole_log import events_of, examined
from tests.web.browser import Browser
from tests.web.signin.people import (
    PASSWORD,
    address_of,
    begin,
    code_at,
    invitation,
    sign_in,
    with_codes,
)
from tests.world import World

Open = Callable[..., Browser]


def test_an_invitation_makes_an_account_and_a_password_lets_in_again(
    world: World, browser: Open
) -> None:
    her = browser()
    begin(world, her, world.educator)
    assert her.get("/me/sign-in").status_code == 200
    out = her.submit("/me/sign-in", action="/sign-out")
    assert out.headers["location"] == "/sign-in"
    assert her.get("/me/sign-in").status_code == 303
    answer = sign_in(her, address_of(world, world.educator), next_="/me/sign-in")
    assert answer.headers["location"] == "/me/sign-in"
    assert "How you sign in" in her.get("/me/sign-in").text
    kinds = [type(event).__name__ for event in events_of(world) if isinstance(event, Account.Event)]
    assert kinds == ["Opened", "CredentialAdded", "SignedIn", "SignedIn"]
    assert examined(world) == []


def test_looking_at_a_link_does_not_use_it_and_it_is_used_once(world: World, browser: Open) -> None:
    link = invitation(world, world.educator)
    for _ in range(3):
        preview = browser().get(link)
        assert preview.status_code == 200
        assert preview.headers["referrer-policy"] == "same-origin"
        browser().head(link)
    her = browser()
    assert her.submit(link, {"password": PASSWORD}, action=link, which=-1).status_code == 303
    assert her.get(link).headers["location"] == "/home"
    other = browser().get(link)
    assert other.status_code == 410
    assert "can be used no more" in other.text
    assert browser().get("/invitations/inv_nonsense").status_code == 410


def test_a_weak_password_is_refused_in_words_and_nothing_is_used_up(
    world: World, browser: Open
) -> None:
    link, her = invitation(world, world.educator), browser()
    for weak in ("short", "passwordpassword1234", "aaaaaaaaaaaaaaaa", "SamSynthetic1234"):
        answer = her.submit(link, {"password": weak}, action=link, which=-1)
        assert answer.status_code == 422, weak
        assert "There is a problem" in answer.text
    assert her.submit(link, {"password": PASSWORD}, action=link, which=-1).status_code == 303


def test_a_second_step_is_asked_for_and_each_code_is_used_once(world: World, browser: Open) -> None:
    her = browser()
    begin(world, her, world.educator)
    secret, papers = with_codes(her, world)
    assert len(papers) == 8
    her.submit("/me/sign-in", action="/sign-out")
    address = address_of(world, world.educator)
    page = sign_in(her, address)
    assert page.status_code == 200
    assert "One more step" in page.text
    assert her.get("/me/sign-in").status_code == 303
    wrong = her.submit_of(page, "/sign-in/second-step", {"code": "000000"})
    assert wrong.status_code == 422
    world.clock.now += timedelta(minutes=2)
    code = code_at(secret, world.clock.now)
    done = her.submit_of(wrong, "/sign-in/second-step", {"code": code})
    assert done.status_code == 303, done.text
    assert her.get("/me/sign-in").status_code == 200
    him = browser()
    again = him.submit_of(sign_in(him, address), "/sign-in/second-step", {"code": code})
    assert again.status_code == 422
    paper = him.submit_of(again, "/sign-in/second-step", {"code": papers[0].upper()})
    assert paper.status_code == 303
    third = browser()
    page = sign_in(third, address)
    assert third.submit_of(page, "/sign-in/second-step", {"code": papers[0]}).status_code == 422
    assert examined(world) == []


def test_several_roles_one_is_chosen_and_changed(world: World, browser: Open) -> None:
    assert world.educator.person is not None
    role = RoleWithin.model_validate({"role": "assessor", "unit": NETWORK_ID})
    world.do(world.administrator, GrantRole(person=world.educator.person, role=role))
    her = browser()
    begin(world, her, world.educator)
    old = her.cookies["testamur"]
    chosen = her.submit("/me/role", {"role": f"assessor@{NETWORK_ID}"}, action="/me/role")
    assert chosen.headers["location"] == "/queue"
    assert her.cookies["testamur"] != old
    assert "Assessor" in her.get("/me/sign-in").text
    forged = her.submit("/me/role", {"role": f"administrator@{NETWORK_ID}"}, action="/me/role")
    assert forged.status_code == 422


def test_what_is_grave_asks_again_and_goes_on(world: World, browser: Open) -> None:
    her = browser()
    begin(world, her, world.educator)
    world.clock.now += timedelta(minutes=20)
    asked = her.get("/me/sign-in/password")
    assert asked.headers["location"] == "/sign-in/again?next=%2Fme%2Fsign-in%2Fpassword"
    old = her.cookies["testamur"]
    values = {"password": PASSWORD}
    answer = her.submit(asked.headers["location"], values, action="/sign-in")
    assert answer.headers["location"] == "/me/sign-in/password"
    assert her.cookies["testamur"] != old
    assert her.get("/me/sign-in/password").status_code == 200


def test_a_changed_password_signs_out_everywhere_else(world: World, browser: Open) -> None:
    her, elsewhere = browser(), browser()
    begin(world, her, world.educator)
    address = address_of(world, world.educator)
    assert sign_in(elsewhere, address).status_code == 303
    another = "seven green kettles sing"
    wrong = {"password": another, "current": "not that one at all"}
    assert her.submit("/me/sign-in/password", wrong).status_code == 422
    right = {"password": another, "current": PASSWORD}
    assert her.submit("/me/sign-in/password", right).status_code == 303
    assert elsewhere.get("/me/sign-in").status_code == 303
    assert her.get("/me/sign-in").status_code == 200
    assert sign_in(elsewhere, address).status_code == 422
    assert sign_in(elsewhere, address, another).status_code == 303


def test_sessions_are_listed_and_ended(world: World, browser: Open) -> None:
    her, elsewhere = browser(), browser()
    begin(world, her, world.educator)
    elsewhere.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    sign_in(elsewhere, address_of(world, world.educator))
    assert "Firefox, Linux" in her.get("/me/sign-in").text
    her.submit("/me/sign-in", action="/end-others")
    assert elsewhere.get("/me/sign-in").status_code == 303
    (only,) = [f for f in her.forms("/me/sign-in") if f.action.endswith("/end")]
    her.post(only.action, data=only.values)
    assert her.get("/me/sign-in").status_code == 303


def test_a_token_is_shown_once_for_the_role_and_ended(world: World, browser: Open) -> None:
    import re

    her = browser()
    begin(world, her, world.educator)
    made = her.submit("/me/sign-in/tokens/new", {"label": "Script", "days": "30"})
    secret = re.search(r"tst_[\w-]+", made.text)
    assert secret is not None
    bearer = {"Authorization": f"Bearer {secret[0]}"}
    assert her.get("/v1/me", headers=bearer).json()["acting"]["role"] == "educator"
    page = her.get("/me/sign-in")
    assert "Script" in page.text
    assert secret[0] not in page.text
    (end,) = [f for f in her.forms("/me/sign-in") if "/tokens/" in f.action]
    assert her.post(end.action, data=end.values).status_code == 303
    assert her.get("/v1/me", headers=bearer).status_code == 401


def test_the_last_way_in_stays_and_an_erased_person_is_out(world: World, browser: Open) -> None:
    her = browser()
    begin(world, her, world.educator)
    link = next(
        part
        for part in her.get("/me/sign-in").text.split('"')
        if part.startswith("/me/sign-in/") and part.count("-") > 3
    )
    refused = her.submit(link, action="/remove")
    assert refused.status_code == 422
    assert "only way in" in refused.text
    address = address_of(world, world.educator)
    world.forget(world.educator)
    assert her.get("/me/sign-in").status_code == 303
    assert sign_in(browser(), address).status_code == 422
    assert world.educator.person is not None
    assert world.app.vault.kept(world.educator.person, "password") is None
    assert examined(world) == []


def test_an_administrator_resets_and_never_gets_in(world: World, browser: Open) -> None:
    her = browser()
    begin(world, her, world.educator)
    address, him = address_of(world, world.educator), browser(world.administrator)
    page = f"/people/{world.educator.person}/sign-in"
    assert browser(world.manager).get(page).status_code == 403
    assert "Password" in him.get(page).text
    done = him.submit(page)
    assert done.status_code == 303
    assert "inv_" not in done.text + him.get(page).text
    assert her.get("/me/sign-in").status_code == 303
    assert sign_in(browser(), address).status_code == 422
    assert examined(world) == []
