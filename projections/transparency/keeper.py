"""Keeps the log up to date and signed while a server runs."""

from __future__ import annotations

import logging
from threading import Event as Flag
from threading import Thread

from projections.transparency.log import TransparencyLog

logger = logging.getLogger("testamur")


class Keeper:
    """A thread that takes events up and signs a checkpoint, every so often and only if any."""

    def __init__(self, log: TransparencyLog, seconds: float) -> None:
        self._log = log
        self._seconds = seconds
        self._stop = Flag()
        self._thread = Thread(target=self._keep, name="transparency", daemon=True)

    def __enter__(self) -> Keeper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._stop.is_set():
            try:
                self._log.checkpoint()
            except Exception:  # the database may be away for a while
                logger.exception("the transparency log could not follow; trying again")
            self._stop.wait(self._seconds)
