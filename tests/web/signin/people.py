"""People who set themselves up as they really do: by invitation, in a browser without scripts."""

from __future__ import annotations

import base64
import re
from datetime import datetime

import httpx2
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from api.access import send_invitation
from ledger.bus import Request
from ledger.context import Caller
from ledger.people import Person
from tests.web.browser import Browser
from tests.world import World

PASSWORD = "violet lamp under the bridge"


def address_of(world: World, person: Caller) -> str:
    """Where somebody gets letters."""
    assert person.person is not None
    sealed = world.app.store.read(Person, person.person, "person").email
    opened = world.app.vault.open(sealed)
    assert opened is not None
    return opened.decode()


def invitation(world: World, person: Caller) -> str:
    """The path of a link that an administrator sends."""
    assert person.person is not None
    made = send_invitation(world.app, Request(world.administrator), person.person, 7)
    return f"/invitations/{made.secret}"


def begin(world: World, browser: Browser, person: Caller, password: str = PASSWORD) -> None:
    """By invitation, with a password."""
    link = invitation(world, person)
    answer = browser.submit(link, {"password": password}, action=link, which=-1)
    assert answer.status_code == 303, answer.text


def sign_in(
    browser: Browser, address: str, password: str = PASSWORD, next_: str = "/"
) -> httpx2.Response:
    """With a password."""
    values = {"address": address, "password": password}
    return browser.submit(f"/sign-in?next={next_}", values, action="/sign-in")


def with_codes(browser: Browser, world: World) -> tuple[str, list[str]]:
    """Set up one-time codes and recovery codes; gives the app's secret, and the codes."""
    page = browser.get("/me/sign-in/codes")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")  # type: ignore[index]
    form = browser.submit_of(page, "/me/sign-in/codes", {"code": code_at(secret, world.clock.now)})
    assert form.status_code == 303, form.text
    made = browser.submit("/me/sign-in/recovery", action="/me/sign-in/recovery")
    return secret, re.findall(r"<code>([a-z0-9-]{29})</code>", made.text)


def code_at(secret: str, now: datetime) -> str:
    """What the app shows."""
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
    return totp.generate(int(now.timestamp())).decode()
