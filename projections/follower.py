"""A thread that keeps something in step with the ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event as Flag
from threading import Thread
from typing import Protocol

from ledger.store import EventStore

logger = logging.getLogger("testamur")


class Follows(Protocol):
    """What follows the ledger: read models, process managers."""

    def catch_up(self, *, stop: Callable[[], bool]) -> object:
        """Take up what was recorded since, until the ledger's end or ``stop`` says so."""


class Follower:
    """Lets one of them catch up with what any process records, while it is entered."""

    def __init__(self, follows: Follows, store: EventStore, every: float = 0.5) -> None:
        """``every`` seconds it looks for other processes' events; its own wake it at once."""
        self._follows = follows
        self._every = every
        self._stop = False
        self._wake = Flag()
        store.when_recorded(self.wake)
        name = type(follows).__name__
        self._thread = Thread(target=self._follow, name=name, daemon=True)

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop = True
        self.wake()
        self._thread.join()

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def _follow(self) -> None:
        while not self._stop:
            try:
                self._follows.catch_up(stop=lambda: self._stop)
            except Exception:  # the database may be away for a while; /readyz shows the lag
                logger.exception("%s could not follow the ledger; trying again", self._thread.name)
            self._wake.wait(self._every)
            self._wake.clear()
