"""The log follows the events: positions decided once, also by many writers and many keepers."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from sqlalchemy import select

from ledger.awards import Award
from ledger.store import EventStore
from ledger.transparency import Checkpoint, EventRecord, Note, Receipt, VerifierKey, must_continue
from ledger.transparency.errors import BadSignature, Contradiction, LogError
from ledger.transparency.note import sign
from ledger.transparency.source import tile_reader
from ledger.transparency.tiles import Edge, nodes_from, tiles_of
from ledger.transparency.tree import leaf_hash
from projections.transparency import Keeper, TransparencyLog
from projections.transparency.rows import tiles
from tests.world import World


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    built = World.build(tmp_path / "home", database_url)
    yield built
    built.app.close()


def second_log(world: World) -> TransparencyLog:
    """The same log, opened as another process would."""
    settings, log = world.app.settings, world.app.log
    return TransparencyLog(settings.log_url, world.app.store, log._key, world.clock)


def expected_root(store: EventStore, size: int) -> bytes:
    """The root by the definition, from the events in the order of the store."""
    edge, position = Edge(), 0
    number: int | None = None
    while rows := store.rows(number):
        for row in rows:
            if position < size:
                edge.append(leaf_hash(EventRecord.of(position, row).entry))
                position += 1
        number = rows[-1].number
    return edge.root()


def test_the_tree_is_that_of_the_events_in_their_order(world: World) -> None:
    world.award()
    first = Checkpoint.parse(world.app.log.checkpoint().note.text)
    assert first.size == world.app.store.position() == world.app.log.size()
    assert first.root == expected_root(world.app.store, first.size)
    world.award(world.person("educator", world.campus))
    second = Checkpoint.parse(world.app.log.checkpoint().note.text)
    assert second.root == expected_root(world.app.store, second.size)
    must_continue(first, second, nodes_from(tile_reader(world.app.log), second.size))
    assert world.app.log.checkpoint().size == second.size
    assert [item.size for item in world.app.log.checkpoints()] == [first.size, second.size]


def test_every_file_that_a_checkpoint_needs_is_there_and_nothing_else(world: World) -> None:
    for _ in range(30):
        world.award(world.person("educator", world.campus))
    size = world.app.log.checkpoint().size
    assert size > 300
    files = {tile.path: world.app.log.read(tile.path) for tile in tiles_of(size)}
    assert "tile/0/000" in files
    assert f"tile/1/000.p/{size // 256}" in files
    for missing in (f"tile/0/001.p/{size % 256 + 1}", "tile/0/002", "tile/5/000", "other", ""):
        with pytest.raises(LookupError):
            world.app.log.read(missing)
    with pytest.raises(LookupError):
        world.app.log.read("tile/entries/../../keys.json")


def test_writers_with_failures_and_racing_keepers_agree_on_every_prefix(world: World) -> None:
    """Refused commands leave gaps in PostgreSQL's numbers; positions have none."""
    log, other = world.app.log, second_log(world)
    names = [uuid4() for _ in range(6)]
    signed: list[Checkpoint] = []

    def write(seed: int) -> None:
        dice = random.Random(seed)
        recorder = world.app.store.recorder
        for number in range(60):
            stream = dice.choice(names) if dice.random() < 0.3 else uuid4()
            event = StoredEvent(stream, 1, "tests:Nothing", b"{}")
            more = StoredEvent(uuid4(), 1, "tests:Nothing", f"{seed} {number}".encode())
            with suppress(Exception):  # a stream that is taken: both events are refused
                recorder.insert_events([more, event])

    def keep(one: TransparencyLog) -> None:
        for _ in range(40):
            signed.append(Checkpoint.parse(one.checkpoint().note.text))

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(write, seed) for seed in range(6)]
        jobs += [pool.submit(keep, one) for one in (log, other)]
        for job in jobs:
            job.result()
    last = Checkpoint.parse(log.checkpoint().note.text)
    numbers = [stored.id for page in world.app.store.pages() for stored in page]
    assert last.size == len(numbers)
    assert last.root == expected_root(world.app.store, last.size)
    if world.app.settings.database_url:
        assert numbers[-1] > len(numbers)  # there were gaps
    nodes = nodes_from(tile_reader(log), last.size)
    for checkpoint in signed:
        must_continue(checkpoint, last, nodes)
    assert [log.position_of(number) for number in numbers] == list(range(len(numbers)))
    other.close()


