"""The Go team's sumdb packages accept our log, and refuse each tampered twin.

``logcheck`` is a program in Go that uses golang.org/x/mod/sumdb/tlog and …/note, nothing of ours.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from api.export import export_public
from tests.conftest import not_run
from tests.world import World

pytestmark = pytest.mark.xdist_group("interop")

SOURCE = Path(__file__).parent / "logcheck"
DEBIAN = Path("/usr/share/gocode")
"""Where Debian's golang-golang-x-mod-dev puts its packages."""


@pytest.fixture(scope="session")
def logcheck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = shutil.which("go")
    if not go or not (DEBIAN / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        not_run("go and golang.org/x/mod are not installed")
    program = tmp_path_factory.mktemp("go") / "logcheck"
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(DEBIAN),
        "GOCACHE": str(program.parent / "cache"),
        "GOFLAGS": "",
    }
    command = [str(go), "build", "-o", str(program), "."]
    built = subprocess.run(command, cwd=SOURCE, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return program


def ask(program: Path, vkey: str, folder: Path, *rest: str | Path) -> tuple[bool, str]:
    """Whether the judge accepts, and what it says."""
    command = [str(program), vkey, str(folder), *map(str, rest)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return answer.returncode == 0, answer.stdout + answer.stderr


def test_checkpoint_tiles_inclusion_and_consistency_are_accepted(
    logcheck: Path, world: World, tmp_path: Path
) -> None:
    app, older = world.app, []
    for number in range(60):
        world.award(world.person("educator", world.campus))
        if number % 9 == 0:
            file = tmp_path / f"checkpoint-{number}"
            file.write_text(str(app.log.checkpoint().note))
            older.append(file)
    folder = tmp_path / "export"
    last = export_public(app, folder, lambda _: None)
    assert last.size > 512
    vkey = app.log.verifier.vkey
    fine, words = ask(logcheck, vkey, folder / "log", "check", *older)
    assert fine, words
    assert words == f"{last.size} entries and {len(older)} older checkpoints hold\n"

    stranger = World.build(tmp_path / "stranger")
    fine, words = ask(logcheck, stranger.app.log.verifier.vkey, folder / "log", "check")
    assert (fine, "no verifiable signatures" in words) == (False, True)
    other = tmp_path / "other"
    other.write_text(str(stranger.app.log.checkpoint().note))
    stranger.app.close()
    assert not ask(logcheck, vkey, folder / "log", "check", other)[0]

    for name in ("tile/0/000", "tile/0/001", "tile/entries/001", "checkpoint"):
        path = folder / "log" / name
        data = path.read_bytes()
        path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
        assert not ask(logcheck, vkey, folder / "log", "check", *older)[0], name
        path.write_bytes(data)
    assert ask(logcheck, vkey, folder / "log", "check", *older)[0]


def test_receipts_are_accepted(logcheck: Path, world: World, tmp_path: Path) -> None:
    award = world.award()
    for _ in range(25):
        world.award(world.person("educator", world.campus))
    world.app.log.checkpoint()
    receipt, vkey = str(world.app.publishing.receipt(award)), world.app.log.verifier.vkey
    file = tmp_path / "award.tlog-proof"
    file.write_text(receipt)
    fine, words = ask(logcheck, vkey, tmp_path, "receipt", file)
    assert fine, words
    lines = receipt.split("\n")
    lines[1] = lines[1][:-8] + ("A" if lines[1][-8] != "A" else "B") + lines[1][-7:]
    file.write_text("\n".join(lines))
    assert not ask(logcheck, vkey, tmp_path, "receipt", file)[0]
