"""A witness: follows another ledger's log and signs that it only ever grew.

Source: C2SP tlog-cosignature. What was seen last is on disk before a cosignature leaves the house,
so that no crash can make this witness sign two logs that contradict each other.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from api.wiring import Testamur
from ledger.transparency import Checkpoint, LogError, Note, VerifierKey, must_continue
from ledger.transparency.errors import Contradiction
from ledger.transparency.note import Sign, sign
from ledger.transparency.source import LogSource, signed_checkpoint, tile_reader
from ledger.transparency.tiles import nodes_from


@dataclass(frozen=True)
class Witness:
    """One witness, its key, and the file in which it keeps what it saw."""

    key: VerifierKey
    sign: Sign
    file: Path
    clock: Callable[[], datetime]

    def follow(self, source: LogSource, log: VerifierKey) -> Note:
        """The log's checkpoint with this witness's cosignature.

        Raises Contradiction when it does not continue what was seen before, LogError for a
        checkpoint that is not the log's.
        """
        checkpoint, note = signed_checkpoint(source, log)
        with self._memory() as memory:
            seen = memory.get(log.name)
            if seen is not None:
                old = Checkpoint(log.name, seen["size"], base64.b64decode(seen["root"]))
                nodes = nodes_from(tile_reader(source), checkpoint.size)
                try:
                    must_continue(old, checkpoint, nodes)
                except (LookupError, ValueError) as error:
                    if isinstance(error, LogError):
                        raise
                    raise Contradiction(
                        f"a tile that should prove it is missing: {error}"
                    ) from None
            root = base64.b64encode(checkpoint.root).decode()
            memory[log.name] = {"size": checkpoint.size, "root": root, "vkey": log.vkey}
        now = int(self.clock().timestamp())
        return note.with_signatures([sign(note.text, self.key, self.sign, now)])

    def known_key(self, origin: str) -> VerifierKey | None:
        """The key of a log that was followed before."""
        seen = self._read().get(origin)
        return None if seen is None else VerifierKey.parse(seen["vkey"])

    @contextmanager
    def _memory(self) -> Iterator[dict[str, Any]]:
        """What was seen, to be changed while no other process does; written when all went well."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            memory = self._read()
            yield memory
            draft = self.file.with_suffix(".new")
            with draft.open("w", encoding="utf-8") as file:
                json.dump(memory, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.file)

    def _read(self) -> dict[str, Any]:
        if not self.file.exists():
            return {}
        memory: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return memory


def witness_of(app: Testamur) -> Witness:
    """A deployment as a witness of other ledgers' logs."""
    name = app.log.verifier.name.removesuffix("/log") + "/witness"
    key = VerifierKey(name, app.keys.note_key("witness"), 4)
    sign = partial(app.keys.sign_note, "witness")
    return Witness(key, sign, app.settings.home / "witnessed.json", app.clock)
