"""Measure in one run against the floor and against a peer; prints ratios.

``python -m bench [badges|events|memory|issue|log|bounds|evidence]``: one part, or all of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.badges import badges, memory
from bench.bounds import bounds
from bench.events import events, replay
from bench.evidence import evidence
from bench.issue import issue
from bench.log import log
from tests.world import World


def main() -> None:
    wanted = sys.argv[1:] or ["badges", "events", "memory", "issue", "log", "bounds", "evidence"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = World.build(folder / "home")
        if "badges" in wanted:
            badges(world, folder)
        if "events" in wanted:
            events(world, folder)
            replay(world)
        if "memory" in wanted:
            memory(world)
        world.app.close()
        if "issue" in wanted:
            issue(folder)
        if "log" in wanted:
            log(folder)
        if "bounds" in wanted:
            bounds(folder)
        if "evidence" in wanted:
            evidence(folder)


if __name__ == "__main__":
    main()
