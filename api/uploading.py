"""Evidence on its way in: sealed while it comes, checked before and while it does, handed in whole.

An upload that is cut off either goes on (the resumable ones, from the last whole piece) or leaves
nothing. Who may, and what a part takes, is asked before anything is written, and decided again by
the command when the file is whole.
"""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from uuid import UUID

from api.unfinished import Unfinished, UploadFolder
from keys.errors import KeyLost
from keys.vault import Vault
from ledger.assessment import (
    EVIDENCE,
    AddEvidence,
    Submission,
    answered,
    refuse_size,
)
from ledger.bus import CommandBus, Present, Request
from ledger.catalogue import Part, found_type, refuse_other_media
from ledger.command import Answer
from ledger.context import Caller
from ledger.errors import Invalid, LedgerError, NotFound, RuleBroken, Unavailable
from ledger.files import ObjectStore
from ledger.sealed_files import HEAD, Draft, remove_if_left
from ledger.store import EventStore

logger = logging.getLogger("testamur")

_NAME = "evidence.name"

_HANDING_IN = timedelta(minutes=10)
"""So long, at the most, does it take to record a file that is whole."""


@dataclass(frozen=True)
class Uploading:
    """Takes evidence in, in one deployment."""

    folder: UploadFolder
    vault: Vault
    store: EventStore
    objects: ObjectStore
    bus: CommandBus

    def begin(
        self,
        caller: Caller,
        submission: UUID,
        part: str,
        name: str,
        length: int | None = None,
        *,
        can_go_on: bool = False,
    ) -> Incoming:
        """An upload to a part of one's own submission. ``length`` is what the client announces.

        Raises LedgerError when the part would not take it, or too many are unfinished.
        """
        person = caller.person
        if person is None:
            raise NotFound("submission")
        wanted = self._wanted(caller, submission, part, length)
        limit = self.bus.policy().limits.unfinished_uploads
        if self.folder.count(person) >= limit:
            words = f"{limit} of your uploads are unfinished: finish or end one of them first"
            raise RuleBroken("too-many-uploads", words)
        upload = Unfinished(
            id=self.bus.preparer.new_id(),
            person=person,
            submission=submission,
            part=part,
            name=self.bus.preparer.seal(person, _NAME, name),
            length=length,
            began=self.bus.clock(),
            can_go_on=can_go_on,
        )
        self.folder.make_room(person)
        incoming = Incoming(self, upload, wanted)
        if can_go_on:
            self.folder.save(upload)
        return incoming

    def go_on(self, caller: Caller, upload: UUID) -> Incoming:
        """An upload that was begun earlier. Raises NotFound, and RuleBroken while it goes on
        elsewhere, or when the part takes nothing any more."""
        found = self._freed(self.find(caller, upload))
        return Incoming(self, found, self._wanted(caller, found.submission, found.part, None))

    def find(self, caller: Caller, upload: UUID) -> Unfinished:
        """An unfinished upload of one's own. Raises NotFound."""
        found = self.folder.find(caller.person, upload) if caller.person else None
        if found is None or not found.can_go_on:
            raise NotFound("unfinished upload")
        return found

    def of(self, caller: Caller, submission: UUID) -> list[Unfinished]:
        """One's unfinished uploads for a submission."""
        found = self.folder.of(caller.person) if caller.person else []
        return [upload for upload in found if upload.submission == submission]

    def end(self, caller: Caller, upload: UUID) -> None:
        """Give an upload up. Raises NotFound, and RuleBroken while it goes on."""
        found = self.find(caller, upload)
        if not remove_if_left(self.folder.draft(found)):
            raise RuleBroken("upload-busy", "this upload is going on; stop it first")
        self.folder.remove(found)

    def sweep(self, now: datetime) -> int:
        """Remove what was cut off and cannot go on, or did not for too long; gives how many."""
        oldest = now - timedelta(days=self.bus.policy().limits.upload_days)
        gone = self.folder.remove_strays()
        for upload in list(self.folder.noted()):
            with suppress(NotFound, RuleBroken):
                self._freed(upload)
                if upload.can_go_on and upload.began >= oldest:
                    continue
                if remove_if_left(self.folder.draft(upload)):
                    self.folder.remove(upload)
                    gone += 1
        return gone

    def is_recorded(self, upload: Unfinished) -> bool:
        """Whether the ledger knows the object that the upload became."""
        return any(
            isinstance(event, Submission.EvidenceAdded) and event.object == upload.object
            for event in self.store.events.get(upload.submission)
        )

    def _freed(self, upload: Unfinished) -> Unfinished:
        """An upload that nobody hands in. Raises RuleBroken for one that is being handed in, and
        NotFound when that was cut off: what was recorded stays, what was not goes."""
        if upload.object is None or upload.whole is None:
            return upload
        if self.bus.clock() < upload.whole + _HANDING_IN:
            raise RuleBroken("upload-busy", "this upload is being handed in")
        if not self.is_recorded(upload):
            self.objects.remove(upload.object)
        self.folder.remove(upload)
        raise NotFound("unfinished upload")

    def _wanted(self, caller: Caller, submission: UUID, part: str, length: int | None) -> Part:
        found = self.store.read(Submission, submission, "submission")
        found.must_be_of(caller.person)
        self.bus.require(caller, AddEvidence.NAME, found.campus)
        found.must_take_evidence()
        wanted = answered(Present(self.store), found).part(part)
        if length is not None:
            refuse_size(self.bus.policy().limits, wanted, length)
        return wanted


