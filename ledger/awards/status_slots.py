"""StatusSlot: one index of one status list, taken by one credential.

A small stream with a derived id makes the store itself refuse a second claim.
"""

from __future__ import annotations

from typing import Self
from uuid import NAMESPACE_URL, UUID, uuid5

from badges.status_list import LEAST_ENTRIES, Purpose
from ledger.aggregate import Aggregate, FoundingEvent
from ledger.command import Repository
from ledger.context import Context, Entropy
from ledger.errors import Breach


class StatusSlot(Aggregate):
    """One index of one status list, taken by one award."""

    TOPIC = "awards.StatusSlot"

    class Taken(FoundingEvent):
        TOPIC = "awards.StatusSlot.Taken"

        status_list: str
        index: int
        award: UUID

    def __init__(self, *, status_list: str, index: int, award: UUID) -> None:
        self.status_list = status_list
        self.index = index
        self.award = award

    @staticmethod
    def id_for(status_list: str, index: int) -> UUID:
        """Where the claim on this index stands."""
        return uuid5(NAMESPACE_URL, f"testamur:status:{status_list}:{index}")

    @classmethod
    def take(cls, context: Context, status_list: str, index: int, award: UUID) -> Self:
        """Claim a free index; the store refuses a second claim."""
        slot = cls.id_for(status_list, index)
        return cls.begin(
            cls.Taken, context, slot, status_list=status_list, index=index, award=award
        )


_DRAWS = 4
"""Draws in one status list before the next: a list is left behind when it is about full."""


def draw_index(repository: Repository, entropy: Entropy, purpose: Purpose) -> tuple[str, int]:
    """A status list and a free index in it, drawn at random, so that it tells nothing about order
    (design §4)."""
    number = 0
    while True:
        number += 1
        name = f"{purpose}-{number}"
        for _ in range(_DRAWS):
            index = int.from_bytes(entropy(8)) % LEAST_ENTRIES
            if repository.find(StatusSlot, StatusSlot.id_for(name, index)) is None:
                return name, index


def must_fit(status_list: str, purpose: Purpose) -> None:
    """Raises Breach for a list of another purpose: the finding's own check."""
    if status_list.rpartition("-")[0] != purpose:
        raise Breach(f"{status_list} is no list of {purpose}s")
