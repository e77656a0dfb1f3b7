"""A client that speaks HTTP to a small deployment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create
from ledger.context import Caller
from tests.world import World


class Api:
    """Requests as one caller after another."""

    def __init__(self, world: World, client: TestClient) -> None:
        self.world = world
        self.client = client
        self._tokens: dict[Caller, str] = {}

    def headers(self, caller: Caller) -> dict[str, str]:
        if caller not in self._tokens:
            self._tokens[caller] = self.world.token(caller)
        return {"Authorization": f"Bearer {self._tokens[caller]}"}

    def ask(self, caller: Caller, method: str, path: str, **more: Any) -> Any:
        headers = {**self.headers(caller), **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)

    def do(self, caller: Caller, method: str, path: str, **more: Any) -> Any:
        answer = self.ask(caller, method, path, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    app, base = create(world.app), world.app.site.base_url
    with TestClient(app, base, raise_server_exceptions=False) as client:
        yield Api(world, client)
