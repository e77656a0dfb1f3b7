"""ShareLink: a private link with which whoever has it sees a chosen set of one person's badges.

It is named by the hash of its secret, as a token is: the ledger never knew the secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from keys.vault import Sealed
from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import RuleBroken


class ShareLink(Aggregate):
    """Shows badges until it expires or is ended; ``named`` says whether with the holder's name."""

    TOPIC = "awards.ShareLink"

    class Made(FoundingEvent):
        TOPIC = "awards.ShareLink.Made"

        person: UUID
        awards: list[UUID]
        label: Sealed
        named: bool
        expires: datetime

    class Ended(Aggregate.Event):
        TOPIC = "awards.ShareLink.Ended"

        def apply(self, link: ShareLink) -> None:
            link.is_ended = True

    def __init__(
        self, *, person: UUID, awards: list[UUID], label: Sealed, named: bool, expires: datetime
    ) -> None:
        self.person = person
        self.awards = awards
        self.label = label
        self.named = named
        self.expires = expires
        self.is_ended = False

    @classmethod
    def make(
        cls,
        context: Context,
        link: UUID,
        *,
        person: UUID,
        awards: Sequence[UUID],
        label: Sealed,
        named: bool,
        expires: datetime,
    ) -> Self:
        """A link whose secret its holder keeps."""
        return cls.begin(
            cls.Made,
            context,
            link,
            person=person,
            awards=list(awards),
            label=label,
            named=named,
            expires=expires,
        )

    def shows(self, at: datetime) -> bool:
        """Whether it shows anything then."""
        return not self.is_ended and at < self.expires

    def end(self, context: Context) -> None:
        """Let it show nothing any more. Raises RuleBroken where it shows nothing already."""
        if not self.shows(context.at):
            raise RuleBroken("link-over", "the link has ended already")
        self.record(self.Ended, context)
