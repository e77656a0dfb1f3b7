"""Decisions on private links: whoever holds badges shows some of them to whom they choose."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field

from ledger.awards.awards import Award
from ledger.awards.share_links import ShareLink
from ledger.command import Answer, Command, CommandEvents, Repository
from ledger.context import Context
from ledger.errors import Invalid, NotFound, RuleBroken
from ledger.people import caller_of, own_unit
from ledger.private import Box, Label, SealedAs, closed

_MOST = 50

PrivateLabel = Annotated[Label | Box, SealedAs("link.label")]
Chosen = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=_MOST)]


class MakeShareLink(Command[None, Answer]):
    """A private link, whose secret has the id ``link``, to badges of one's own."""

    NAME = "link.make"

    link: UUID
    awards: Chosen
    label: PrivateLabel
    named: bool = False
    expires: AwareDatetime

    def unit(self, _repository: Repository, context: Context) -> UUID:
        return own_unit(context)

    def sealed_for(self, _repository: Repository, context: Context, _found: None) -> UUID:
        return caller_of(context)

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        person = caller_of(context)
        days = context.policy.limits.link_days
        if not context.at < self.expires <= context.at + timedelta(days=days):
            raise Invalid("link-life", f"a link lives at most {days} days")
        if len(set(self.awards)) < len(self.awards):
            raise Invalid("link-twice", "a badge is chosen twice")
        for award in self.awards:
            if repository.read(Award, award, "award").person != person:
                raise NotFound("award")
        if repository.find(ShareLink, self.link) is not None:
            raise RuleBroken("link-over", "there is such a link already")
        link = ShareLink.make(
            context,
            self.link,
            person=person,
            awards=self.awards,
            label=closed(self.label),
            named=self.named,
            expires=self.expires,
        )
        repository.add(link)
        return Answer.of(link)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        e = events.one(ShareLink.Made)
        made = cls.rebuilt(
            link=e.originator_id,
            awards=tuple(e.awards),
            label=e.label,
            named=e.named,
            expires=e.expires,
        )
        return made, None


class EndShareLink(Command[None, Answer]):
    """Let a link of one's own show nothing any more."""

    NAME = "link.end"

    link: UUID

    def authorize(self, repository: Repository, context: Context) -> None:
        context.authority.require(context, self.NAME, own_unit(context))
        link = repository.read(ShareLink, self.link, "link")
        if link.person != context.caller.person:
            raise NotFound("link")

    def decide(self, repository: Repository, context: Context, _found: None) -> Answer:
        link = repository.get(ShareLink, self.link, "link")
        link.end(context)
        return Answer.of(link)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, None]:
        return cls.rebuilt(link=events.one(ShareLink.Ended).originator_id), None
