"""What is set aside is seen by whoever watches."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Api


def test_the_numbers_tell_of_each_read_model(api: Api, monkeypatch: Any) -> None:
    api.world.award()
    api.world.app.views.catch_up()
    text = api.client.get("/metrics").text
    position = api.world.app.store.position()
    assert f"testamur_events {position}.0" in text
    assert 'testamur_read_model_lag_events{read_model="awards"} 0.0' in text
    assert 'testamur_read_model_set_aside{read_model="awards"} 0.0' in text
    assert "testamur_process_events_set_aside 0.0" in text
