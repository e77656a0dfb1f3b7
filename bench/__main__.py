"""Measure in one run, on one core, against the floor and against a peer.

Sign and verify the same badge: ours, raw Ed25519, and @digitalbazaar/vc. A command to a durable
event: ours, a bare `eventsourcing` aggregate, and a plain SQLite insert, all with synchronous=FULL.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate

from badges.proofs.cryptosuites import EDDSA_RDFC_2022
from badges.proofs.data_integrity import add_proof, verify_proof
from keys import did_key
from keys.multikey import encode_public_key
from ledger.commands import Order
from tests.world import TickingClock, World

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 3.0


class Note(Aggregate):
    """The smallest aggregate: what the library alone costs."""

    class Written(Aggregate.Created):
        text: str

    def __init__(self, text: str) -> None:
        self.text = text


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


def badges(world: World, folder: Path) -> None:
    """Sign and verify one badge of about the size that we issue."""
    data = world.app.badge(world.award())
    assert data is not None
    document = json.loads(data)
    del document["proof"]
    private = Ed25519PrivateKey.generate()
    did = did_key(private.public_key())

    class Signer:
        verification_method = f"{did}#{encode_public_key(private.public_key())}"

        def sign(self, message: bytes) -> bytes:
            return private.sign(message)

    now = TickingClock().now
    signed = add_proof(document, Signer(), now)
    public = private.public_key()
    options = {name: item for name, item in signed["proof"].items() if name != "proofValue"}
    message = EDDSA_RDFC_2022.hash_data(document, options, public)
    signature = private.sign(message)

    floor_sign = rate(lambda: private.sign(message))
    floor_verify = rate(lambda: public.verify(signature, message))
    ours_sign = rate(lambda: add_proof(document, Signer(), now))
    ours_verify = rate(lambda: verify_proof(signed, signed["proof"], public))
    peer = _peer(folder, data)
    print(f"\nOne badge of {len(data):,} bytes, eddsa-rdfc-2022, one core")
    show("raw Ed25519 signature", floor_sign)
    show("sign, ours", ours_sign, floor_sign, "raw")
    if peer:
        show("sign, @digitalbazaar/vc", peer["sign"])
        show("", ours_sign, peer["sign"], "peer")
    show("raw Ed25519 verification", floor_verify)
    show("verify, ours", ours_verify, floor_verify, "raw")
    if peer:
        show("verify, @digitalbazaar/vc", peer["verify"])
        show("", ours_verify, peer["verify"], "peer")


def _peer(folder: Path, data: bytes) -> dict[str, float] | None:
    vectors = Path(os.environ.get("TESTAMUR_VECTORS", ROOT.parent / "shared" / "vectors"))
    node = shutil.which("node")
    installed = (ROOT / "tests/interop/node_modules/@digitalbazaar/vc").is_dir()
    if node is None or not installed or not vectors.is_dir():
        print("\nThe peer is not measured: it needs node, the vectors and a run of `make test`.")
        return None
    file = folder / "badge.json"
    file.write_bytes(data)
    script = ROOT / "tests/interop/speed.mjs"
    command = [node, str(script), str(vectors / "contexts"), str(file), str(SECONDS)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def events(world: World, folder: Path) -> None:
    """From a command to an event that survives a power cut."""
    plain = sqlite3.connect(folder / "plain.db", isolation_level=None)
    plain.execute("PRAGMA journal_mode=WAL")
    plain.execute("PRAGMA synchronous=FULL")
    plain.execute("CREATE TABLE t (id TEXT PRIMARY KEY, state BLOB)")
    state = b"x" * 400
    floor = rate(lambda: plain.execute("INSERT INTO t VALUES (?, ?)", (uuid4().hex, state)))
    bare: Application[Any] = Application(
        {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "bare.db")}
    )
    library = rate(lambda: bare.save(Note(text="x" * 300)))
    bare.close()
    own = Order(world.educator)
    draft = rate(lambda: world.do.submissions.draft(own, world.micro, 1))
    print("\nA command to a durable event, SQLite, one writer")
    show("plain insert", floor)
    show("bare eventsourcing save", library, floor, "plain")
    show("submission.draft, with permission checks", draft, library, "bare eventsourcing")


def replay(world: World) -> None:
    """Reading the log, and rebuilding all read models."""
    count = world.app.store.position()
    mapper = world.app.store.mapper
    began = time.perf_counter()
    position = 0
    while page := world.app.store.page(position):
        for notification in page:
            mapper.to_domain_event(notification)
        position = page[-1].id
    read = count / (time.perf_counter() - began)
    world.app.views.catch_up()
    began = time.perf_counter()
    for name in world.app.views.names:
        world.app.views.rebuild(name)
    rebuilt = count * len(world.app.views.names) / (time.perf_counter() - began)
    print(f"\nThe log of {count:,} events")
    show("read and decoded", read)
    show("looked at by one projection in a rebuild", rebuilt, read, "reading")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = World.build(folder / "home")
        badges(world, folder)
        events(world, folder)
        replay(world)
        world.app.close()


if __name__ == "__main__":
    main()
