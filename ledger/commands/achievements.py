"""Commands on micro-credentials: define, revise, publish, retire."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from badges.artwork import clean_picture
from badges.errors import MalformedDocument
from ledger.achievements import Definition, MicroCredential
from ledger.commands.desk import Desk, Outcome, command
from ledger.errors import Invalid
from ledger.record import Act, Caller


@dataclass(frozen=True)
class MicroCredentials:
    desk: Desk

    def keep_image(self, caller: Caller, owner: UUID, data: bytes) -> str:
        """Keep a picture for micro-credentials of ``owner``, drawn anew or stripped of all but
        its shapes; gives the name by which a definition refers to it.

        No event: until a definition names it, nothing has happened. Raises Invalid.
        """
        act = Act(caller, self.desk.clock(), "image.keep", self.desk.entropy)
        self.desk.authorize(act, "micro-credential.define", owner)
        try:
            return self.desk.images.put(clean_picture(data))
        except MalformedDocument as error:
            raise Invalid("bad-image", str(error)) from None

    @command("micro-credential.define")
    def define(self, act: Act, owner: UUID, definition: Definition) -> Outcome:
        """Write the first draft of a micro-credential that belongs to ``owner``."""
        self.desk.authorize(act, "micro-credential.define", owner)
        self._refuse_missing_image(definition)
        return Outcome.of(MicroCredential.define(act, owner, definition))

    @command("micro-credential.revise")
    def revise(self, act: Act, micro_credential: UUID, definition: Definition) -> Outcome:
        """Write the draft of the next version."""
        micro = self._load(act, "micro-credential.define", micro_credential)
        self._refuse_missing_image(definition)
        micro.revise(act, definition)
        return Outcome.of(micro)

    @command("micro-credential.publish")
    def publish(self, act: Act, micro_credential: UUID) -> Outcome:
        """Publish the draft as the next version, which never changes again."""
        micro = self._load(act, "micro-credential.publish", micro_credential)
        number = micro.publish(act)
        return Outcome.of(micro, number=number)

    @command("micro-credential.retire")
    def retire(self, act: Act, micro_credential: UUID, number: int) -> Outcome:
        """Take no more submissions on a version."""
        micro = self._load(act, "micro-credential.retire", micro_credential)
        micro.retire(act, number)
        return Outcome.of(micro)

    def _refuse_missing_image(self, definition: Definition) -> None:
        if definition.image is not None:
            self.desk.images.get(definition.image)

    def _load(self, act: Act, action: str, micro_credential: UUID) -> MicroCredential:
        micro = self.desk.store.load(MicroCredential, micro_credential, "micro-credential")
        self.desk.authorize(act, action, micro.owner)
        return micro