def test_a_slow_writer_never_comes_in_before_a_quick_one(tmp_path: Path, postgres_url: str) -> None:
    """What the positions rest on: no later number is seen before an earlier one is committed.

    On PostgreSQL; SQLite has one writer at a time.
    """
    world = World.build(tmp_path / "home", postgres_url)
    store, log = world.app.store, world.app.log
    quick = StoredEvent(uuid4(), 1, "tests:Nothing", b"quick")
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(world.app.settings.database_url) as slow,
    ):
        slow.execute("LOCK TABLE testamur_events IN EXCLUSIVE MODE")
        slow.execute(
            "INSERT INTO testamur_events (originator_id, originator_version, topic, state) "
            "VALUES (%s, 1, 'tests:Nothing', 'slow')",
            (uuid4(),),
        )
        waiting = pool.submit(store.recorder.insert_events, [quick])
        with pytest.raises(FutureTimeout):
            waiting.result(timeout=0.5)
        before = log.checkpoint()
        slow.commit()
        waiting.result(timeout=10)
    later = [stored for page in store.pages(log.number_at(before.size)) for stored in page]
    assert [bytes(stored.state) for stored in later] == [b"slow", b"quick"]
    world.app.close()


def test_a_receipt_proves_an_award_and_nothing_else(world: World) -> None:
    award = world.award()
    receipt = world.app.publishing.receipt(award)
    issued = world.app.store.read(Award, award, "award")
    assert receipt.record.originator == str(issued.proof)
    assert receipt.verify(world.app.log.verifier).size == world.app.log.size()
    forged = str(receipt).replace(f"index {receipt.record.position}", "index 3")
    with pytest.raises(LogError, match="another position"):
        Receipt.parse(forged.encode())
    stranger = VerifierKey(world.app.log.verifier.name, bytes(32))
    with pytest.raises(BadSignature):
        receipt.verify(stranger)


def test_what_does_not_continue_the_last_checkpoint_is_never_signed(world: World) -> None:
    log = world.app.log
    log.checkpoint()
    with log.engine.begin() as connection:
        hashes = connection.scalar(select(tiles.c.hashes).where(tiles.c.level == 0))
        connection.execute(tiles.update().values(hashes=bytes(len(hashes or b""))))
    world.person("educator", world.campus)
    with pytest.raises(Contradiction):
        log.checkpoint()


def test_only_known_witnesses_of_our_own_checkpoints_are_published(world: World) -> None:
    log, keys = world.app.log, world.app.keys
    note = log.checkpoint().note
    witness = VerifierKey("witness.example/w", keys.note_key("witness"), 4)

    def by(text: str) -> Note:
        made = sign(text, witness, lambda m: keys.sign_note("witness", m), 1_800_000_000)
        return Note(text, (*note.signatures, made))

    assert log.cosign(by(note.text), [witness]) == ["witness.example/w"]
    assert log.cosign(by(note.text), [witness]) == ["witness.example/w"]  # again: replaced
    latest = log.latest()
    assert latest is not None
    found = latest.note.signed_by(witness)
    assert found is not None
    assert found.time == 1_800_000_000
    with pytest.raises(BadSignature, match="no witness"):
        log.cosign(by(note.text), [])
    other = Checkpoint(log.verifier.name, latest.size, bytes(32)).text
    with pytest.raises(Contradiction, match="no such checkpoint"):
        log.cosign(by(other), [witness])


def test_a_keeper_signs_by_itself(world: World) -> None:
    with Keeper(world.app.log, 0.05):
        for _ in range(500):
            latest = world.app.log.latest()
            if latest is not None and latest.size == world.app.store.position():
                return
            time.sleep(0.02)
    raise AssertionError("no checkpoint came")
