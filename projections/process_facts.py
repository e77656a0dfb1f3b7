"""What process managers look at: aggregates, and what read models know of them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger.command import A
from ledger.store import EventStore
from projections.assessment import queues
from projections.engine import Views


@dataclass(frozen=True)
class ProcessFacts:
    """The present of one deployment."""

    store: EventStore
    views: Views

    def read(self, kind: type[A], stream: UUID, what: str) -> A:
        """The aggregate as it is now. Raises NotFound."""
        return self.store.read(kind, stream, what)

    def open_reviews(self, assessor: UUID) -> list[UUID]:
        """The reviews that an assessor has taken on and not completed. Raises BehindTheLedger."""
        with self.views.reading("submissions") as connection:
            return [UUID(review) for review in queues.open_reviews_of(connection, str(assessor))]
