"""Reviews that are not finished: what an assessor has put down so far.

A draft is nobody's record: it is a row, sealed under the educator's data key, and ends with the
review; no event tells of it (docs/decisions/0029).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, MetaData, String, Table, Text
from sqlalchemy.engine import Engine

from keys.errors import KeyNotFound
from keys.vault import Sealed, Vault
from ledger.errors import RuleBroken
from projections.database import writing
from projections.moments import moment

_FIELD = "review.draft"
_tables = MetaData()
_drafts = Table(
    "assessment_review_drafts",
    _tables,
    Column("review", String(36), primary_key=True),
    Column("assessor", String(36), nullable=False, index=True),
    Column("educator", String(36), nullable=False),
    Column("saved", String(40), nullable=False),
    Column("box", Text, nullable=False),
)


@dataclass(frozen=True)
class Draft:
    """Levels and feedback by criterion, as far as they were put down."""

    levels: Mapping[str, str] = field(default_factory=dict)
    feedback: Mapping[str, str] = field(default_factory=dict)
    saved: datetime | None = None


class ReviewDrafts:
    """The drafts of one deployment."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        """``engine`` is a database that no rebuild empties. The table is made if it is missing."""
        self._engine = engine
        self._vault = vault
        _tables.create_all(engine)

    def find(self, review: UUID) -> Draft:
        """The draft of a review; an empty one if there is none, or its educator was erased."""
        query = _drafts.select().where(_drafts.c.review == str(review))
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return Draft()
        words = self._vault.open(Sealed(UUID(row.educator), _FIELD, row.box))
        if words is None:
            return Draft()
        said = json.loads(words)
        return Draft(said["levels"], said["feedback"], datetime.fromisoformat(row.saved))

    def save(
        self, review: UUID, assessor: UUID, educator: UUID, draft: Draft, now: datetime
    ) -> None:
        """Keep a draft in the place of the one before. Raises RuleBroken for an erased educator."""
        words = json.dumps({"levels": dict(draft.levels), "feedback": dict(draft.feedback)})
        try:
            box = self._vault.seal(educator, _FIELD, words.encode()).box
        except KeyNotFound:
            raise RuleBroken("person-erased", "the person's data was erased") from None
        values = {
            "assessor": str(assessor),
            "educator": str(educator),
            "saved": moment(now),
            "box": box,
        }
        this = _drafts.c.review == str(review)
        with writing(self._engine) as connection:
            if not connection.execute(_drafts.update().where(this).values(values)).rowcount:
                connection.execute(_drafts.insert().values(review=str(review), **values))

    def keep_only(self, assessor: UUID, reviews: Collection[UUID]) -> None:
        """End the drafts of an assessor's reviews that are not among those that are open."""
        others = (_drafts.c.assessor == str(assessor)) & _drafts.c.review.not_in(
            [str(review) for review in reviews]
        )
        with self._engine.connect() as connection:
            if connection.execute(_drafts.select().where(others).limit(1)).first() is None:
                return
        with writing(self._engine) as connection:
            connection.execute(_drafts.delete().where(others))

    def end(self, review: UUID) -> None:
        """The review is over."""
        with writing(self._engine) as connection:
            connection.execute(_drafts.delete().where(_drafts.c.review == str(review)))
