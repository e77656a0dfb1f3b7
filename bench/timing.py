"""Timing: how often a second, and how that compares."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

SECONDS = 3.0


def rate(work: Callable[[], Any], seconds: float = SECONDS) -> float:
    """Times a second that ``work`` is done, after a short warm-up."""
    for _ in range(20):
        work()
    began = time.perf_counter()
    times = 0
    while (passed := time.perf_counter() - began) < seconds:
        work()
        times += 1
    return times / passed


def show(name: str, value: float, base: float | None = None, what: str = "") -> None:
    ratio = f"{value / base:8.2f} × {what}" if base else ""
    print(f"  {name:44} {value:10,.0f}/s {ratio}")
