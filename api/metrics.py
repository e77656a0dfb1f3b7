"""Numbers about a deployment for whoever watches it (Prometheus' text format)."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from api.wiring import Testamur


class DeploymentMetrics(Collector):
    """Reads the numbers when they are asked for; nothing is counted meanwhile."""

    def __init__(self, app: Testamur) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        """Positions of the log, of read models and process managers, and what is set aside."""
        yield GaugeMetricFamily(
            "testamur_events", "The last event's number.", value=self._app.store.position()
        )
        lag = GaugeMetricFamily(
            "testamur_read_model_lag_events", "Events not yet projected.", labels=["read_model"]
        )
        stopped = GaugeMetricFamily(
            "testamur_read_model_set_aside", "1 while it is set aside.", labels=["read_model"]
        )
        for state in self._app.views.states():
            lag.add_metric([state.name], state.lag)
            stopped.add_metric([state.name], state.fault is not None)
        yield lag
        yield stopped
        yield GaugeMetricFamily(
            "testamur_process_events_set_aside",
            "Events that a process manager could not answer yet.",
            value=len(self._app.processes.set_aside()),
        )


def metrics_of(app: Testamur) -> bytes:
    """All numbers as text."""
    registry = CollectorRegistry()
    registry.register(DeploymentMetrics(app))
    return generate_latest(registry)