class Incoming:
    """One request's hold on an upload. Leave it as a context: what cannot go on is removed then,
    unless it was handed in."""

    def __init__(self, uploading: Uploading, upload: Unfinished, part: Part) -> None:
        self.upload = upload
        self._uploading = uploading
        self._part = part
        self._limits = uploading.bus.policy().limits
        self._judged = False
        path = uploading.folder.draft(upload)
        self._draft = Draft(path, uploading.vault, upload.person, EVIDENCE)

    def __enter__(self) -> Incoming:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it."""
        if not self.upload.can_go_on:
            self._draft.discard()
        self._draft.close()

    @property
    def offset(self) -> int:
        """How many bytes are kept: it goes on from there."""
        return self._draft.kept

    def write(self, data: bytes) -> None:
        """The next bytes. Raises Invalid as soon as they are too many, or no file that the part
        takes."""
        with _room():
            self._draft.write(data)
        try:
            self._judge()
        except Invalid:
            self._uploading.folder.remove(self.upload)
            raise

    def keep(self) -> int:
        """Keep what came in whole pieces; gives how many bytes that is."""
        with _room():
            return self._draft.keep()

    def _judge(self) -> None:
        refuse_size(self._limits, self._part, self._draft.size or 1)
        seen = self._draft.inspection
        if not self._judged and seen is not None and len(seen.head) == HEAD:
            self._judged = True
            if not seen.is_text:  # which its end decides
                refuse_other_media(self._part, found_type(self._part, seen.head, is_text=False))

    def hand_in(self, asked: Request) -> Answer:
        """It is whole: let the command decide. Nothing of it stays when it is refused."""
        uploading, upload = self._uploading, self.upload
        if upload.length not in (None, self._draft.size):
            words = f"{upload.length} bytes were announced, and {self._draft.size} came"
            raise Invalid("upload-offset", words)
        name = uploading.bus.preparer.open(upload.name).decode()
        try:
            with _room():
                sealed = self._draft.finish()
        except RuleBroken:
            uploading.folder.remove(upload)
            raise
        whole = {"object": sealed.digest, "whole": uploading.bus.clock()}
        uploading.folder.save(upload.model_copy(update=whole))
        try:
            command = AddEvidence(
                submission=upload.submission, part=upload.part, name=name, data=sealed
            )
            answer = uploading.bus.execute(asked, command)
        except LedgerError:
            uploading.objects.remove(sealed.digest)
            uploading.folder.remove(upload)
            raise
        uploading.folder.remove(upload)
        return answer


@contextmanager
def _room() -> Iterator[None]:
    """Raises Unavailable where there is no room left on the disk."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        logger.error("evidence cannot be kept: %s", error.strerror)
        words = "there is no room for files just now; please try again later"
        raise Unavailable("no-room", words) from None


class Sweeper:
    """Tidies up at the start and every hour, as long as the context lasts."""

    def __init__(
        self, uploading: Uploading, clock: Callable[[], datetime], seconds: float = 3600.0
    ) -> None:
        self._uploading = uploading
        self._clock = clock
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="uploads", daemon=True)

    def __enter__(self) -> Sweeper:
        self._sweep()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._seconds):
            self._sweep()

    def _sweep(self) -> None:
        try:
            self._uploading.sweep(self._clock())
        except (OSError, LedgerError, KeyLost):
            logger.exception("unfinished uploads could not be tidied up")
