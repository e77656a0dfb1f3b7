"""`testamur issue` of many awards: with one process, and with every core."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from bench.badges import ROOT
from tests.world import World


def issue(folder: Path, number: int = 10_000) -> None:
    """Half with one process, half with one for each core; the submissions are made first."""
    world = World.build(folder / "many")
    world.clock.catch_up()  # by which the command line goes
    token = world.token(world.manager)
    print(f"\n`testamur issue` of {number:,} awards (the submissions are being made)", flush=True)
    waiting = [str(world.accepted(world.person("educator", world.campus))) for _ in range(number)]
    environment = {
        **os.environ,
        "TESTAMUR_HOME": str(world.app.settings.home),
        "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
        "TESTAMUR_TOKEN": token,
    }
    cores = os.cpu_count() or 1
    rates = []
    for jobs, share in ((1, waiting[: number // 2]), (cores, waiting[number // 2 :])):
        file = folder / f"{jobs}.txt"
        file.write_text("\n".join(share))
        world.app.views.catch_up()  # else the second run would begin with the first one's events
        command = [sys.executable, "-m", "api", "issue", "--from", str(file), "--jobs", str(jobs)]
        began = time.perf_counter()
        answer = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        taken = time.perf_counter() - began
        assert answer.stdout == f"{len(share)} awards issued, 0 refused\n", answer.stdout
        rates.append(len(share) / taken)
        print(f"  {jobs} process(es): {taken:6.1f} s, {rates[-1]:,.0f} awards/s")
    print(f"  {rates[1] / rates[0]:.2f} × with {cores} cores")
    world.app.close()
