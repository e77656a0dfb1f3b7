"""Read models that were deleted made callers strangers (401) and awards missing (404). While they
are built again the answer is 503 with Retry-After, and they are built again by themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from fastapi.testclient import TestClient

from api.http.app import create
from api.wiring import Testamur as Deployed
from projections import engine
from projections.engine import BehindTheLedger
from tests.api.conftest import Api
from tests.world import World


def delete_views(home: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (home / f"testamur-views.db{suffix}").unlink(missing_ok=True)


@contextmanager
def held_back(app: Deployed) -> Iterator[None]:
    """As if there were very many events: whoever catches up is not through yet."""
    with app.views._in_step, pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_A_MOMENT", 0.05)
        yield


def test_deleted_before_the_start(world: World) -> None:
    award, token = world.award(), world.token(world.manager)
    world.app.close()
    delete_views(world.app.settings.home)
    world.app = app = Deployed.open(world.app.settings, world.clock)
    headers = {"Authorization": f"Bearer {token}"}
    client = TestClient(create(app), base_url=app.site.base_url, raise_server_exceptions=False)
    with held_back(app):
        for path in (f"/v1/awards/{award}", "/v1/awards"):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
                503,
                "behind-the-ledger",
            )
            assert int(answer.headers["retry-after"]) > 0
        assert client.get("/v1/awards").status_code == 401, "nobody is nobody"
        assert client.get(f"/badges/{award}.json").status_code == 200, "it needs no read model"
        with pytest.raises(BehindTheLedger), app.views.reading("awards"):
            pass
    assert client.get(f"/v1/awards/{award}", headers=headers).status_code == 200


def test_deleted_while_it_runs(api: Api) -> None:
    award = api.world.award()
    headers = api.headers(api.world.manager)
    delete_views(api.world.app.settings.home)
    asked: list[int] = []

    def ask() -> None:
        end = time.monotonic() + 3
        while time.monotonic() < end or (asked[-1] != 200 and time.monotonic() < end + 20):
            answer = api.client.get(f"/v1/awards/{award}", headers=headers)
            asked.append(answer.status_code)
            time.sleep(0.05)

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert set(asked) <= {200, 503}, set(asked)
    assert asked[-1] == 200
    assert (api.world.app.settings.home / "testamur-views.db").exists(), "built again by itself"
