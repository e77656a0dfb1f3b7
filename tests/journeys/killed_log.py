"""``python -m tests.journeys.killed_log HOME ROUNDS``: kill a writer of the log, again and again.

Each round a child process appends events with one thread, and takes them up and signs checkpoints
with another; it is killed at a random moment, every second time only once a checkpoint got out, as
a slow machine signs none in a moment. Every checkpoint that got out before is printed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from uuid import UUID

from api.settings import Settings
from api.wiring import Testamur, system_clock
from keys.keystore import KeyStore
from ledger.bus import Request
from ledger.context import Caller
from ledger.errors import LedgerError
from ledger.people import NETWORK_ID, RegisterOrganization
from projections.people import persons


def main(home: Path, rounds: int) -> None:
    settings = Settings(home=home, key_passphrase="a passphrase")  # type: ignore[arg-type]
    keys = KeyStore(settings.key_file, settings.passphrase())
    dice = random.Random(4)
    for number in range(rounds):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _write_until_killed(settings, keys, writing)
        os.close(writing)
        os.read(reading, 1)  # it is at work
        first = os.read(reading, 1) if number % 2 else b""
        time.sleep(dice.uniform(0, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reading, "rb") as pipe:
            sys.stdout.buffer.write(first + pipe.read())
    sys.stdout.buffer.flush()


def _write_until_killed(settings: Settings, keys: KeyStore, pipe: int) -> None:
    app = Testamur.around(settings, keys, system_clock)
    with app.views.reading("persons") as connection:
        (grant,) = connection.execute(
            persons.grants.select().where(persons.grants.c.role == "administrator")
        ).all()
    request = Request(Caller(UUID(grant.person), "administrator", NETWORK_ID))
    district = RegisterOrganization(name="A district", kind="district", parent=NETWORK_ID)

    def append() -> None:
        while True:
            with suppress(LedgerError):
                app.bus.execute(request, district)

    Thread(target=append, daemon=True).start()
    os.write(pipe, b"\n")
    while True:
        os.write(pipe, f"{app.log.checkpoint().note}\0".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
