"""A badge page keeps its verdict, and shows at once whatever changes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.publishing import STATUS_TTL
from api.registry import KnownIssuer, write_registry
from api.verifying import Verifying
from ledger.awards import ReinstateAward, RenewAward, RevokeAward, SuspendAward
from tests.api.conftest import Api
from tests.world import World, definition

BROWSER = {"Accept": "text/html"}
GENUINE = "Authentic and in force"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One item for each verification that was really made."""
    found: list[int] = []
    real = Verifying.verifier

    def counted(self: Verifying, *args: Any, **named: Any) -> Any:
        found.append(1)
        return real(self, *args, **named)

    monkeypatch.setattr(Verifying, "verifier", counted)
    return found


def page(api: Api, award: object) -> str:
    answer = api.client.get(f"/badges/{award}", headers=BROWSER)
    assert answer.status_code == 200
    return str(answer.text)


def test_it_is_made_once_and_again_when_it_is_old(api: Api, made: list[int]) -> None:
    award = api.world.award()
    first = page(api, award)
    assert GENUINE in first
    assert "Checked on" in first
    assert page(api, award) == first
    assert len(made) == 1
    api.world.clock.now += timedelta(seconds=STATUS_TTL)
    assert GENUINE in page(api, award)
    assert len(made) == 2, "what others say of what is inside may have changed"
    api.world.clock.now -= timedelta(seconds=20)
    page(api, award)
    assert len(made) == 3, "one from the future is none"


def revoke(world: World, award: Any) -> None:
    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))


def suspend(world: World, award: Any) -> None:
    world.do(world.manager, SuspendAward(award=award, reason="integrity", note="We look."))


def take_the_key_back(world: World, _award: Any) -> None:
    key = world.app.keys.active()
    world.app.keys.rotate(world.clock())
    world.app.keys.compromise(key.id, key.created, world.clock())


def let_it_end(world: World, _award: Any) -> None:
    world.clock.now += timedelta(days=400)


@pytest.mark.parametrize("change", [revoke, suspend, take_the_key_back, let_it_end])
def test_what_ends_it_shows_at_once(api: Api, change: Callable[[World, Any], None]) -> None:
    micro = api.world.publish(definition(valid_months=12, suspendable=True))
    award = api.world.award(micro=micro)
    assert GENUINE in page(api, award)
    change(api.world, award)
    assert GENUINE not in page(api, award)


def test_reinstating_and_renewing_show_at_once(api: Api) -> None:
    world = api.world
    award = world.award(micro=world.publish(definition(valid_months=12, suspendable=True)))
    suspend(world, award)
    assert GENUINE not in page(api, award)
    world.do(world.manager, ReinstateAward(award=award, note="All is well."))
    assert GENUINE in page(api, award)
    world.clock.now += timedelta(days=360)
    world.do(world.manager, RenewAward(award=award, note="Seen again."))
    world.clock.now += timedelta(days=30)
    assert GENUINE in page(api, award)


def test_whom_we_know_shows_at_once(api: Api, made: list[int]) -> None:
    award = api.world.award()
    page(api, award)
    write_registry(api.world.app.settings.issuers_file, {"did:web:x.example": KnownIssuer("X")})
    page(api, award)
    assert len(made) == 2


def test_a_picture_is_drawn_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    world = api.world
    drawn: list[str] = []
    from api import artefacts

    real = artefacts.png_of_svg
    monkeypatch.setattr(artefacts, "png_of_svg", lambda svg: drawn.append(svg) or real(svg))
    others = [world.person("educator", world.campus) for _ in range(2)]
    awards = [world.award(each) for each in others]
    pictures = {api.client.get(f"/badges/{award}.png").content for award in awards * 2}
    assert len(pictures) == 2, "each with its own badge in it"
    assert api.client.get(f"/achievements/{world.micro}/1/image").status_code == 200
    assert len(drawn) == 1
