"""Sign-in by a district's own provider: npm's oidc-provider, as it really answers."""

from __future__ import annotations

import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
import uvicorn
from fastapi.testclient import TestClient

from api.accounts.oidc import Provider, provider_of
from api.http.app import create
from ledger.people import NETWORK_ID, Person
from tests.interop.conftest import HERE, free_port
from tests.ledger.whole_log import examined
from tests.web.browser import Browser
from tests.web.signin.people import address_of, invitation
from tests.world import World


@dataclass
class District:
    """The provider, and a browser of its own that goes there and back."""

    world: World
    issuer: str
    server: object

    def is_now(self, who: str) -> None:
        """Let it be that person (``subject|address|groups``) who is asked for next."""
        query = urllib.parse.urlencode({"who": who})
        urllib.request.urlopen(f"{self.issuer}/be?{query}").read()

    def come_back(self, address: str) -> str:
        """Go where our page sends, through the provider; gives the address back at ours."""
        base = self.world.app.site.base_url

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
                if newurl.startswith(base):
                    raise _BackHere(newurl)
                return super().redirect_request(req, fp, code, msg, headers, newurl)

        opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), Stay()
        )
        try:
            opener.open(address, timeout=30)
        except _BackHere as back:
            return back.address
        raise AssertionError("the provider did not send anybody back")

    def browser(self) -> Browser:
        return Browser(self.server, self.world.app.site.base_url)

    def go(self, browser: Browser, query: str = "") -> object:
        """The whole way; gives our answer."""
        sent = browser.get(f"/sign-in/oidc{query}")
        assert sent.status_code == 303, sent.text
        return browser.get(self.come_back(sent.headers["location"]))


class _BackHere(Exception):
    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


@pytest.fixture
def district(tmp_path: Path, node: str, judges: Path) -> Iterator[District]:
    ours, theirs = free_port(), free_port()
    world = World.build(tmp_path / "home", base_url=f"http://localhost:{ours}")
    world.clock.catch_up()
    settings = world.app.settings.model_copy(
        update={
            "oidc_issuer": f"http://localhost:{theirs}",
            "oidc_client_id": "testamur",
            "oidc_client_secret": _secret(),
            "oidc_roles": {"assessors": f"assessor@{NETWORK_ID}"},
        }
    )
    world.app.settings = settings
    world.app.provider = provider_of(settings, world.app.site.base_url)
    base = world.app.site.base_url
    command = [node, str(HERE / "provider.mjs"), str(theirs), "testamur"]
    command += [f"{base}/sign-in/oidc/callback", f"{base}/sign-in/oidc/logout"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE)
    try:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        server = create(world.app)
        with TestClient(server, base):
            yield District(world, settings.oidc_issuer, server)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _secret() -> object:
    from pydantic import SecretStr

    return SecretStr("a secret of the test")


def test_an_account_is_linked_by_invitation_and_lets_in(district: District) -> None:
    world, her = district.world, district.browser()
    district.is_now("sub-1|sam@example.org|teachers")
    link = invitation(world, world.educator)
    secret = link.rpartition("/")[2]
    answer = district.go(her, f"?invitation={secret}")
    assert answer.headers["location"] == "/home", answer.text  # type: ignore[attr-defined]
    again = district.browser()
    assert district.go(again).headers["location"] == "/home"  # type: ignore[attr-defined]
    assert again.get("/me/sign-in").status_code == 200
    assert examined(world) == []


def test_groups_give_and_take_roles(district: District) -> None:
    world, her = district.world, district.browser()
    person = world.educator.person
    assert person is not None
    district.is_now("sub-2|sam@example.org|teachers,assessors")
    secret = invitation(world, world.educator).rpartition("/")[2]
    district.go(her, f"?invitation={secret}")
    grants = world.app.store.read(Person, person, "person").grants
    assert ("assessor", NETWORK_ID) in grants
    district.is_now("sub-2|sam@example.org|teachers")
    again = district.go(district.browser())
    assert again.status_code == 303, again.text  # type: ignore[attr-defined]
    grants = world.app.store.read(Person, person, "person").grants
    assert grants == {("educator", world.campus)}
    assert examined(world) == []


def test_an_address_alone_links_nobody_unless_the_operator_says_so(district: District) -> None:
    world = district.world
    district.is_now(f"sub-3|{address_of(world, world.educator)}|teachers")
    refused = district.go(district.browser())
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert isinstance(world.app.provider, Provider)
    world.app.provider.links_by_address = True
    answer = district.go(district.browser())
    assert answer.headers["location"] == "/home"  # type: ignore[attr-defined]
    assert examined(world) == []


def test_a_way_back_that_began_elsewhere_or_is_used_again_is_refused(district: District) -> None:
    world, her = district.world, district.browser()
    district.is_now("sub-4|sam@example.org|teachers")
    secret = invitation(world, world.educator).rpartition("/")[2]
    sent = her.get(f"/sign-in/oidc?invitation={secret}")
    back = district.come_back(sent.headers["location"])
    victim = district.browser()
    assert victim.get(back).status_code == 422
    wrong = back.replace("state=", "state=x")
    kept = her.cookies["testamur-oidc"]
    assert her.get(wrong).status_code == 422
    her.cookies.set("testamur-oidc", kept, domain="localhost.local", path="/")
    assert her.get(back).status_code == 303
    her.cookies.set("testamur-oidc", kept, domain="localhost.local", path="/")
    assert her.get(back).status_code == 422


def test_who_forges_a_sign_out_signs_nobody_out(district: District) -> None:
    world, her = district.world, district.browser()
    port = urllib.parse.urlsplit(world.app.site.base_url).port
    assert port is not None
    config = uvicorn.Config(
        district.server, "127.0.0.1", port, log_level="critical", lifespan="off"
    )  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    import threading

    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    district.is_now("sub-5|sam@example.org|teachers")
    secret = invitation(world, world.educator).rpartition("/")[2]
    district.go(her, f"?invitation={secret}")
    by_password = district.browser()
    assert her.get("/me/sign-in").status_code == 200
    bad = by_password.post("/sign-in/oidc/logout", data={"logout_token": "e30.e30.e30"})
    assert bad.status_code == 400
    assert her.get("/me/sign-in").status_code == 200
    server.should_exit = True
    thread.join(20)
