"""/verify: one field for anything; the verdict first, its parts apart; many with progress."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from PIL import Image

from api.web.verification import many
from badges.qr import qr_png
from ledger.awards import RevokeAward
from tests.web.browser import Browser
from tests.world import World, definition

Browsing = Callable[..., Browser]


def verified(browser: Browser, text: str = "", recipient: str = "", files: Any = None) -> Any:
    data = {"text": text, "recipient": recipient}
    return browser.post("/verify", data=data, files=files, follow_redirects=True)


def order(page: str, *words: str) -> list[int]:
    """Where each stands first; they all do."""
    places = [unescape(page).find(word) for word in words]
    assert -1 not in places, dict(zip(words, places, strict=True))
    return places


def test_the_verdict_stands_first_and_its_parts_apart(browser: Browsing, world: World) -> None:
    page = verified(browser(), world.app.site.badge(world.award())).text
    places = order(
        page,
        "Authentic and in force",
        "Is it intact?",
        "By whom, and how do we know?",
        "Is it this person's?",
        "Is it in force?",
        "Is it in its issuer's log?",
        "Every check",
        "Record of this check",
        "Check another",
    )
    assert places == sorted(places)
    assert page.index("<details><summary>Every check") < page.index("proof.signature")
    assert "documents were asked for, as they were then" in page
    assert "BitstringStatusListCredential" in page


def test_for_another_person_and_in_spanish(browser: Browsing, world: World) -> None:
    address = world.app.site.badge(world.award())
    page = verified(browser(), address, "nobody@example.org").text
    assert "Authentic, but not awarded to this person" in page
    one = browser()
    one.headers["Accept-Language"] = "es"
    page = verified(one, address).text
    assert '<html lang="es">' in page
    assert "¿Está intacta?" in page


@pytest.mark.parametrize("form", ["pdf", "png", "svg", "json", "jwt"])
def test_any_file_of_a_badge(browser: Browsing, world: World, form: str) -> None:
    data = world.app.publishing.artefact(
        world.award(),
        form,  # type: ignore[arg-type]
        "ES256" if form == "jwt" else "eddsa-rdfc-2022",
    )
    page = verified(browser(), files={"file": (f"b.{form}", data)}).text
    assert "Authentic and in force" in page
    assert f"b.{form}" in page


def test_a_photo_of_its_qr_code(browser: Browsing, world: World) -> None:
    code = Image.open(io.BytesIO(qr_png(world.app.site.badge(world.award())))).convert("RGB")
    out = io.BytesIO()
    code.rotate(17, expand=True, fillcolor=(120, 110, 100)).save(out, "JPEG")
    page = verified(browser(), files={"file": ("photo.jpg", out.getvalue())}).text
    assert "Authentic and in force" in page


def test_a_receipt_with_its_badge_and_alone(browser: Browsing, world: World) -> None:
    award = world.award()
    badge = ("b.json", world.app.publishing.badge(award))
    receipt = ("r.tlog-proof", str(world.app.publishing.receipt(award)).encode())
    page = verified(browser(), files=[("file", badge), ("file", receipt)]).text
    assert "public log has it" in page
    alone = verified(browser(), files={"file": receipt})
    assert alone.status_code == 422
    assert "Add the badge that it is about" in alone.text


def test_nothing_and_too_many(browser: Browsing, world: World) -> None:
    nothing = verified(browser())
    assert nothing.status_code == 422
    assert "Give an address, the text of a badge, or a file." in nothing.text
    address = world.app.site.badge(world.award())
    page = verified(browser(), "\n".join([address] * 10_000)).text
    assert "This is not a badge" in page
    assert "10000 lines; at most 200 badges are checked at once" in page


def finished(browser: Browser, address: str) -> str:
    """The page of a list, once all are checked; it renews itself until then."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page = browser.get(address).text
        if 'http-equiv="refresh"' not in page:
            return str(page)
        time.sleep(0.2)
    raise AssertionError("it does not end")


def several(world: World) -> tuple[str, str]:
    revoked = world.award(micro=world.publish(definition(name="Wait Time")))
    world.do(world.manager, RevokeAward(award=revoked, reason="integrity", note="Copied."))
    return world.app.site.badge(world.award()), world.app.site.badge(revoked)


def test_a_list_becomes_a_table_with_a_verdict_for_each(browser: Browsing, world: World) -> None:
    good, revoked = several(world)
    table = f"name,badge,email\n=1+1,{good},x@example.org\nBo,{revoked},\nCy,https://10.0.0.1/x,"
    answer = browser().post("/verify", files={"file": ("list.csv", table.encode())})
    assert answer.status_code == 303
    address = answer.headers["location"]
    page = finished(browser(), address)
    order(
        page,
        "3 badges",
        "Authentic, but not awarded to this person",
        "Revoked",
        "Could not be checked",
    )
    headers = browser().get(address).headers
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    found = browser().get(f"{address}/table.csv")
    rows = list(csv.DictReader(io.StringIO(found.text.removeprefix("\ufeff"))))
    assert [row["verdict"] for row in rows] == ["other-person", "revoked", "not-had"]
    assert rows[0]["asked for"] == "x@example.org"


def test_a_cell_is_no_formula() -> None:
    assert many._plain('=HYPERLINK("x")') == '\'=HYPERLINK("x")'
    assert many._plain("https://x.example") == "https://x.example"


def test_files_of_several_badges(browser: Browsing, world: World) -> None:
    badge = world.app.publishing.badge(world.award()) or b""
    altered = badge.replace(b"Checking", b"Cooking ")
    files = [("file", ("a.json", badge)), ("file", ("b.json", altered)), ("file", ("c", b"x y"))]
    answer = browser().post("/verify", files=files)
    page = finished(browser(), answer.headers["location"])
    order(page, "a.json", "Authentic and in force", "b.json", "Changed after", "not a badge")


def test_a_list_is_for_whoever_has_its_address_and_for_an_hour(
    browser: Browsing, world: World
) -> None:
    good, revoked = several(world)
    answer = browser().post("/verify", data={"text": f"{good}\n{revoked}", "recipient": "e@x.org"})
    address = answer.headers["location"]
    finished(browser(), address)
    secret = address.rpartition("/")[2]
    stored = (world.app.settings.home / "testamur-access.db").read_bytes()
    stored += b"".join(
        file.read_bytes() for file in world.app.settings.home.glob("testamur-access.db-*")
    )
    assert b"verification_jobs" in stored
    for kept in (secret.encode(), b"e@x.org", good.encode()):
        assert kept not in stored
    assert browser().get("/verify/job_" + "A" * 43).status_code == 404
    world.clock.now += timedelta(hours=1, minutes=1)
    assert browser().get(address).status_code == 404


def test_lists_are_bounded(
    browser: Browsing, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "_JOBS", 0)
    good, revoked = several(world)
    answer = browser().post("/verify", data={"text": f"{good}\n{revoked}"})
    assert answer.status_code == 503
    assert re.search("Retry-After", str(answer.headers), re.IGNORECASE)
