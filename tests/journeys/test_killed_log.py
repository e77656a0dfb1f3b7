"""``kill -9`` while events are appended, tiles written and checkpoints signed, 200 times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from api.audit import audit
from ledger.transparency import Checkpoint, must_continue, open_checkpoint
from ledger.transparency.source import tile_reader
from ledger.transparency.tiles import nodes_from
from tests.conftest import ROOT
from tests.journeys.test_tampering_is_found import Opened
from tests.world import World

ROUNDS = 200


def test_no_signed_checkpoint_contradicts_another_after_any_kill(tmp_path: Path) -> None:
    home = tmp_path / "home"
    world = World.build(home)
    world.app.views.catch_up()
    before = world.app.store.position()
    command = [sys.executable, "-m", "tests.journeys.killed_log", str(home), str(ROUNDS)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=500)
    assert answer.returncode == 0, answer.stderr.decode()[-2000:]

    world.clock.catch_up()  # with the one by which the processes went
    log = world.app.log
    published = [note.strip(b"\n") + b"\n" for note in answer.stdout.split(b"\0")[:-1]]
    signed = [
        open_checkpoint(note, log.verifier)[0] for note in published if b"\xe2\x80\x94" in note
    ]
    assert len(signed) >= ROUNDS / 2  # each that waited for one got as far as a checkpoint
    last = Checkpoint.parse(log.checkpoint().note.text)
    assert last.size == world.app.store.position() > before + ROUNDS / 2  # dense: no event was lost
    nodes = nodes_from(tile_reader(log), last.size)
    roots: dict[int, bytes] = {}
    for checkpoint in signed:
        assert roots.setdefault(checkpoint.size, checkpoint.root) == checkpoint.root
    for size, root in roots.items():
        must_continue(Checkpoint(last.origin, size, root), last, nodes)
    stored = {Checkpoint.parse(item.note.text).size for item in log.checkpoints()}
    assert roots.keys() <= stored
    world.app.views.catch_up()
    report = audit(Opened(world.app), log.verifier, world.clock.now.replace(year=2100), jobs=1)
    assert report.passed, report.divergences[:5]
