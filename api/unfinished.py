"""Uploads that are not finished: sealed drafts in a folder of their person, each with what is known
of it. They survive a restart; nothing of them is in the log until the whole file is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from keys.vault import Sealed
from ledger.sealed_files import remove_if_left


class Unfinished(BaseModel):
    """An upload. ``name`` is the file's, sealed; ``length`` is announced; ``object`` is where it
    goes, from when it is ``whole`` until that is recorded. Only what ``can_go_on`` outlives its
    request."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    person: UUID
    submission: UUID
    part: str
    name: Sealed
    length: int | None
    began: datetime
    can_go_on: bool
    object: str | None = None
    whole: datetime | None = None


class UploadFolder:
    """The folder. It lies within that of the evidence, so that a draft moves by a rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def draft(self, upload: Unfinished) -> Path:
        """Where its sealed bytes lie."""
        return self._path(upload.person, upload.id, "sealed")

    def make_room(self, person: UUID) -> None:
        """A folder for a person's drafts."""
        (self._folder / str(person)).mkdir(parents=True, exist_ok=True)

    def save(self, upload: Unfinished) -> None:
        """Note what is known of it, durably and in one step."""
        path = self._path(upload.person, upload.id, "json")
        draft = path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(upload.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def find(self, person: UUID, upload: UUID) -> Unfinished | None:
        """What was noted of a person's upload."""
        try:
            text = self._path(person, upload, "json").read_text(encoding="utf-8")
            return Unfinished.model_validate_json(text)
        except (FileNotFoundError, ValidationError):
            return None

    def of(self, person: UUID) -> list[Unfinished]:
        """A person's uploads that can go on, oldest first."""
        paths = (self._folder / str(person)).glob("*.json")
        found = [self.find(person, UUID(path.stem)) for path in paths]
        return sorted((one for one in found if one and one.can_go_on), key=lambda one: one.began)

    def count(self, person: UUID) -> int:
        """How many drafts a person has, those that come in just now with them."""
        return sum(1 for _ in (self._folder / str(person)).glob("*.sealed"))

    def remove(self, upload: Unfinished) -> None:
        """Forget an upload and its draft."""
        for suffix in ("json", "sealed"):
            self._path(upload.person, upload.id, suffix).unlink(missing_ok=True)

    def forget(self, person: UUID) -> None:
        """Remove all that a person began."""
        shutil.rmtree(self._folder / str(person), ignore_errors=True)

    def noted(self) -> Iterator[Unfinished]:
        """Every upload of which something is known."""
        for path in sorted(self._folder.glob("*/*.json")):
            if found := self.find(UUID(path.parent.name), UUID(path.stem)):
                yield found

    def remove_strays(self) -> int:
        """Remove drafts of which nothing is known and to which nobody writes; gives how many."""
        gone = 0
        for path in sorted(self._folder.glob("*/*.sealed")):
            if not path.with_suffix(".json").exists() and remove_if_left(path):
                gone += 1
        return gone

    def _path(self, person: UUID, upload: UUID, suffix: str) -> Path:
        return self._folder / str(person) / f"{upload}.{suffix}"
